import type { SipRequest } from "../message.ts";
import type { ServerTransaction, ServerUser } from "../transactions.ts";
import type { BaseCall } from "./base_call.ts";
import type { Line } from "./call_response.ts";
import type { CallParts, Description, PeerOffer } from "./call.ts";
import { kept } from "./call_headers.ts";
import { type GrantedTimer, grantHeaders } from "./session_timer.ts";

/** A re-INVITE, UPDATE or PRACK of the peer that has to be answered (RFC 3261 §14.2, RFC 3311 §5.2, RFC 3262 §5). */
export class ReceivedOffer implements PeerOffer, ServerUser {
  readonly how: "INVITE" | "UPDATE" | "PRACK";
  readonly description: Description | null;
  readonly #call: BaseCall;
  readonly #transaction: ServerTransaction;
  readonly #granted: GrantedTimer | null;
  #over = false;

  constructor(
    call: BaseCall,
    transaction: ServerTransaction,
    how: "INVITE" | "UPDATE" | "PRACK",
    description: Description | null,
    granted: GrantedTimer | null,
  ) {
    this.#call = call;
    this.#transaction = transaction;
    this.how = how;
    this.description = description;
    this.#granted = granted;
  }

  get request(): SipRequest {
    return this.#transaction.request;
  }

  /** Answered, refused, withdrawn, or forgotten for so long that the transaction ended it. */
  get over(): boolean {
    return this.#over || this.#transaction.answered;
  }

  /** From now on it hears when the peer gives it up. */
  listen(): void {
    this.#transaction.user = this;
  }

  answer(parts: CallParts): void {
    const call = this.#call;
    if (this.over || call.state === "ended") return;
    const description = parts.description ?? call.local;
    if (description === null) return this.refuse(488);
    this.#over = true;
    call.local = kept(description);
    if (this.description === null) call.exchange = "ours";
    else {
      call.exchange = "stable";
      call.remote = kept(this.description);
    }
    this.#accept({ ...parts, description });
    call.offers.settled(this);
  }

  /** An UPDATE without an offer: nothing but a refresh. */
  confirm(): void {
    this.#over = true;
    this.#accept({});
  }

  refuse(status: number, parts: CallParts = {}): void {
    if (this.over || this.#call.state === "ended") return;
    this.abandon(status, parts);
    this.#call.offers.settled(this);
  }

  /** Ends it without a word to the offers. */
  abandon(status: number, parts: CallParts = {}): void {
    if (this.over) return;
    this.release();
    this.#call.respond(this.#transaction, status, parts);
  }

  onCancel(): void {
    this.refuse(487);
  }

  onAbandoned(): void {
    if (this.#over) return;
    this.release();
    this.#call.offers.settled(this);
  }

  /** Nothing came of it. */
  release(): void {
    this.#over = true;
    // The session goes on as it was (RFC 3261 §14.1).
    if (this.description !== null && this.#call.exchange === "theirs") this.#call.exchange = "stable";
  }

  #accept(parts: CallParts): void {
    const call = this.#call;
    const transaction = this.#transaction;
    const headers: Line[] = [];
    if (this.how !== "PRACK") {
      // Only now: a refused one changes nothing (RFC 6141 §4.6).
      const dialog = call.dialogWith(transaction.request.from.tag)!;
      dialog.refreshTarget(transaction.request);
      call.followFlow(dialog, transaction.flow, true);
      headers.push(call.contactOn(transaction.flow, transaction.request));
    }
    call.capabilities(headers);
    if (this.#granted !== null) {
      grantHeaders(this.#granted, headers);
      call.timer.granted(this.#granted);
    }
    if (this.how === "INVITE") call.sendAccepted(transaction, parts, headers, this.description === null);
    else call.respond(transaction, 200, parts, headers);
  }
}
