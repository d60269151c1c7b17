import { tagOf } from "../name_addr.ts";
import { Dialog } from "../dialog.ts";
import type { Flow } from "../flow.ts";
import type { SipRequest, SipResponse } from "../message.ts";
import type { Failure, ServerTransaction } from "../transactions.ts";
import { BaseCall, type CallHost } from "./base_call.ts";
import type { Line } from "./call_response.ts";
import type { CallUser, Description } from "./call.ts";
import type { OutgoingCall } from "./calls.ts";
import { descriptionOf, kept, minSeOf } from "./call_headers.ts";
import { EarlyDialog } from "./early_dialog.ts";
import { ELSEWHERE } from "./late_forks.ts";
import { OwnInvite } from "./own_invite.ts";
import { LEAST_SE } from "./session_timer.ts";
import { SideRequest } from "./side_request.ts";

/** Times that an INVITE goes out again with a longer interval (RFC 4028 §7.3): each proxy on the way may ask for more. */
const MAX_TOO_SMALL = 4;

/** A call of ours: the side of the UAC (RFC 3261 §13.2). */
export class UacCall extends BaseCall {
  readonly incoming = false;
  readonly request = null;
  #call: OutgoingCall | null;
  /** The INVITE under way; null once the call stands. */
  #invite: OwnInvite | null = null;
  readonly #wantedFlow: number;
  #cseq = 1;
  #asked: number;
  #minSe = 0;
  #tooSmall = 0;
  #early: EarlyDialog[] = [];
  /** A reliable offer that waits for the user's answer (delayed offer). */
  #offerer: EarlyDialog | null = null;
  #prack: readonly Line[] = [];
  #cancelled = false;
  #cancelReason = "";
  #tooLong = false;

  constructor(host: CallHost, call: OutgoingCall, user: CallUser, callId: string, localTag: string, contact: string) {
    super(host, user, { callId, localTag }, {
      contact,
      contactParams: call.contactParams ?? "",
      sessionExpires: call.sessionExpires ?? 0,
    });
    this.#call = call;
    this.#wantedFlow = call.flowId ?? 0;
    this.#asked = call.sessionExpires ?? 0;
    if (this.#asked > 0) this.#asked = Math.max(this.#asked, LEAST_SE);
    this.exchange = call.description === null ? "none" : "ours";
  }

  start(): void {
    this.limitInviting();
    this.#send();
  }

  /** There is no room for it: its user hears so when the present turn is over. */
  refuseLater(): void {
    queueMicrotask(() => {
      if (this.state !== "inviting") return;
      this.close();
      this.user.onRefused?.(this, 503, null);
    });
  }

  progress(): void {}
  accept(): void {}
  refuse(): void {}

  cancel(reason = ""): void {
    if (this.state !== "inviting" || this.#cancelled) return;
    this.#cancelled = true;
    this.#cancelReason = reason;
    this.#invite?.request?.cancel(reason === "" ? undefined : reason);
  }

  acknowledge(description: Description | null): void {
    if (this.state === "inviting" && this.#offerer !== null) return this.#answerEarly(description);
    if (this.state !== "accepted") return;
    this.stopLimit();
    this.state = "confirmed";
    if (description !== null) this.local = kept(description);
    this.exchange = "stable";
    this.#invite?.acknowledge(this.dialog!, this.flowId, description);
    this.#invite?.settle(this.flowId);
    this.#invite = null;
    this.flushOffers();
  }

  dialogWith(remoteTag: string): Dialog | null {
    if (this.dialog !== null && this.dialog.remoteTag === remoteTag) return this.dialog;
    return this.#early.find((early) => early.tag === remoteTag)?.dialog ?? null;
  }

  protected leftWhileInviting(bye: SipRequest): void {
    const early = this.#early.find(({ tag }) => tag === bye.from.tag);
    if (early !== undefined) early.left = true;
  }

  protected invitingTooLong(): void {
    if (this.state === "accepted") return this.end('SIP;cause=408;text="No answer to the offer"');
    if (this.state !== "inviting") return;
    this.#tooLong = true;
    this.cancel("SIP;cause=408");
  }

  protected endInviting(reason: string): void {
    this.cancel(reason);
  }

  protected receivePrack(transaction: ServerTransaction): void {
    this.respond(transaction, 481);
  }

  // The ACK of an outgoing call is ours.
  protected confirmed(): void {}

  /** A response to the INVITE: called by `OwnInvite`, for each 2xx too. */
  answered(invite: OwnInvite, response: SipResponse): void {
    const { status } = response;
    if (status < 200) return this.#progress(invite, response);
    if (status < 300) return this.#accepted(invite, response);
    if (this.state !== "inviting" || invite !== this.#invite) return;
    if (status === 422 && this.#longer(invite, response)) return;
    this.#over();
    if (this.#tooLong) this.user.onRefused?.(this, 408, null);
    else this.user.onRefused?.(this, status, response);
  }

  /** The INVITE has no answer and will have none. */
  failed(failure: Failure): void {
    if (this.state !== "inviting") return;
    this.#over();
    const status = this.#tooLong ? 408 : this.#cancelled ? 487 : failure === "timeout" ? 408 : 503;
    this.user.onRefused?.(this, status, null);
  }

  #send(): void {
    const call = this.#call!;
    const headers: Line[] = [["Allow", this.host.allow], ["Supported", this.#supported(call)]];
    if (this.#asked > 0) headers.push(["Session-Expires", String(this.#asked)]);
    if (this.#minSe > 0) headers.push(["Min-SE", String(this.#minSe)]);
    if (call.headers !== undefined) headers.push(...call.headers);
    const fromTag = tagOf(call.from);
    const invite = this.#invite = new OwnInvite(this);
    invite.request = this.host.agent.send({
      ...call,
      method: "INVITE",
      from: fromTag === "" ? `${call.from};tag=${this.localTag}` : call.from,
      callId: this.callId,
      cseq: this.#cseq,
      contact: this.contact,
      headers,
      contentType: call.description?.contentType,
      body: call.description?.body,
    }, invite);
  }

  #supported(call: OutgoingCall): string {
    if (call.reliable !== false) return this.host.supported;
    return this.host.supported.split(", ").filter((tag) => tag !== "100rel").join(", ");
  }

  #over(): void {
    this.close();
    this.#call = null;
    this.#invite = null;
    this.#early = [];
    this.host.retire(this);
  }

  /** RFC 4028 §7.3: again with the interval that somebody on the way demands. */
  #longer(invite: OwnInvite, response: SipResponse): boolean {
    const least = minSeOf(response);
    if (this.#cancelled || least <= this.#minSe || ++this.#tooSmall > MAX_TOO_SMALL) return false;
    this.#minSe = least;
    this.#asked = Math.max(this.#asked, least);
    this.#cseq = invite.cseq + 1;
    this.#early = [];
    this.#send();
    return true;
  }

  #progress(invite: OwnInvite, response: SipResponse): void {
    if (response.status === 100 || this.state !== "inviting" || this.#cancelled) return;
    const early = this.#earlyOf(invite, response);
    if (response.lists("Require", "100rel") && this.#call?.reliable !== false) {
      if (early === null || early.dialog === null || !early.takes(response)) return;
      this.learn(response);
      this.#prackFor(early, response);
    } else this.learn(response);
    this.user.onProgress?.(this, response);
  }

  #earlyOf(invite: OwnInvite, response: SipResponse): EarlyDialog | null {
    const { tag } = response.to;
    if (tag === "") return null;
    let early = this.#early.find((each) => each.tag === tag);
    if (early === undefined) {
      if (this.#early.length >= this.host.limits.early) return null;
      this.#early.push(early = new EarlyDialog(response));
    } else early.dialog ??= new EarlyDialog(response).dialog;
    // The INVITE that was challenged had a number less (RFC 3261 §22.2).
    early.dialog?.startFrom(invite.cseq);
    if (early.dialog !== null && this.dialog === null) this.#use(early.dialog, invite.flow);
    return early;
  }

  #use(dialog: Dialog, flow: Flow | null): void {
    this.dialog = dialog;
    if (flow !== null) this.preferFlow(dialog, flow, flow.id === this.#wantedFlow);
  }

  #prackFor(early: EarlyDialog, response: SipResponse): void {
    const rack: Line = ["RAck", `${early.rseq} ${response.cseq.number} INVITE`];
    const description = descriptionOf(response);
    if (description !== null && this.exchange === "none") {
      // Their offer: the PRACK has our answer, and waits for it (RFC 3262 §5).
      this.remote = kept(description);
      this.exchange = "theirs";
      this.#offerer = early;
      this.#prack = [rack];
      return;
    }
    if (description !== null && this.exchange === "ours") {
      this.exchange = "stable";
      early.answered = true;
      this.dialog = early.dialog;
      this.local = kept(this.#call?.description ?? null);
      this.remote = kept(description);
    }
    this.sendInside("PRACK", {}, new SideRequest(this, undefined), [rack], early.dialog!);
    this.flushOffers();
  }

  #answerEarly(description: Description | null): void {
    const early = this.#offerer!;
    this.#offerer = null;
    this.exchange = "stable";
    early.answered = true;
    this.dialog = early.dialog;
    if (description !== null) this.local = kept(description);
    this.sendInside("PRACK", { description }, new SideRequest(this, undefined), this.#prack, early.dialog!);
  }

  #accepted(invite: OwnInvite, response: SipResponse): void {
    const { tag } = response.to;
    // Repeated: the ACK was lost (RFC 3261 §13.2.2.4), or is still to come with the user's answer.
    if (invite.acknowledgeAgain(tag) || (this.state === "accepted" && this.dialog?.remoteTag === tag)) return;
    const early = this.#early.find((each) => each.tag === tag);
    const dialog = early === undefined ? Dialog.uac(response) : early.confirm(response);
    if (dialog === null) return this.#unusable(response);
    dialog.startFrom(invite.cseq);
    const left = early !== undefined && early.left;
    if (this.state !== "inviting" || this.#cancelled || left) return this.#tooLate(invite, dialog, left);
    const call = this.#call!;
    this.#use(dialog, invite.flow);
    this.#early = [];
    this.#call = null;
    this.learn(response);
    const description = descriptionOf(response);
    this.timer.raiseMinSe(this.#minSe);
    this.timer.answered(response, this.#asked);
    if (this.exchange === "none") {
      // The peer's offer: the ACK has our answer, and waits for it.
      this.exchange = "theirs";
      this.remote = kept(description);
      this.state = "accepted";
    } else {
      this.stopLimit();
      if (early === undefined || !early.answered) {
        this.exchange = "stable";
        this.local = kept(call.description);
        this.remote = kept(description);
      } else if (description !== null) this.remote = kept(description);
      this.state = "confirmed";
      invite.acknowledge(dialog, this.flowId, null);
      invite.settle(this.flowId);
      this.#invite = null;
    }
    this.user.onAccepted?.(this, response);
    this.flushOffers();
  }

  /**
   * A 2xx that nobody wants any more: another fork was first, or it crossed our CANCEL. It gets its ACK and a BYE
   * (RFC 3261 §13.2.2.4, §15).
   */
  #tooLate(invite: OwnInvite, dialog: Dialog, left: boolean): void {
    const first = this.state === "inviting";
    if (first && invite.flow !== null) this.preferFlow(dialog, invite.flow, invite.flow.id === this.#wantedFlow);
    if (!invite.acknowledge(dialog, this.flowId, null)) return;
    if (first) {
      this.#over();
      invite.settle(this.flowId);
    }
    if (!left) {
      const reason = this.#cancelled ? this.#cancelReason : ELSEWHERE;
      const headers: Line[] = reason === "" ? [] : [["Reason", reason]];
      this.sendInside("BYE", { headers }, new SideRequest(this, undefined), undefined, dialog);
    }
    if (!first) return;
    this.user.onRefused?.(this, this.#tooLong ? 408 : 487, null);
    this.leave();
  }

  /** A 2xx without a Contact begins no dialog, and no ACK could find its way. */
  #unusable(response: SipResponse): void {
    if (this.state !== "inviting") return;
    this.host.log.warn("a 2xx to an INVITE has no usable Contact", { callId: this.callId });
    this.#over();
    this.user.onRefused?.(this, 502, response);
    this.leave();
  }
}
