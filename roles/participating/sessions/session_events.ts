import type { SessionKind } from "../../session_media/mod.ts";

/** What is known of a session; never what is said in it. */
export interface SessionFacts {
  /** Unique in this boot and unguessable. */
  readonly id: string;
  /** Call-ID of the inviter's leg. */
  readonly callId: string;
  readonly kind: SessionKind;
  /** The inviter's identity; "" when the core vouches for none. */
  readonly from: string;
  readonly to: string;
  /** The messages pass this box. */
  readonly anchored: boolean;
  /** P-Access-Network-Info of the inviter; "" when it sent none. */
  readonly accessNetwork: string;
  /** Name of the file as offered; "" where it is none. */
  readonly file: string;
  /** Wall time of the event, ms. */
  readonly at: number;
}

/** What went one way through a session. */
export interface Traffic {
  readonly messages: number;
  /** Octets of bodies. */
  readonly octets: number;
}

/** Why a session is over. */
export type SessionEndReason =
  | "inviter"
  | "invitee"
  | "inactivity"
  | "duration"
  | "connection lost"
  | "session timer"
  | "registration lost"
  | "user not in service"
  | "access rules"
  | "administrator"
  | "shutdown"
  /** It goes on as a conference (CHAT-13). */
  | "replaced"
  | "failure";

/** What the participating function tells whoever listens about sessions (charging, history, intercept). */
export interface SessionEvents {
  /** Both sides have accepted. */
  sessionStarted: SessionFacts & { readonly device: string; readonly deviceAccessNetwork: string };
  sessionEnded: SessionFacts & {
    readonly why: SessionEndReason;
    readonly duration_ms: number;
    readonly fromInviter: Traffic;
    readonly fromInvitee: Traffic;
  };
  /** It came to nothing. */
  sessionRefused: SessionFacts & {
    readonly status: number;
    readonly by: "sender rules" | "recipient rules" | "content rules" | "device" | "inviter";
  };
  /** The messages of a session that went past this box pass it from now on. */
  sessionPulledIn: SessionFacts;
}
