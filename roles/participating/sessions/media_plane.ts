import type { MsrpTransport } from "../../../transport/msrp/mod.ts";
import type { BridgeTap, KeptOutcome, UndeliveredMessage } from "../../../transport/msrp/forward/mod.ts";
import type { MsrpMedia } from "../../../transport/payload/mod.ts";
import type { OwnSide, SessionDoors, SessionKind } from "../../session_media/mod.ts";
import type { Conversion } from "./negotiation.ts";
import type { Traffic } from "./session_events.ts";

/** Which party of a session. */
export type Party = "inviter" | "invitee";

/** One party as the media plane needs to know it: what its description says, and what was agreed with it. */
export interface MediaParty {
  /** Its own description. */
  readonly media: MsrpMedia;
  /** We connect to it; else it comes to us. */
  readonly active: boolean;
  /** Octets of one message toward it. */
  readonly maxSize: number;
  readonly takes: Conversion;
  /** What does not reach it is given to `MediaListener.onUndelivered`. */
  readonly keeps: boolean;
}

/** Told what happens to a session's messages. */
export interface MediaListener {
  /** That party has no MSRP connection: it broke, or was not made in time. Its messages wait for another, or for the end. */
  onLost(party: Party): void;
  /** A connection of that party stands. */
  onBound(party: Party): void;
  /**
   * That party's connection went and no other came, or the session is over: this small message has not reached it, as far as can
   * be known. Also after `close`. `done` is to be called once.
   */
  onUndelivered(party: Party, message: UndeliveredMessage, done: KeptOutcome): void;
  /** After `close`: no `onUndelivered` follows. */
  onSettled?(): void;
  /** What carried the messages is gone, with both connections and whatever was under way. */
  onGone(): void;
}

/** The messages of one session on their way through this box. */
export interface SessionMedia {
  /** Monotonic time of the last message either way. */
  readonly lastTraffic: number;
  /** What that party has sent. */
  sentBy(party: Party): Traffic;
  /** What the party's description says, or says anew. From now on it may come, or is connected to. */
  tell(party: Party, facts: MediaParty): void;
  /** From now on this one sees the messages; null: nobody. False: it cannot, since they pass another thread. */
  watch(tap: BridgeTap | null): boolean;
  /**
   * That party leaves: `done` when the large messages that it was told 200 for are with the other, or lost; at once where there are none, else
   * within a minute. The other must not be sent away before. To be called before `close`.
   */
  drain(party: Party, done: () => void): void;
  close(reason: string): void;
  /**
   * After `close`: `done` is told what each party has sent in all, at once or as soon as it is known, within two seconds.
   */
  counted(done: (inviter: Traffic, invitee: Traffic) => void): void;
}

/** What a session is for, and its parties as CPIM that we put around messages names them. */
export interface MediaNames {
  /** In a `session` text is held to the limit of one message of a chat; alone it may be as large as any content. */
  readonly kind: SessionKind;
  readonly inviter: string;
  readonly invitee: string;
}

/** Where the messages of sessions pass. */
export interface MediaPlane {
  /** The doors for a new session whose parties may come over these transports. `watched`: somebody is to see its messages. */
  doorsFor(transports: readonly MsrpTransport[], watched: boolean): SessionDoors;
  /**
   * Our two URIs are known from now on. Whoever comes before it was told whom they are for waits: an invitee may connect before
   * its answer is here. Throws RangeError where there is no room for more.
   */
  open(inviter: OwnSide, invitee: OwnSide, listener: MediaListener, names: MediaNames): SessionMedia;
}
