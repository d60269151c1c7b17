import type { Flow, ServerTransaction, ServerUser, SipRequest } from "../../../transport/sip/mod.ts";

/** Told that the sender is about to be answered 2xx: `done` when that may go out. */
export type BeforeSuccess = (transaction: RecordedTransaction, done: () => void) => void;

/** A MESSAGE that somebody may want recorded: a 2xx goes out when it is kept for them. Everything else passes as it comes. */
export class RecordedTransaction implements ServerTransaction {
  readonly request: SipRequest;
  readonly flow: Flow;
  /** The rules of its recipient let it pass. */
  passed = false;
  readonly #outer: ServerTransaction;
  readonly #before: BeforeSuccess;
  #deciding = false;

  constructor(outer: ServerTransaction, before: BeforeSuccess) {
    this.#outer = outer;
    this.request = outer.request;
    this.flow = outer.flow;
    this.#before = before;
  }

  get user(): ServerUser | null {
    return this.#outer.user;
  }
  set user(user: ServerUser | null) {
    this.#outer.user = user;
  }
  get answered(): boolean {
    return this.#deciding || this.#outer.answered;
  }

  respond(status: number, head: string, body: Uint8Array): boolean {
    if (this.answered || status < 200 || status >= 300) {
      return !this.#deciding && this.#outer.respond(status, head, body);
    }
    this.#deciding = true;
    this.#before(this, () => void this.#outer.respond(status, head, body));
    return true;
  }
}
