import type { Connection, Room, RoomWaiter, SessionEnd } from "../connection.ts";
import type { Continuation, IncomingRequest } from "../frame.ts";

/** Connections that may wait: an INVITE that forked makes several devices connect, each of which knows the session id. */
const CONNECTIONS = 4;
const FULL = 32 * 1024;
const LIMIT = 64 * 1024;
const EVENT = 512;

type Arrival =
  | { readonly kind: "whole"; request: IncomingRequest; octets: Uint8Array; continuation: Continuation }
  | { readonly kind: "begin"; request: IncomingRequest }
  | { readonly kind: "piece"; request: IncomingRequest; octets: Uint8Array }
  | { readonly kind: "finish"; request: IncomingRequest; continuation: Continuation };

/** What one connection brought. */
interface Brought {
  readonly arrivals: Arrival[];
  octets: number;
}

/**
 * What came before SIP said who may come: an active peer may connect before its answer is here. Kept unread and unanswered, up
 * to 64 KiB; from 32 KiB on those connections are not read. What is told of a connection that is not kept is let go, and false.
 */
export class EarlyArrivals implements Room {
  readonly #arrivals = new Map<Connection, Brought>();
  #octets = 0;
  #waiters: RoomWaiter[] = [];
  open = true;

  get full(): boolean {
    return this.#octets >= FULL;
  }

  whenRoom(waiter: RoomWaiter): void {
    this.#waiters.push(waiter);
  }

  has(connection: Connection): boolean {
    return this.#arrivals.has(connection);
  }

  /** False where too many wait already. */
  welcome(connection: Connection): boolean {
    if (this.#arrivals.size >= CONNECTIONS) return false;
    this.#arrivals.set(connection, { arrivals: [], octets: 0 });
    return true;
  }

  forget(connection: Connection): void {
    const brought = this.#arrivals.get(connection);
    if (brought === undefined) return;
    this.#arrivals.delete(connection);
    this.#octets -= brought.octets;
    if (!this.full) this.#tellWaiters();
  }

  whole(connection: Connection, request: IncomingRequest, octets: Uint8Array, continuation: Continuation): boolean {
    return this.#keep(connection, { kind: "whole", request, octets: octets.slice(), continuation }, octets.length);
  }
  begin(connection: Connection, request: IncomingRequest): boolean {
    return this.#keep(connection, { kind: "begin", request }, 0);
  }
  piece(connection: Connection, request: IncomingRequest, octets: Uint8Array): boolean {
    return this.#keep(connection, { kind: "piece", request, octets: octets.slice() }, octets.length);
  }
  finish(connection: Connection, request: IncomingRequest, continuation: Continuation): boolean {
    return this.#keep(connection, { kind: "finish", request, continuation }, 0);
  }

  /** Each connection with its first request, which says who it is. */
  *first(): Iterable<[Connection, IncomingRequest]> {
    for (const [connection, { arrivals }] of this.#arrivals) {
      if (arrivals.length > 0) yield [connection, arrivals[0].request];
    }
  }

  /** Those that have not asked anything yet. */
  *silent(): Iterable<Connection> {
    for (const [connection, { arrivals }] of this.#arrivals) if (arrivals.length === 0) yield connection;
  }

  /** Lets what a connection sent happen. */
  replay(connection: Connection, end: SessionEnd): void {
    for (const arrival of this.#arrivals.get(connection)?.arrivals ?? []) {
      const { request } = arrival;
      if (arrival.kind === "whole") end.onWhole(connection, request, arrival.octets, arrival.continuation);
      else if (arrival.kind === "begin") end.onBegin(connection, request);
      else if (arrival.kind === "piece") end.onPiece(connection, request, arrival.octets);
      else end.onFinish(connection, request, arrival.continuation);
    }
  }

  /** Answers everything a connection sent. */
  refuse(connection: Connection, status: number, comment: string): void {
    const arrivals = this.#arrivals.get(connection)?.arrivals ?? [];
    for (const { kind, request } of arrivals) {
      if (kind === "whole" || kind === "begin") connection.respond(request, status, comment);
    }
  }

  /** All is decided: connections are read again. */
  end(): void {
    this.open = false;
    this.#octets = 0;
    this.#arrivals.clear();
    this.#tellWaiters();
  }

  #tellWaiters(): void {
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const waiter of waiters) waiter.onRoom(this);
  }

  #keep(connection: Connection, arrival: Arrival, octets: number): boolean {
    const brought = this.#arrivals.get(connection);
    if (brought === undefined || this.#octets + octets + EVENT > LIMIT) return false;
    this.#octets += octets + EVENT;
    brought.octets += octets + EVENT;
    brought.arrivals.push(arrival);
    if (this.full) connection.holdFor(this);
    return true;
  }
}
