import type { Timed, Timer, Timers } from "../../../foundation/mod.ts";
import type { Connection, SessionEnd } from "../connection.ts";
import { EarlyArrivals } from "../forward/early_arrivals.ts";
import type { Continuation, IncomingRequest } from "../frame.ts";
import type { MsrpNode } from "../node.ts";
import { peerStatus } from "./peer_check.ts";
import type { SessionPeer } from "./session_user.ts";

const TOO_MUCH = "too much before the session is set up";

/** What admission needs of its session. */
export interface AdmissionParts {
  readonly end: SessionEnd;
  readonly node: MsrpNode;
  readonly timers: Timers;
  /** Our own relays in between. */
  readonly relays: number;
  /** How long a connection may wait for the peer's description, ms. */
  readonly answerWait: number;
}

/**
 * Who may be the other end. SIP's way is longer than MSRP's: who connects before the peer's description is here waits unread and
 * unanswered until its path and certificate can be compared.
 */
export class Admission implements Timed {
  readonly #parts: AdmissionParts;
  #peer: SessionPeer | null = null;
  #early: EarlyArrivals | null = null;
  #timer: Timer | null = null;

  constructor(parts: AdmissionParts) {
    this.#parts = parts;
  }

  /** Requests are to be kept. */
  get early(): boolean {
    return this.#early !== null;
  }

  /** 200: let it in, or let it wait (`early`). */
  admit(connection: Connection, request: IncomingRequest): number {
    if (this.#peer !== null) return peerStatus(this.#peer, this.#parts.relays, connection, request.fromPath);
    const early = this.#early ??= new EarlyArrivals();
    this.#timer ??= this.#parts.timers.start(this.#parts.answerWait, this, 0);
    return early.welcome(connection) ? 200 : 506;
  }

  whole(connection: Connection, request: IncomingRequest, octets: Uint8Array, end: Continuation): void {
    if (!this.#early!.whole(connection, request, octets, end)) this.#flood(connection, request);
  }
  begin(connection: Connection, request: IncomingRequest): void {
    if (!this.#early!.begin(connection, request)) this.#flood(connection, request);
  }
  piece(connection: Connection, request: IncomingRequest, octets: Uint8Array): void {
    if (!this.#early!.piece(connection, request, octets)) this.#flood(connection, null);
  }
  finish(connection: Connection, request: IncomingRequest, end: Continuation): void {
    if (!this.#early!.finish(connection, request, end)) this.#flood(connection, null);
  }

  /** More than may come before the description. `request`: one that is not kept and wants its answer as well. */
  #flood(connection: Connection, request: IncomingRequest | null): void {
    this.#early!.refuse(connection, 413, TOO_MUCH);
    if (request !== null) connection.respond(request, 413, TOO_MUCH);
    this.#early!.forget(connection);
    this.#parts.node.unbind(connection, this.#parts.end);
  }

  lost(connection: Connection): void {
    this.#early?.forget(connection);
  }

  /**
   * The description is here. Of those who wait, `bind` is called for the one that it is about, then its requests happen; the
   * others are refused. `active`: we connect, so nobody who waits is right.
   */
  settle(peer: SessionPeer, active: boolean, bind: (connection: Connection) => void): void {
    this.#peer = peer;
    this.#timer?.stop();
    const early = this.#early;
    this.#early = null;
    if (early === null) return;
    if (active) return this.#dismiss(early, 506, "this end connects");
    for (const [connection, request] of early.first()) {
      if (peerStatus(peer, this.#parts.relays, connection, request.fromPath) !== 200) continue;
      bind(connection);
      early.replay(connection, this.#parts.end);
      early.forget(connection);
      return this.#dismiss(early, 506, "this session uses another connection");
    }
    this.#dismiss(early, 403, "not the peer of this session");
  }

  #dismiss(early: EarlyArrivals, status: number, comment: string): void {
    const { node, end } = this.#parts;
    for (const [connection] of early.first()) {
      early.refuse(connection, status, comment);
      node.unbind(connection, end);
    }
    for (const connection of early.silent()) node.unbind(connection, end);
    early.end();
  }

  onTimer(): void {
    this.#timer = null;
    this.close("this session was not set up in time");
  }

  /** Whoever waits is refused: 481. */
  close(reason: string): void {
    this.#timer?.stop();
    this.#timer = null;
    const early = this.#early;
    this.#early = null;
    if (early !== null) this.#dismiss(early, 481, reason);
  }
}
