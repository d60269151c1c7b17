import type { Connection } from "../connection.ts";
import type { IncomingRequest } from "../frame.ts";

/** Requests of one message that may wait: whoever sends it again and again gains nothing. */
const MOST = 8;

interface Held {
  readonly connection: Connection;
  readonly request: IncomingRequest;
}

/**
 * Responses that wait until it is known what became of their message. They outlive the session: who sent it is told as long as the
 * connection is there.
 */
export class HeldResponses {
  /** By Message-ID. */
  readonly #held = new Map<string, Held[]>();

  /** The request that made the message complete. */
  hold(connection: Connection, request: IncomingRequest): void {
    this.#held.set(request.messageId, [{ connection, request }]);
  }

  /** Some of the message came again. False: nothing of it waits here. */
  again(connection: Connection, request: IncomingRequest): boolean {
    const held = this.#held.get(request.messageId);
    if (held === undefined) return false;
    if (held.length < MOST) held.push({ connection, request });
    else connection.respond(request, 408, "asked too often");
    return true;
  }

  /** It is known at once, and answered by who asked. */
  drop(messageId: string): void {
    this.#held.delete(messageId);
  }

  /** Answers all of them. False where none waited. */
  answer(messageId: string, status: number, comment: string): boolean {
    const held = this.#held.get(messageId);
    if (held === undefined) return false;
    this.#held.delete(messageId);
    for (const { connection, request } of held) {
      connection.respond(request, status, status === 200 || comment === "" ? undefined : comment);
    }
    return true;
  }
}
