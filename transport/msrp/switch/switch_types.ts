import type { IncomingRequest } from "../frame.ts";
import type { IncomingMessage, SessionPeer } from "../session/mod.ts";
import type { SwitchedMessage } from "./message.ts";

/** Bounds of a room's switch; live, read at each use. */
export interface SwitchLimits {
  /** Octets of one message; a larger one gets 413. */
  readonly message: number;
  /** Messages, and octets of them, that a leg has out and the other end has not answered. */
  readonly window: number;
  readonly windowOctets: number;
  /** How far a leg may be behind the room before it is given up: messages, and octets of them. */
  readonly behind: number;
  readonly behindOctets: number;
  /** How long a leg may leave everything unanswered while something is out, ms. */
  readonly silence_ms: number;
}

/** Who owns the legs of a room: the room. Every method returns at once. */
export interface SwitchOwner {
  /**
   * A complete message of a leg. The owner judges it, puts it into the room's order (`SwitchRoom.append`) and answers it by
   * `message.report(status, comment)`: at once or later, once. The octets are valid during the call only.
   */
  onMessage(leg: SwitchLeg, message: IncomingMessage): void;
  /** Neither SEND nor REPORT: NICKNAME (RFC 7701 §7). The status it gets. */
  onRequest(leg: SwitchLeg, request: IncomingRequest, body: Uint8Array): number;
}

/** Whoever brought the leg: its dialog. Every method returns at once. */
export interface SwitchLegUser {
  /** Both ends are bound: what waits goes out now. */
  onOpen(leg: SwitchLeg): void;
  /** The leg has got everything up to here and answered it: 200, or a refusal of its own that is no reason to ask again. */
  onPassed(leg: SwitchLeg, seq: number): void;
  /** Nothing more comes. `why`: `slow` (the stated rule: too far behind, or silent for too long), `lost` (the connection), `closed`. */
  onClosed(leg: SwitchLeg, why: "slow" | "lost" | "closed", reason: string): void;
}

export interface SwitchLegOptions {
  readonly sessionId: string;
  /** Our URI for it, as our description says. */
  readonly uri: string;
  readonly acceptTypes: readonly string[];
  /** Whose device it is; the same for all devices of one participant. Never 0. */
  readonly party: number;
  /** Messages after this one are for it: everything that is still there is sent first. */
  readonly after: number;
  /**
   * What it missed and no longer stands in the order (it was away, all others had it): oldest first, of the room's own `seq`s after
   * `after`. They take their places in the order again until it has passed them; one that still stands there counts once.
   */
  readonly missed?: readonly SwitchedMessage[];
  /** Types that the other end takes as the body of a SEND, lower-case; a message of another type is passed over. `*` is any. */
  readonly peerTypes: readonly string[];
  /** Octets of a message that the other end takes; a larger one is passed over. 0: any. */
  readonly peerMaxSize: number;
  /** Parties whose messages it does not get (PRI-8). Live: the owner changes it. */
  readonly skips: ReadonlySet<number>;
  readonly user: SwitchLegUser;
}

/** One device in a room. */
export interface SwitchLeg {
  readonly sessionId: string;
  readonly uri: string;
  readonly party: number;
  /** Answered up to here. */
  readonly passed: number;
  readonly open: boolean;
  /** SIP has said who the other end is. `active`: we connect. Called again where a re-INVITE says another peer. */
  start(setup: "active" | "passive", peer: SessionPeer): void;
  /** Nothing more goes out to it until it is let go again (RFC 3264 §8.4); it keeps its place, as far as `behind` allows. Absent: it
   * cannot be held. */
  hold?(held: boolean): void;
  /** Ends it at once; what is out stays out. `onClosed` follows with `closed`. */
  close(reason: string): void;
}

/**
 * The order of one room, and its legs. Messages stand in it once, until all legs have passed them and they are not among the last ones that
 * are kept for newcomers. A leg is a place in that order: it has no queue of its own.
 */
export interface SwitchRoom {
  readonly size: number;
  /** The last message's `seq`; 0 before the first. */
  readonly last: number;
  readonly legs: Iterable<SwitchLeg>;
  /** Throws RangeError where the MSRP node has no room for another session. */
  add(options: SwitchLegOptions): SwitchLeg;
  /** The next message of the room: it goes out to whoever may have it now. `seq` must be larger than `last`. */
  append(message: SwitchedMessage): void;
  /** Messages of before (after a restart, oldest first), before the first leg is there. */
  restore(messages: readonly SwitchedMessage[]): void;
  /** Messages that stand in the order now, oldest first. */
  kept(): readonly SwitchedMessage[];
  /** So many of the last messages to all stay for newcomers; live. */
  keepLast(count: number): void;
  close(reason: string): void;
}
