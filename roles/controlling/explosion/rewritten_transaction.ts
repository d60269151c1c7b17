import type { Flow, ServerTransaction, ServerUser, SipRequest } from "../../../transport/sip/mod.ts";

/** A transaction whose request was made anew in the box, with the same names: whoever answers it answers the one that came. */
export class RewrittenTransaction implements ServerTransaction {
  readonly request: SipRequest;
  readonly flow: Flow;
  readonly #outer: ServerTransaction;

  constructor(outer: ServerTransaction, request: SipRequest) {
    this.#outer = outer;
    this.request = request;
    this.flow = outer.flow;
  }

  get user(): ServerUser | null {
    return this.#outer.user;
  }
  set user(user: ServerUser | null) {
    this.#outer.user = user;
  }
  get answered(): boolean {
    return this.#outer.answered;
  }
  respond(status: number, head: string, body: Uint8Array): boolean {
    return this.#outer.respond(status, head, body);
  }
}
