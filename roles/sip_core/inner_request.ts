import { EMPTY } from "../../foundation/mod.ts";
import type { Flow, ServerTransaction, ServerUser, SipRequest } from "../../transport/sip/mod.ts";

/** A request of the box's own that goes through its own rows; `done` gets the final status once. */
export class InnerTransaction implements ServerTransaction {
  readonly request: SipRequest;
  readonly flow: Flow;
  user: ServerUser | null = null;
  answered = false;
  readonly #done: (status: number) => void;

  constructor(request: SipRequest, flow: Flow, done: (status: number) => void) {
    this.request = request;
    this.flow = flow;
    this.#done = done;
  }

  respond(status: number, _head: string, _body: Uint8Array = EMPTY): boolean {
    if (status < 200 || this.answered) return false;
    this.answered = true;
    this.#done(status);
    return true;
  }
}
