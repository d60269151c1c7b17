import { detached, EMPTY, type Timer } from "../../../foundation/mod.ts";
import { Dialog } from "../dialog.ts";
import { parseMessage, type SipRequest } from "../message.ts";
import { NO_LIMITS } from "../problem.ts";
import type { ServerTransaction, ServerUser } from "../transactions.ts";
import { BaseCall, type CallHost } from "./base_call.ts";
import type { Line } from "./call_response.ts";
import type { CallParts, CallUser, Description } from "./call.ts";
import { descriptionOf, kept, minSeOf } from "./call_headers.ts";
import { type ProgressOwner, ReliableProgress } from "./reliable_progress.ts";
import { type GrantedTimer, grantHeaders } from "./session_timer.ts";

/** A proxy forgets an INVITE after three minutes of silence: the last progress is repeated (RFC 3261 §13.3.1.1). */
const KEEP_MS = 60_000;
/** What is acknowledged need not be repeated so often (RFC 3262 §3). */
const KEEP_RELIABLY_MS = 150_000;
const KEEP = 1;

/** A call that came in: the side of the UAS (RFC 3261 §13.3). */
export class UasCall extends BaseCall implements ServerUser, ProgressOwner {
  readonly incoming = true;
  /** What all copies of the INVITE have in common. */
  readonly inviteKey: string;
  #request: SipRequest | null;
  /** Its head alone, once the call stands. */
  #head = "";
  #transaction: ServerTransaction | null;
  readonly #granted: GrantedTimer;
  #reliable: ReliableProgress | null = null;
  /** What `accept` was given while a PRACK had to come first. */
  #held: CallParts | null = null;
  /** The last progress, for its repetition; after a reliable one only its status. */
  #last: { readonly status: number; readonly head: string; readonly body: Uint8Array } | null = null;
  #lastReliable = 0;
  #keep: Timer | null = null;

  constructor(
    host: CallHost,
    transaction: ServerTransaction,
    user: CallUser,
    start: {
      readonly localTag: string;
      readonly dialog: Dialog | null;
      readonly granted: GrantedTimer;
      readonly inviteKey: string;
    },
    options: { readonly contact: string; readonly contactParams: string; readonly sessionExpires: number },
  ) {
    const { request, flow } = transaction;
    const callId = start.dialog === null ? detached(request.callId) : start.dialog.callId;
    super(host, user, { callId, localTag: start.localTag }, options);
    this.#transaction = transaction;
    this.#request = request;
    this.#granted = start.granted;
    this.inviteKey = start.inviteKey;
    this.dialog = start.dialog;
    if (start.dialog === null) return;
    this.exchange = request.body.length > 0 ? "theirs" : "none";
    this.learn(request);
    this.timer.raiseMinSe(minSeOf(request));
    this.preferFlow(start.dialog, flow, false);
  }

  /** Once the call stands, without its body. */
  get request(): SipRequest {
    return this.#request ?? parseMessage(this.#head, EMPTY, NO_LIMITS) as SipRequest;
  }

  /** Takes the INVITE up: CANCEL and time count from now on. */
  begin(): void {
    this.#transaction!.user = this;
    this.limitInviting();
  }

  progress(status: number, parts: CallParts = {}, reliable = false): void {
    if (status < 101 || status > 199) throw new RangeError(`progress is 101 to 199, not ${status}`);
    const transaction = this.#transaction;
    if (this.state !== "inviting" || transaction === null || this.#held !== null) return;
    const request = transaction.request;
    const required = request.lists("Require", "100rel");
    if (required || (reliable && request.lists("Supported", "100rel"))) {
      return this.#progressReliably(transaction, status, parts);
    }
    this.#last = this.response(request, status, parts, this.#dialogLines(transaction), true);
    this.#lastReliable = 0;
    transaction.respond(status, this.#last.head, this.#last.body);
    this.#keepAlive(KEEP_MS);
  }

  accept(parts: CallParts): void {
    const transaction = this.#transaction;
    if (this.state !== "inviting" || transaction === null || this.#held !== null) return;
    if (this.#reliable?.holdsFinal === true) {
      this.#held = parts;
      return;
    }
    this.#finalize(transaction);
    this.stopLimit();
    this.state = "accepted";
    const headers = this.#dialogLines(transaction);
    grantHeaders(this.#granted, headers);
    this.timer.granted(this.#granted);
    const offered = this.#describe(parts.description ?? null);
    this.sendAccepted(transaction, parts, headers, offered);
  }

  refuse(status: number, parts: CallParts = {}): void {
    if (status < 300 || status > 699) throw new RangeError(`a refusal is 300 to 699, not ${status}`);
    const transaction = this.#transaction;
    if (this.state !== "inviting" || transaction === null) return;
    this.#finalize(transaction);
    this.close();
    this.respond(transaction, status, parts);
    this.host.retire(this);
  }

  override get awaitsPrack(): boolean {
    return this.#reliable?.holdsFinal === true;
  }

  cancel(): void {}

  acknowledge(): void {}

  onCancel(_transaction: ServerTransaction, cancel: SipRequest): void {
    if (this.state !== "inviting") return;
    this.refuse(487);
    this.user.onCancelled?.(this, cancel);
  }

  prackMissing(): void {
    this.#giveUp(504, { reason: "No PRACK" });
  }

  override onTimer(kind?: number): void {
    if (kind !== KEEP) return super.onTimer();
    this.#keep = null;
    const transaction = this.#transaction;
    if (this.state !== "inviting" || transaction === null) return;
    if (this.#lastReliable > 0) this.#progressReliably(transaction, this.#lastReliable, {});
    else if (this.#last !== null) {
      transaction.respond(this.#last.status, this.#last.head, this.#last.body);
      this.#keepAlive(KEEP_MS);
    }
  }

  dialogWith(remoteTag: string): Dialog | null {
    return this.dialog !== null && this.dialog.remoteTag === remoteTag ? this.dialog : null;
  }

  protected leftWhileInviting(bye: SipRequest): void {
    this.refuse(487);
    this.user.onCancelled?.(this, bye);
  }

  protected invitingTooLong(): void {
    this.#giveUp(408, {});
  }

  protected endInviting(reason: string): void {
    this.refuse(480, reason === "" ? {} : { headers: [["Reason", reason]] });
  }

  protected confirmed(ack: SipRequest): void {
    this.#compact();
    this.user.onConfirmed?.(this, ack);
  }

  protected receivePrack(transaction: ServerTransaction): void {
    const response = this.#reliable?.acknowledge(transaction.request) ?? null;
    if (response === null) return this.respond(transaction, 481);
    const description = descriptionOf(transaction.request);
    if (description !== null && !response.offered) {
      // An offer on top of the answer: its 2xx is the answer to that.
      this.offers.receivePrack(transaction);
    } else {
      this.respond(transaction, 200);
      if (response.offered) {
        this.exchange = "stable";
        if (description !== null) this.remote = kept(description);
        this.user.onAnswer?.(this, description, description === null ? 488 : 200);
      }
    }
    this.#reliable?.next();
    this.flushOffers();
    const held = this.#held;
    if (held === null || this.#reliable?.holdsFinal === true) return;
    this.#held = null;
    this.accept(held);
  }

  #progressReliably(transaction: ServerTransaction, status: number, parts: CallParts): void {
    const { request } = transaction;
    const described = parts.description !== undefined && parts.description !== null;
    if (!described && this.exchange === "none") {
      // The first reliable response to an INVITE without an offer has to make one (RFC 3262 §5).
      return this.host.log.debug("progress not sent: no offer for a reliable response", {
        callId: this.callId,
        status,
      });
    }
    this.#reliable ??= new ReliableProgress(this.host, this, transaction);
    const offered = described && this.#describe(parts.description ?? null);
    const lines = this.#dialogLines(transaction);
    const sent = this.#reliable.send({
      status,
      body: parts.description?.body ?? EMPTY,
      described,
      offered,
      head: (rseq) =>
        this.response(request, status, parts, [...lines, ["Require", "100rel"], ["RSeq", String(rseq)]], true).head,
    });
    if (!sent) return this.host.log.debug("progress not sent: too many wait", { callId: this.callId, status });
    this.#lastReliable = status;
    this.#keepAlive(KEEP_RELIABLY_MS);
  }

  /** A description of ours goes out for certain: true where it is an offer. */
  #describe(description: Description | null): boolean {
    if (description === null) return false;
    this.local = kept(description);
    if (this.exchange === "none") {
      this.exchange = "ours";
      return true;
    }
    if (this.exchange === "theirs") {
      this.exchange = "stable";
      if (this.#request !== null) this.remote = kept(descriptionOf(this.#request));
    }
    return false;
  }

  #dialogLines(transaction: ServerTransaction): Line[] {
    return this.capabilities([this.contactOn(transaction.flow, transaction.request)]);
  }

  #keepAlive(delay_ms: number): void {
    this.#keep?.stop();
    this.#keep = this.host.timers.start(delay_ms, this, KEEP);
  }

  /** The INVITE gets its final response now: nothing of it is needed any more. */
  #finalize(transaction: ServerTransaction): void {
    this.#reliable?.close();
    this.#keep?.stop();
    this.#keep = null;
    this.#last = null;
    this.#transaction = null;
    transaction.user = null;
  }

  /** Nobody of the two users ended it: time did. */
  #giveUp(status: number, parts: CallParts): void {
    if (this.state !== "inviting") return;
    this.refuse(status, parts);
    this.host.countEnd("failure");
    this.user.onEnded(this, { by: "failure", reason: "", status });
  }

  /** A call may last for hours: of the INVITE only the head stays, without the buffer that its body is part of. */
  #compact(): void {
    if (this.#request === null) return;
    this.#head = this.#request.head;
    this.#request = null;
    this.#reliable = null;
  }
}
