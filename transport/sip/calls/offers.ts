import type { Timed, Timer } from "../../../foundation/mod.ts";
import { deltaSeconds } from "../grammar.ts";
import type { SipResponse } from "../message.ts";
import type { SentRequest } from "../sent_request.ts";
import type { Failure, ServerTransaction } from "../transactions.ts";
import type { BaseCall } from "./base_call.ts";
import type { Line } from "./call_response.ts";
import type { CallParts, Description } from "./call.ts";
import { descriptionOf, kept, minSeOf, sameDescription } from "./call_headers.ts";
import { type OfferHearer, type OfferPlan, OwnOffer } from "./own_offer.ts";
import { ReceivedOffer } from "./received_offer.ts";
import { grantTimer, tooSmallHeaders } from "./session_timer.ts";

/** Times that an offer of ours goes out before its refusal is the user's. */
const MAX_TRIES = 5;
const LONGEST_RETRY_S = 10;

/**
 * Offer and answer inside a dialog: re-INVITE (RFC 3261 §14), UPDATE (RFC 3311), in which order they may go (RFC 6337), and
 * what is done when both sides begin at once.
 */
export class Offers implements OfferHearer, Timed {
  readonly #call: BaseCall;
  /** Ours on the way. */
  #out: OwnOffer | null = null;
  /** Ours that may not go yet; a newer one takes its place. */
  #waiting: OfferPlan | null = null;
  #backOff: Timer | null = null;
  /** Theirs, not answered yet. */
  #peer: ReceivedOffer | null = null;

  constructor(call: BaseCall) {
    this.#call = call;
  }

  offer(description: Description, how: "INVITE" | "UPDATE" | undefined, parts: CallParts, once: boolean): void {
    const method = how === "INVITE" || !this.#call.allowed.has("UPDATE") ? "INVITE" : "UPDATE";
    this.#waiting = { how: method, description, parts, refresh: false, once, tries: 0 };
    this.flush();
  }

  /** The session timer wants a refresh; whatever is on its way will do. */
  refresh(): void {
    const call = this.#call;
    if (this.#out !== null || this.#waiting !== null) return;
    const byUpdate = call.allowed.has("UPDATE") || call.local === null;
    this.#waiting = {
      how: byUpdate ? "UPDATE" : "INVITE",
      description: byUpdate ? null : call.local,
      parts: {},
      refresh: true,
      once: false,
      tries: 0,
    };
    this.flush();
  }

  /** Sends what waits, if it may go now. */
  flush(): void {
    const next = this.#waiting;
    if (next === null || this.#backOff !== null || !this.#mayGo(next)) return;
    this.#waiting = null;
    this.#send(next);
  }

  close(): void {
    this.#waiting = null;
    this.#backOff?.stop();
    this.#backOff = null;
    const peer = this.#peer;
    this.#peer = null;
    // RFC 3261 §15.1.2: what was still open inside the dialog.
    peer?.abandon(487);
  }

  onTimer(): void {
    this.#backOff = null;
    this.flush();
  }

  // What the peer asks.

  receiveInvite(transaction: ServerTransaction): void {
    const call = this.#call;
    if (call.state === "inviting") {
      return call.incoming ? this.#notYet(transaction) : call.respond(transaction, 491);
    }
    if (this.#out?.plan.how === "INVITE" || call.exchange === "ours" || call.answerInAck) {
      return call.respond(transaction, 491);
    }
    if (this.#pending || call.exchange === "theirs") return this.#notYet(transaction);
    this.#take(transaction, "INVITE");
  }

  receiveUpdate(transaction: ServerTransaction): void {
    const call = this.#call;
    if (transaction.request.body.length > 0) {
      if (call.exchange === "ours") return call.respond(transaction, 491);
      if (this.#pending || call.exchange === "theirs") return this.#notYet(transaction);
      if (call.exchange === "none") return call.respond(transaction, 488);
    }
    this.#take(transaction, "UPDATE");
  }

  /** An offer in a PRACK (RFC 3262 §5). */
  receivePrack(transaction: ServerTransaction): void {
    if (this.#pending || this.#call.exchange !== "stable") return this.#notYet(transaction);
    this.#hand(new ReceivedOffer(this.#call, transaction, "PRACK", descriptionOf(transaction.request), null));
  }

  /** An offer of the peer was answered or refused. */
  settled(offer: ReceivedOffer): void {
    if (this.#peer === offer) this.#peer = null;
    this.flush();
  }

  /** True while an offer of theirs waits for our answer. The transaction may have answered in our place: 408. */
  get #pending(): boolean {
    if (this.#peer === null) return false;
    if (!this.#peer.over) return true;
    this.#peer.release();
    this.#peer = null;
    return false;
  }

  #take(transaction: ServerTransaction, how: "INVITE" | "UPDATE"): void {
    const call = this.#call;
    const { request } = transaction;
    const granted = grantTimer(request, call.longest);
    if (granted.tooSmall > 0) return call.respond(transaction, 422, { headers: tooSmallHeaders(granted) });
    call.timer.raiseMinSe(minSeOf(request));
    const description = descriptionOf(request);
    const offer = new ReceivedOffer(call, transaction, how, description, granted);
    if (how === "UPDATE" && description === null) return offer.confirm();
    // A session refresh says what was said before: nothing for the user to decide (RFC 4028 §7.4).
    if (description !== null && call.local !== null && sameDescription(description, call.remote)) {
      return offer.answer({ description: call.local });
    }
    this.#hand(offer);
  }

  #hand(offer: ReceivedOffer): void {
    const call = this.#call;
    this.#peer = offer;
    if (offer.description !== null) call.exchange = "theirs";
    offer.listen();
    if (call.user.onOffer !== undefined) return call.user.onOffer(call, offer);
    if (offer.description === null && call.local !== null) offer.answer({ description: call.local });
    else offer.refuse(488);
  }

  /** RFC 3261 §14.2, RFC 3311 §5.2: somewhere between now and ten seconds. */
  #notYet(transaction: ServerTransaction): void {
    const seconds = Math.floor(this.#call.host.random() * (LONGEST_RETRY_S + 1));
    this.#call.respond(transaction, 500, { reason: "Request Pending", headers: [["Retry-After", String(seconds)]] });
  }

  // What we ask.

  #mayGo(offer: OfferPlan): boolean {
    const call = this.#call;
    if (this.#out !== null || call.dialog === null || call.state === "ended") return false;
    if (offer.description === null) return call.state === "confirmed";
    if (this.#pending || call.exchange !== "stable" || call.answerInAck || call.awaitsPrack) return false;
    // Before the call stands only UPDATE may go, after an exchange that is certain (RFC 3311 §5.1).
    return call.state === "confirmed" || (offer.how === "UPDATE" && call.state === "inviting");
  }

  #send(plan: OfferPlan): void {
    const call = this.#call;
    const offer = this.#out = new OwnOffer(this, { ...plan, tries: plan.tries + 1 }, call.timer.asked);
    if (plan.description !== null) call.exchange = "ours";
    const headers: Line[] = [];
    call.capabilities(headers);
    call.timer.headers(headers);
    call.sendInside(plan.how, { headers: plan.parts.headers, description: plan.description }, offer, headers);
  }

  offerAnswered(offer: OwnOffer, request: SentRequest, response: SipResponse): void {
    if (offer !== this.#out) return;
    const { status } = response;
    const { plan } = offer;
    const call = this.#call;
    this.#out = null;
    if (status < 300) return this.#succeeded(offer, request, response);
    if (call.state === "ended") return;
    if (plan.description !== null) call.exchange = "stable";
    if (status === 408 || status === 481) return this.#gone(plan, status);
    if (this.#tryAgain(plan, response)) return;
    this.#refused(plan, status);
  }

  offerFailed(offer: OwnOffer, failure: Failure): void {
    if (offer !== this.#out) return;
    const call = this.#call;
    this.#out = null;
    if (call.state === "ended") return;
    if (offer.plan.description !== null) call.exchange = "stable";
    if (failure === "timeout") this.#gone(offer.plan, 408);
    else this.#refused(offer.plan, 503);
  }

  #succeeded(offer: OwnOffer, request: SentRequest, response: SipResponse): void {
    const call = this.#call;
    const { plan } = offer;
    const dialog = call.dialog!;
    dialog.refreshTarget(response);
    // Also when the call is over: the INVITE has to come to its end (RFC 5407 §3.2.3).
    if (plan.how === "INVITE") offer.ack = call.sendAck(dialog, request.cseq, request.flow, null);
    if (call.state === "ended") return;
    call.learn(response);
    call.timer.answered(response, offer.asked);
    if (plan.description === null) return this.flush();
    call.exchange = "stable";
    const answer = descriptionOf(response);
    const same = answer === null || sameDescription(answer, call.remote);
    if (!plan.refresh) call.local = kept(plan.description);
    if (!same) call.remote = kept(answer);
    if (!plan.refresh || !same) call.user.onAnswer?.(call, answer, response.status);
    this.flush();
  }

  /** True where the same offer goes out again by itself. */
  #tryAgain(out: OfferPlan, response: SipResponse): boolean {
    const call = this.#call;
    const { status } = response;
    if (out.tries >= MAX_TRIES) return false;
    switch (status) {
      case 491: {
        if (out.once) return false;
        // RFC 3261 §14.1: whoever made the Call-ID waits longer.
        const steps = Math.floor(call.host.random() * (call.incoming ? 201 : 191));
        return this.#later(out, (call.incoming ? 0 : 2_100) + steps * 10);
      }
      case 500:
      case 503: {
        if (out.once) return false;
        const seconds = deltaSeconds(response.get("Retry-After"));
        if (seconds === undefined || seconds > LONGEST_RETRY_S) return false;
        return this.#later(out, seconds * 1000);
      }
      case 422: {
        const least = minSeOf(response);
        if (least <= call.timer.minSe || least <= call.timer.interval) return false;
        call.timer.raiseMinSe(least);
        return this.#later(out, 0);
      }
      case 405:
      case 501:
        if (out.how !== "UPDATE") return false;
        call.forget("UPDATE");
        if (out.refresh && call.local === null) return false;
        return this.#later({ ...out, how: "INVITE", description: out.description ?? call.local }, 0);
      default:
        return false;
    }
  }

  #later(out: OfferPlan, delay_ms: number): true {
    // A newer offer of the user has taken its place meanwhile.
    this.#waiting ??= out;
    if (delay_ms > 0) {
      this.#backOff?.stop();
      this.#backOff = this.#call.host.timers.start(delay_ms, this, 0);
    } else this.flush();
    return true;
  }

  #gone(out: OfferPlan, status: number): void {
    if (!out.refresh) this.#call.user.onAnswer?.(this.#call, null, status);
    this.#call.lost(status);
  }

  #refused(out: OfferPlan, status: number): void {
    if (out.refresh) this.#call.timer.refused();
    else this.#call.user.onAnswer?.(this.#call, null, status);
    this.flush();
  }
}
