import type { ConnectionLimits } from "./connection_limits.ts";
import type { TimeoutKind } from "./msrp_meters.ts";

/** A deadline that has passed. */
export interface Overdue {
  readonly what: TimeoutKind;
  readonly reason: string;
  /** What is queued may still go out. */
  readonly gently: boolean;
}

const CONNECT: Overdue = { what: "connect", reason: "no connection in time", gently: false };
const STALLED: Overdue = { what: "stalled", reason: "the peer takes nothing", gently: false };
const HEAD: Overdue = { what: "head", reason: "a head that does not end", gently: false };
const BODY: Overdue = { what: "body", reason: "a body that does not end", gently: false };
const UNCLAIMED: Overdue = { what: "unclaimed", reason: "no session claimed it", gently: true };
const UNUSED: Overdue = { what: "unused", reason: "no session uses it", gently: true };

/** What the deadlines of a connection depend on, beside the times. */
export interface ConnectionState {
  readonly established: boolean;
  readonly inbound: boolean;
  /** Of those that were written and not taken. */
  readonly queued: number;
  readonly writing: boolean;
  readonly inBody: boolean;
  /** Nothing is read because of us: the peer cannot be late. */
  readonly held: boolean;
  /** A session, or an answer that is awaited. */
  readonly used: boolean;
}

/** When what happened last on a connection, in ms of the monotonic clock. 0: not so now. */
export class ConnectionTimes {
  readonly bornAt: number;
  unusedSince: number;
  readAt: number;
  headSince = 0;
  writingAt = 0;
  #headOf = 0;

  constructor(now: number) {
    this.bornAt = this.unusedSince = this.readAt = now;
  }

  /** Octets came; `heads`: read so far. The time of a head runs from its first octet, however often more of it comes. */
  read(now: number, inHead: boolean, heads: number): void {
    this.readAt = now;
    if (!inHead) this.headSince = 0;
    else if (this.headSince === 0 || this.#headOf !== heads) {
      this.headSince = now;
      this.#headOf = heads;
    }
  }

  /** The peer was held back by us until now. */
  released(now: number): void {
    this.readAt = now;
    if (this.headSince > 0) this.headSince = now;
  }

  /** Null while all is in time. */
  overdue(now: number, limits: ConnectionLimits, state: ConnectionState): Overdue | null {
    if (!state.established) return now - this.bornAt >= limits.connect_ms ? CONNECT : null;
    if (state.writing) {
      // What is written in one go may be more than a slow peer takes in that time.
      const patience = limits.stalled_ms * Math.min(4, Math.max(1, state.queued / limits.full));
      if (now - this.writingAt >= patience) return STALLED;
    }
    if (this.headSince > 0 && !state.held && now - this.headSince >= limits.head_ms) return HEAD;
    if (state.inBody && !state.held && now - this.readAt >= limits.body_ms) return BODY;
    if (state.used) return null;
    if (state.inbound && this.unusedSince === this.bornAt) {
      return now - this.bornAt >= limits.unclaimed_ms ? UNCLAIMED : null;
    }
    return now - this.unusedSince >= limits.unused_ms ? UNUSED : null;
  }
}
