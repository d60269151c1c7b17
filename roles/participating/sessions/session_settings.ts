import type { RateLimit, TypeRule } from "../pager_settings.ts";

/**
 * Where the messages of a session go (oma-reference §3.1 rule 7): always through this box; only where something asks for them
 * (charging, history, intercept); or never.
 */
export type MediaPath = "always" | "chargingOnly" | "never";

/** The operator's rules for sessions, large messages and files. One live object: it is read at each use. */
export interface SessionSettings {
  mediaPath: MediaPath;
  /** Octets of one text message in a session (`session.max_message`). */
  maxMessage: number;
  /** Octets of one picture, sound or file, and of a large message (`session.max_content`; ADM-4, ADM-6). */
  maxContent: number;
  /** What may be sent, with a limit of its own for each type; the first rule that matches; what none matches is refused. */
  types: readonly TypeRule[];
  /** Sessions of one user at a time, either way; 0: no limit. */
  concurrent: number;
  /** A session without a message for so long ends; 0: never. */
  idle_s: number;
  /** No session lasts longer; 0: no limit. */
  maxDuration_s: number;
  /** Session timer that is asked for and granted (RFC 4028); 0: none. */
  sessionExpires_s: number;
  /** A pager message over its limit: refused 413, or carried as a large message. */
  largeMessages: "convert" | "refuse";
  /** A sender must be registered (SEC-12). */
  requireLogin: boolean;
  /** How long the recipient's devices may ring: less than an INVITE may be without an answer at all (three minutes). */
  answerWithin_s: number;
  /** How long a party whose MSRP connection broke may take to come again. */
  reconnectWithin_s: number;
  /** INVITEs that a sender may begin in a span of time; null: no limit. */
  rate: RateLimit | null;
  /** Sessions of all users; one more gets 503. */
  maxSessions: number;
}

export const DEFAULT_SESSIONS: SessionSettings = {
  mediaPath: "always",
  maxMessage: 65_536,
  maxContent: 10_485_760,
  types: [{ type: "*/*", maxBytes: Number.MAX_SAFE_INTEGER }],
  concurrent: 100,
  idle_s: 300,
  maxDuration_s: 86_400,
  sessionExpires_s: 1800,
  largeMessages: "refuse",
  requireLogin: true,
  answerWithin_s: 170,
  reconnectWithin_s: 15,
  rate: null,
  maxSessions: 20_000,
};
