import { type Connection, LOST, type ResponseUser } from "../connection.ts";
import type { IncomingRequest } from "../frame.ts";

/** Sees an answer that goes back. */
export type AnswerSeen = (status: number, headers: string) => void;

/** Takes the answer of the next hop back to the previous one, with its headers (RFC 4976 §6.4.3). */
export class AnswerBack implements ResponseUser {
  readonly #source: Connection;
  readonly #request: IncomingRequest;
  readonly #seen: AnswerSeen | null;
  constructor(source: Connection, request: IncomingRequest, seen: AnswerSeen | null) {
    this.#source = source;
    this.#request = request;
    this.#seen = seen;
  }
  onResponse(status: number, comment: string, _context: unknown, headers: string): void {
    this.#seen?.(status, headers);
    if (status === LOST) this.#source.respond(this.#request, 408, "The connection to the next hop was lost");
    else this.#source.respond(this.#request, status, comment, headers);
  }
}
