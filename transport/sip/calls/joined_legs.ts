import { EMPTY } from "../../../foundation/mod.ts";
import type { HeaderName } from "../header_names.ts";
import type { SipResponse } from "../message.ts";
import { responseHead } from "../respond.ts";
import type { ServerTransaction } from "../transactions.ts";
import type { CallCandidate, CallSide, Mediated, Mediator } from "./mediator.ts";
import { statusAcross } from "./best_refusal.ts";
import type { Call, Description, PeerOffer } from "./call.ts";
import { descriptionOf } from "./call_headers.ts";
import { carriedHeaders, REFUSAL_HEADERS } from "./carried_headers.ts";

/** Requests that go over to the other leg where the owner does not want them. */
const PASSED: ReadonlySet<string> = new Set(["INFO", "MESSAGE"]);

/** Two legs that stand: offers, answers and requests go from one to the other. */
export class JoinedLegs {
  readonly #caller: Call;
  readonly #callee: Call;
  readonly #mediator: Omit<Mediator<CallCandidate>, "invite" | "early" | "accepted" | "answered" | "dropped">;
  readonly #headers: readonly HeaderName[];
  /** An offer of one side that the other has not answered yet. */
  #pending: { readonly from: Call; readonly offer: PeerOffer } | null = null;
  /** Who was given an offer that was made here, and owes the answer: a re-INVITE without one. */
  #asked: Call | null = null;

  constructor(
    caller: Call,
    callee: Call,
    mediator: Omit<Mediator<CallCandidate>, "invite" | "early" | "accepted" | "answered" | "dropped">,
    headers: readonly HeaderName[],
  ) {
    this.#caller = caller;
    this.#callee = callee;
    this.#mediator = mediator;
    this.#headers = headers;
  }

  offer(from: Call, offer: PeerOffer): void {
    // Both sides at once: each leg by itself knows of one offer only (RFC 3261 §14.1 over two legs).
    if (this.#pending !== null) return offer.refuse(491);
    const mediated = this.#mediate(from, offer);
    if ("status" in mediated) return offer.refuse(mediated.status, mediated.parts);
    if ("answer" in mediated) {
      if (offer.description === null) this.#asked = from;
      return offer.answer({ description: mediated.answer });
    }
    this.#pending = { from, offer };
    const to = this.#other(from);
    // A 491 goes back to where the offer came from, which knows when to come again.
    to.offer(mediated.pass, offer.how === "INVITE" ? "INVITE" : "UPDATE", {}, true);
    // The other leg is over: nothing can come back from there.
    if (to.state === "ended") this.answer(to, null, 481);
  }

  answer(from: Call, description: Description | null, status: number): void {
    const pending = this.#pending;
    const side = this.#side(from);
    if (from === this.#asked) {
      this.#asked = null;
      const mediated = description === null ? null : this.#mediator.reanswer?.(side, description) ?? null;
      if (mediated !== null) this.#other(from).offer(mediated, undefined, {}, true);
      return;
    }
    // The answer to such a further offer goes nowhere.
    if (pending === null || pending.from === from) return;
    this.#pending = null;
    if (status >= 300) return pending.offer.refuse(statusAcross(status));
    const answer = description === null || this.#mediator.reanswer === undefined
      ? description
      : this.#mediator.reanswer(side, description);
    pending.offer.answer({ description: answer });
  }

  /** A request that the owner left to us. */
  pass(from: Call, transaction: ServerTransaction): void {
    const { request } = transaction;
    if (!PASSED.has(request.method)) return JoinedLegs.refuse(transaction, 405);
    const other = this.#other(from);
    if (other.state === "ended") return JoinedLegs.refuse(transaction, 480);
    const parts = { headers: carriedHeaders(request, this.#headers), description: descriptionOf(request) };
    other.send(request.method, parts, (response) => giveBack(transaction, response));
  }

  /** Answers a request that nobody takes. */
  static refuse(transaction: ServerTransaction, status: number): void {
    transaction.respond(status, responseHead(transaction.request, status), EMPTY);
  }

  #mediate(from: Call, offer: PeerOffer): Mediated {
    if (this.#mediator.reoffer !== undefined) return this.#mediator.reoffer(this.#side(from), offer);
    // Nothing can be asked of the other side without an offer in hand.
    return offer.description === null ? { status: 488 } : { pass: offer.description };
  }

  #other(call: Call): Call {
    return call === this.#caller ? this.#callee : this.#caller;
  }

  #side(call: Call): CallSide {
    return call === this.#caller ? "caller" : "callee";
  }
}

/** The answer of the other leg: its status, its body, and what a refusal tells. */
function giveBack(transaction: ServerTransaction, response: SipResponse | null): void {
  const status = response === null ? 480 : statusAcross(response.status);
  const description = response === null ? null : descriptionOf(response);
  transaction.respond(
    status,
    responseHead(transaction.request, status, {
      headers: response === null ? [] : carriedHeaders(response, REFUSAL_HEADERS),
      contentType: description?.contentType,
      body: description?.body,
    }),
    description?.body ?? EMPTY,
  );
}
