import type { Timed, Timer, Timers } from "../../../foundation/mod.ts";
import { Dialog } from "../dialog.ts";
import type { Problem, SipRequest, SipResponse } from "../message.ts";
import type { SentRequest } from "../sent_request.ts";
import type { Failure } from "../transactions.ts";
import type { RequestUser } from "../user_agent.ts";
import { sipfragStatus } from "./refer_target.ts";

/** Who sent a REFER. Methods return at once. */
export interface ReferUser {
  /** How the request that was asked for fares: each sipfrag. The one of 200 or above is the last. */
  onReferProgress?(refer: SentRefer, status: number, reason: string): void;
  /**
   * The REFER is done with: `status` is that of the last sipfrag; of the answer where the REFER was refused; 202 where the peer
   * took it and tells no more (RFC 4488, or the NOTIFYs ended without a final one); 408 or 503 where nobody answered.
   */
  onReferEnded(refer: SentRefer, status: number): void;
}

/** As long as the peer may be silent after its 202. */
const PATIENCE_MS = 180_000;

/** A REFER of ours and the NOTIFYs that it brings (RFC 3515 §2.4). */
export class SentRefer implements RequestUser, Timed {
  readonly callId: string;
  readonly localTag: string;
  /** Null outside of any dialog until the answer, or the first NOTIFY, makes one. */
  dialog: Dialog | null;
  /** CSeq of the REFER; 0 before it is known. */
  id = 0;
  readonly #user: ReferUser;
  readonly #over: (refer: SentRefer) => void;
  readonly #timers: Timers;
  #timer: Timer | null = null;
  #status = 202;
  #ended = false;

  constructor(
    identity: { readonly callId: string; readonly localTag: string; readonly dialog: Dialog | null },
    user: ReferUser,
    timers: Timers,
    over: (refer: SentRefer) => void,
  ) {
    this.callId = identity.callId;
    this.localTag = identity.localTag;
    this.dialog = identity.dialog;
    this.#user = user;
    this.#timers = timers;
    this.#over = over;
  }

  /** Called once the request is on its way. */
  sent(request: SentRequest): void {
    if (this.id === 0) this.id = request.cseq;
  }

  onResponse(request: SentRequest, response: SipResponse): void {
    if (response.status < 200 || this.#ended) return;
    this.id = request.cseq;
    if (response.status >= 300) return this.#end(response.status);
    this.dialog ??= Dialog.uac(response);
    // No subscription was made (RFC 4488 §4).
    if (/^\s*false/i.test(response.get("Refer-Sub") ?? "")) return this.#end(202);
    this.#timer ??= this.#timers.start(PATIENCE_MS, this, 0);
  }

  onFailure(_request: SentRequest, failure: Failure): void {
    this.#end(failure === "timeout" ? 408 : 503);
  }

  onTimer(): void {
    this.#timer = null;
    this.#end(this.#status);
  }

  /** The answer to a NOTIFY outside of a call: null for 200. It may come before that to the REFER (RFC 3515 §2.4.4). */
  enter(notify: SipRequest): Problem | null {
    if (this.dialog === null) {
      const dialog = Dialog.uas(notify, this.localTag);
      if (!(dialog instanceof Dialog)) return dialog;
      dialog.startFrom(this.id);
      this.dialog = dialog;
      return null;
    }
    // A second fork of the REFER has nobody here (RFC 6665 §4.4.1).
    if (this.dialog.remoteTag !== notify.from.tag) return { status: 481, reason: "No Such Subscription" };
    return this.dialog.receive(notify);
  }

  /** A NOTIFY for it, which has its 200. */
  notified(notify: SipRequest): void {
    if (this.#ended) return;
    const fragment = sipfragStatus(notify);
    if (fragment !== null) {
      this.#status = fragment.status;
      this.#user.onReferProgress?.(this, fragment.status, fragment.reason);
    }
    const over = /^\s*terminated/i.test(notify.get("Subscription-State") ?? "");
    if (over || this.#status >= 300 || (fragment !== null && fragment.status >= 200)) this.#end(this.#final);
  }

  /** A call in which it was sent is over, or its owner wants to hear no more. */
  drop(): void {
    this.#end(this.#final);
  }

  get #final(): number {
    return this.#status < 200 ? 202 : this.#status;
  }

  #end(status: number): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#timer?.stop();
    this.#over(this);
    this.#user.onReferEnded(this, status);
  }
}
