import type { Connection, SessionEnd } from "../connection.ts";
import type { Continuation, IncomingRequest } from "../frame.ts";
import { EarlyArrivals } from "./early_arrivals.ts";

/** Sessions asked for that nobody has announced: further ones get 481 at once. */
const STRANGERS = 256;

/** What a node does for those who came for a session that it did not know. */
export interface LateNode {
  endOf(sessionId: string): SessionEnd | null;
  /** The connection was `from`'s and is `to`'s from now on, a chunk that is under way included; null: nobody's. */
  handOver(connection: Connection, from: SessionEnd, to: SessionEnd | null): void;
}

/**
 * Requests for sessions that this node has not heard of yet, where sessions are announced by somebody on another thread: what
 * was announced before a client was told may still be on its way when the client is here. Such requests wait unanswered until
 * everything announced so far has been heard: `ask` is called, and whoever answers it calls `heard` in the order of the
 * announcements. One question is under way at a time, for all that wait when it is asked.
 */
export class Unannounced {
  readonly #node: LateNode;
  readonly #ask: () => void;
  #asked = new Map<string, Stranger>();
  /** Came after the question. */
  #next = new Map<string, Stranger>();
  #asking = false;

  constructor(node: LateNode, ask: () => void) {
    this.#node = node;
    this.#ask = ask;
  }

  /** Who takes requests for that session meanwhile; null: too many wait already. */
  readonly endFor = (sessionId: string): SessionEnd | null => {
    const known = this.#asked.get(sessionId) ?? this.#next.get(sessionId);
    if (known !== undefined) return known;
    if (this.#asked.size + this.#next.size >= STRANGERS) return null;
    const stranger = new Stranger(this.#node);
    this.#next.set(sessionId, stranger);
    if (!this.#asking) this.#askNow();
    return stranger;
  };

  /** All that was announced before the question has been heard. */
  heard(): void {
    const settled = this.#asked;
    this.#asked = new Map();
    this.#asking = false;
    for (const [sessionId, stranger] of settled) stranger.settle(this.#node.endOf(sessionId));
    if (this.#next.size > 0) this.#askNow();
  }

  #askNow(): void {
    this.#asked = this.#next;
    this.#next = new Map();
    this.#asking = true;
    this.#ask();
  }
}

/** Stands in for one session. */
class Stranger implements SessionEnd {
  readonly #node: LateNode;
  readonly #arrivals = new EarlyArrivals();

  constructor(node: LateNode) {
    this.#node = node;
  }

  admit(connection: Connection): number {
    return this.#arrivals.welcome(connection) ? 200 : 481;
  }
  onWhole(connection: Connection, request: IncomingRequest, octets: Uint8Array, continuation: Continuation): void {
    this.#kept(this.#arrivals.whole(connection, request, octets, continuation), connection, request);
  }
  onBegin(connection: Connection, request: IncomingRequest): void {
    this.#kept(this.#arrivals.begin(connection, request), connection, request);
  }
  onPiece(connection: Connection, request: IncomingRequest, octets: Uint8Array): void {
    this.#kept(this.#arrivals.piece(connection, request, octets), connection, null);
  }
  onFinish(connection: Connection, request: IncomingRequest, continuation: Continuation): void {
    this.#kept(this.#arrivals.finish(connection, request, continuation), connection, null);
  }
  onLost(connection: Connection): void {
    this.#arrivals.forget(connection);
  }

  /** `end`: who it is for; null: there is no such session. */
  settle(end: SessionEnd | null): void {
    const arrivals = this.#arrivals;
    for (const [connection, request] of [...arrivals.first()]) {
      if (!connection.open) continue;
      const status = end === null ? 481 : end.admit(connection, request);
      if (status !== 200) {
        arrivals.refuse(connection, status, end === null ? "No such session" : "Not the owner of this session");
        this.#node.handOver(connection, this, null);
      } else if (connection.open) {
        this.#node.handOver(connection, this, end);
        arrivals.replay(connection, end!);
      }
    }
    arrivals.end();
  }

  #kept(kept: boolean, connection: Connection, request: IncomingRequest | null): void {
    if (kept || !this.#arrivals.has(connection)) return;
    const why = "Too much for a session that is not known yet";
    this.#arrivals.refuse(connection, 481, why);
    if (request !== null) connection.respond(request, 481, why);
    this.#arrivals.forget(connection);
    this.#node.handOver(connection, this, null);
  }
}
