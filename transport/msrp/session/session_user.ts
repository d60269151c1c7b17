import type { Clock, Timers } from "../../../foundation/mod.ts";
import type { Endpoint } from "../../net/mod.ts";
import type { FailureReport, IncomingRequest, RequestHead } from "../frame.ts";
import type { MsrpNode } from "../node.ts";
import type { ByteSpan } from "./byte_ranges.ts";
import type { MessageTracker } from "./message_tracker.ts";
import type { OctetBudget } from "./octet_budget.ts";

/** Returned for a message whose fate is not known yet: `report` tells it afterwards. */
export const LATER = 0;

/** What is known of a message that came in, whether it came whole or in pieces. */
export interface IncomingHead {
  readonly messageId: string;
  readonly contentType: string;
  readonly successReport: boolean;
  readonly failureReport: FailureReport;
  /** As it came: the nearest hop first, the sender last. */
  readonly fromPath: string;
  /** A header of the first chunk that came (Content-Disposition …), the name in any case. */
  header(name: string): string | undefined;
  /**
   * For those who returned LATER: 200, or why it could not be used; once. Sends the REPORT where the sender asked for it
   * (RFC 4975 §7.1.3, §7.1.4), and the response where it has waited for this (`SessionOptions.answerWhenKnown`).
   */
  report(status: number, comment?: string): void;
}

/** A message that is there as a whole. */
export interface IncomingMessage extends IncomingHead {
  /** Valid until the call returns: what is kept is copied. */
  readonly body: Uint8Array;
}

/** A message that comes in pieces, nothing of which is kept here. */
export interface IncomingStream extends IncomingHead {
  /** Octets it will have; -1 while that is not known. */
  readonly total: number;
  /** Distinct octets that are there, those of `StreamSink.have` included. */
  readonly received: number;
  /** No more is read from the connection until `resume`; up to 32 KiB that have been read still come. */
  pause(): void;
  resume(): void;
  /** Ends it with that status (413: no more of it is wanted). The sink is told nothing. */
  refuse(status: number, comment?: string): void;
}

/** Where the octets of a stream go. Every method returns at once. */
export interface StreamSink {
  /** What is here already from an earlier session: the sender begins behind it. */
  readonly have?: readonly ByteSpan[];
  /** Octets of the body from `offset` on (the first is 0), in any order; what comes twice counts the second time. */
  write(octets: Uint8Array, offset: number): void;
  /** It is complete. 200, LATER, or the status that says why it is of no use. */
  end(size: number): number;
  /** It will not be completed: given up by the sender, refused by limits, stalled, or the session went. Told once, if at all. */
  abort(reason: string): void;
}

/** Whoever owns a session. Every method returns at once. */
export interface SessionUser {
  /** Both ends are bound to the connection: what is sent now leaves. */
  onOpen?(): void;
  /**
   * A message came, each once. 200: it is used, and reported where that was asked; LATER: `message.report` will tell; any other
   * status refuses it.
   */
  onMessage(message: IncomingMessage): number;
  /**
   * A message comes that is longer than `limits.whole`, or may be. A sink takes it; a status refuses it (403, 413, 415); null
   * puts it together in memory, as far as `limits.whole` goes. Not implemented: null.
   */
  onStream?(stream: IncomingStream): StreamSink | number | null;
  /** A request that is neither SEND nor REPORT (NICKNAME, RFC 7701). The status it gets; not implemented: 501. */
  onRequest?(request: IncomingRequest, body: Uint8Array): number;
  /** Every REPORT that comes, after the session has used it: for owners that write SENDs to `connection` themselves. */
  onReport?(report: RequestHead): void;
  /** The session is over, whoever ended it; nothing comes after it. `status`: the response that ended it (481, 506 …), else 0. */
  onClosed(reason: string, status: number): void;
}

/** The other end, as its session description says. */
export interface SessionPeer {
  /** `a=path`, the nearest hop first. */
  readonly path: readonly string[];
  /** `a=fingerprint` values; with any, the TLS certificate it shows must be one of them. */
  readonly fingerprints?: readonly string[];
  /** Only the session id is compared (RFC 6714, and peers behind boxes that rewrite addresses). */
  readonly cema?: boolean;
  /** Where to connect in place of the path's first URI (CEMA: c= and m= of the description). */
  readonly address?: Endpoint | null;
}

/** Bounds and sizes of a session. */
export interface SessionLimits {
  /** Octets of a message that comes in, our `a=max-size`; 0: no limit of its own. */
  readonly maxSize: number;
  /** Longest message put together in memory; 0: all come as streams. */
  readonly whole: number;
  /** Messages coming in at once, interleaved. */
  readonly incoming: number;
  /** Runs of octets with gaps between them in one message. */
  readonly gaps: number;
  /** A message that comes in is given up when nothing of it has come for so long, milliseconds. */
  readonly stall: number;
  /** A success report goes out for each so many octets of a stream; 0: only at its end. */
  readonly reportEvery: number;
  /** Longest body sent in one piece. */
  readonly line: number;
  /** Octets of a chunk of a longer one. */
  readonly chunk: number;
  /** Octets sent in chunks that the next hop has not answered yet. */
  readonly window: number;
  /** Messages of ours that are not finished, reports awaited included. */
  readonly outgoing: number;
  /** Octets of bodies waiting to be sent in one piece. */
  readonly queue: number;
  /** How long reports on a sent message are waited for, milliseconds. */
  readonly reportWait: number;
  /** How long a connection may wait for the peer's description, milliseconds. */
  readonly answerWait: number;
}

export const DEFAULT_SESSION_LIMITS: SessionLimits = {
  maxSize: 0,
  whole: 1_048_576,
  incoming: 16,
  gaps: 1024,
  stall: 300_000,
  reportEvery: 1_048_576,
  line: 16_384,
  chunk: 65_536,
  window: 262_144,
  outgoing: 10_000,
  queue: 4_194_304,
  reportWait: 600_000,
  answerWait: 30_000,
};

/** What a session is made with. */
export interface SessionOptions {
  readonly node: MsrpNode;
  /** The id in our URI; requests for it come here. */
  readonly sessionId: string;
  /** Our own URI, as it ends our `a=path`. */
  readonly uri: string;
  /** Use-Path of our own relays, as it came (RFC 4976 §5.1). */
  readonly relays?: readonly string[];
  /** Our `a=accept-types`. */
  readonly acceptTypes: readonly string[];
  readonly user: SessionUser;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly limits?: Partial<SessionLimits>;
  /** Messages done with, of the session that this one replaces. */
  readonly tracker?: MessageTracker;
  /** Memory for messages put together; default: four times `limits.whole`, its own. */
  readonly budget?: OctetBudget;
  /**
   * The request that makes a message complete is answered by what `report` says of it, where its taker returned LATER: its 200 then
   * promises what the taker promises (a sender gives up after 30 s, RFC 4975 §7.1.1). Default: 200 at once, a REPORT for what
   * goes wrong afterwards. Chunks before that are answered 200 when they came.
   */
  readonly answerWhenKnown?: boolean;
}
