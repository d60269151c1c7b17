import type { Connection, SessionEnd } from "../connection.ts";
import type { Continuation, IncomingRequest } from "../frame.ts";
import type { MsrpNode } from "../node.ts";
import { EarlyArrivals } from "./early_arrivals.ts";

const TOO_MUCH = "Too much before the answer for this session";

/** Where connections for a session wait until SIP says whose it is, and what becomes of them then. */
export class EarlyDoor {
  readonly #node: MsrpNode;
  readonly #end: SessionEnd;
  readonly #arrivals = new EarlyArrivals();

  constructor(node: MsrpNode, end: SessionEnd) {
    this.#node = node;
    this.#end = end;
  }

  has(connection: Connection): boolean {
    return this.#arrivals.has(connection);
  }

  /** False where too many wait already. */
  welcome(connection: Connection): boolean {
    return this.#arrivals.welcome(connection);
  }

  forget(connection: Connection): void {
    this.#arrivals.forget(connection);
  }

  whole(connection: Connection, request: IncomingRequest, octets: Uint8Array, continuation: Continuation): void {
    this.#kept(this.#arrivals.whole(connection, request, octets, continuation), connection, request);
  }
  begin(connection: Connection, request: IncomingRequest): void {
    this.#kept(this.#arrivals.begin(connection, request), connection, request);
  }
  piece(connection: Connection, request: IncomingRequest, octets: Uint8Array): void {
    this.#kept(this.#arrivals.piece(connection, request, octets), connection, null);
  }
  finish(connection: Connection, request: IncomingRequest, continuation: Continuation): void {
    this.#kept(this.#arrivals.finish(connection, request, continuation), connection, null);
  }

  /** SIP has said who may come: what the first one that may has sent happens, the others get their answers. */
  settle(): void {
    const arrivals = this.#arrivals;
    for (const [connection, request] of arrivals.first()) {
      if (!connection.open) continue;
      const status = this.#end.admit(connection, request);
      if (status === 200) arrivals.replay(connection, this.#end);
      else {this.#refuse(
          connection,
          status,
          status === 506 ? "Bound to another connection" : "Not the owner of this session",
        );}
    }
    this.#finish();
  }

  /** Nobody may come. */
  refuseAll(status: number, comment: string): void {
    for (const [connection] of this.#arrivals.first()) this.#refuse(connection, status, comment);
    this.#finish();
  }

  #refuse(connection: Connection, status: number, comment: string): void {
    this.#arrivals.refuse(connection, status, comment);
    this.#node.unbind(connection, this.#end);
  }

  #finish(): void {
    for (const connection of this.#arrivals.silent()) this.#node.unbind(connection, this.#end);
    this.#arrivals.end();
  }

  /** `request`: one that is not among the arrivals and wants its answer as well. */
  #kept(kept: boolean, connection: Connection, request: IncomingRequest | null): void {
    if (kept || !this.#arrivals.has(connection)) return;
    this.#refuse(connection, 481, TOO_MUCH);
    if (request !== null) connection.respond(request, 481, TOO_MUCH);
    this.#arrivals.forget(connection);
  }
}
