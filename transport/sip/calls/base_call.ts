import { detached, type Timed, type Timer } from "../../../foundation/mod.ts";
import type { Dialog } from "../dialog.ts";
import type { Flow } from "../flow.ts";
import { ID } from "../header_names.ts";
import type { SipMessage, SipRequest, SipResponse } from "../message.ts";
import type { SentRequest } from "../sent_request.ts";
import type { ServerTransaction } from "../transactions.ts";
import type { RequestUser } from "../user_agent.ts";
import { AcceptedInvite, AcceptedInvites, type AckWaiter } from "./accepted_invite.ts";
import type { Call, CallEnd, CallParts, CallUser, Description } from "./call.ts";
import { type CallResponse, callResponse, type Line, linesOf } from "./call_response.ts";
import { allowedOf, descriptionOf, isFocus, kept, noMethods } from "./call_headers.ts";
import type { CallTools } from "./call_tools.ts";
import { flowInside } from "./flow_inside.ts";
import { Offers } from "./offers.ts";
import { SentAck } from "./sent_ack.ts";
import { SessionTimer, type SessionTimerOwner } from "./session_timer.ts";
import { SideRequest } from "./side_request.ts";

/** What a call needs from the table that it stands in. */
export interface CallHost extends CallTools {
  /** The call is over and nothing of it is under way: requests inside its dialog get 481 from now on. */
  retire(call: BaseCall): void;
  /** A call that stood is over. */
  countEnd(by: CallEnd["by"]): void;
}

/** Whose offer waits for an answer (RFC 3264): before the first one `none`, between two `stable`. */
export type Exchange = "none" | "ours" | "theirs" | "stable";

/** The user of a call that is over: nobody is told anything any more, and what the user held need not live as long. */
const NOBODY: CallUser = { onEnded() {} };

/** Requests that refresh the target, or make a dialog, carry a Contact. */
const WITH_CONTACT: ReadonlySet<string> = new Set(["INVITE", "UPDATE", "SUBSCRIBE", "NOTIFY", "REFER"]);

/** What both sides of an INVITE session have in common: all that happens inside the dialog. */
export abstract class BaseCall implements Call, RequestUser, AckWaiter, SessionTimerOwner, Timed {
  abstract readonly incoming: boolean;
  abstract readonly request: SipRequest | null;
  readonly host: CallHost;
  readonly callId: string;
  readonly localTag: string;
  /** User part and parameters of our Contact. */
  contact: string;
  contactParams: string;
  /** Neighbours in the list of all calls. */
  next: BaseCall | null = null;
  previous: BaseCall | null = null;
  /** Stands in the table, under this key. */
  listed = false;
  key = "";
  user: CallUser;
  state: "inviting" | "accepted" | "confirmed" | "ended" = "inviting";
  dialog: Dialog | null = null;
  peerIsFocus = false;
  allowed: ReadonlySet<string> = noMethods();
  exchange: Exchange = "none";
  /** What each side said last in an exchange that was completed. */
  local: Description | null = null;
  remote: Description | null = null;
  /** The flow to prefer inside the dialog; 0 for none. */
  flowId = 0;
  readonly timer: SessionTimer;
  /** Longest interval we grant, seconds; 0: none of ours. */
  readonly longest: number;
  #offers: Offers | null = null;
  #accepted: AcceptedInvites | null = null;
  #limit: Timer | null = null;
  /** A BYE that has to wait for the ACK (RFC 3261 §15): its Reason. */
  #byeAfterAck: string | null = null;

  /** What `identity` names must be no slices of a message: a call may last for hours. */
  protected constructor(
    host: CallHost,
    user: CallUser,
    identity: { readonly callId: string; readonly localTag: string },
    options: { readonly contact: string; readonly contactParams: string; readonly sessionExpires: number },
  ) {
    this.host = host;
    this.user = user;
    this.callId = identity.callId;
    this.localTag = identity.localTag;
    this.contact = options.contact;
    this.contactParams = options.contactParams;
    this.longest = options.sessionExpires;
    this.timer = new SessionTimer(host, this);
  }

  abstract progress(status: number, parts?: CallParts, reliable?: boolean): void;
  abstract accept(parts: CallParts): void;
  abstract refuse(status: number, parts?: CallParts): void;
  abstract cancel(reason?: string): void;
  abstract acknowledge(description: Description | null): void;

  /** The dialog with the peer of that tag; null where there is none. */
  abstract dialogWith(remoteTag: string): Dialog | null;
  /** A BYE that came before the INVITE was answered; it has its 200. */
  protected abstract leftWhileInviting(bye: SipRequest): void;
  /** It has been without a final answer for too long. */
  protected abstract invitingTooLong(): void;
  /** `end` before the INVITE was answered. */
  protected abstract endInviting(reason: string): void;
  protected abstract receivePrack(transaction: ServerTransaction): void;
  /** The ACK for the 2xx to the INVITE that began the call. */
  protected abstract confirmed(ack: SipRequest): void;

  get offers(): Offers {
    return this.#offers ??= new Offers(this);
  }

  /** What waits to be offered may go now. */
  protected flushOffers(): void {
    this.#offers?.flush();
  }

  offer(description: Description, how?: "INVITE" | "UPDATE", parts: CallParts = {}, once = false): void {
    if (this.state !== "ended") this.offers.offer(description, how, parts, once);
  }

  send(method: string, parts: CallParts, done?: (response: SipResponse | null) => void): void {
    if (this.state === "ended" || this.dialog === null) done?.(null);
    else this.sendInside(method, parts, new SideRequest(this, done));
  }

  end(reason = ""): void {
    if (this.state === "ended") return;
    if (this.state === "inviting") return this.endInviting(reason);
    // A 2xx has to get its ACK, whatever comes after it.
    if (!this.incoming && this.state === "accepted") this.acknowledge(null);
    const waits = this.incoming && this.state === "accepted";
    this.finish({ by: "us", reason, status: 0 }, waits);
    if (waits) this.#byeAfterAck = reason;
    else this.sendBye(reason);
  }

  /** A request of the peer that names our tag. */
  receive(transaction: ServerTransaction): void {
    const { request } = transaction;
    const { method } = request;
    if (method === "ACK") return this.#receiveAck(request);
    const dialog = this.dialogWith(request.from.tag);
    if (dialog === null) return this.respond(transaction, 481);
    // RFC 5407 §3.2: once over, a crossing BYE is answered as if nothing had been, anything else is late.
    if (this.state === "ended") return this.#receiveLate(transaction);
    const offers = method === "INVITE" || method === "UPDATE";
    const problem = dialog.receive(request, !offers);
    if (problem !== null) return this.respond(transaction, problem.status, { reason: problem.reason });
    const unsupported = this.host.unsupported(request.list("Require"));
    if (unsupported !== "") return this.respond(transaction, 420, { headers: [["Unsupported", unsupported]] });
    this.learn(request);
    if (!offers) this.followFlow(dialog, transaction.flow, false);
    switch (method) {
      case "BYE":
        return this.#receiveBye(transaction);
      case "INVITE":
        return this.offers.receiveInvite(transaction);
      case "UPDATE":
        return this.offers.receiveUpdate(transaction);
      case "PRACK":
        return this.receivePrack(transaction);
      case "OPTIONS":
        return this.respond(transaction, 200, { headers: this.capabilities([]) });
      default:
        return this.#hand(transaction);
    }
  }

  /** The answer to our BYE: whatever it is, that was the last of the call. */
  onResponse(_request: SentRequest, response: SipResponse): void {
    if (response.status >= 200) this.host.retire(this);
  }

  onFailure(): void {
    this.host.retire(this);
  }

  ackMissing(accepted: AcceptedInvite): void {
    this.#accepted?.remove(accepted);
    if (this.#byeAfterAck !== null) return this.#lateBye();
    if (this.state === "ended") return;
    this.finish({ by: "no-ack", reason: "", status: 0 });
    this.sendBye('SIP;cause=408;text="No ACK"');
  }

  refreshSession(): void {
    if (this.state === "confirmed") this.offers.refresh();
  }

  sessionExpired(): void {
    if (this.state === "ended") return;
    const reason = 'SIP;cause=408;text="Session timer"';
    this.finish({ by: "session-timer", reason, status: 0 });
    this.sendBye(reason);
  }

  onTimer(): void {
    this.#limit = null;
    this.invitingTooLong();
  }

  /** A request of ours inside the dialog was answered 408 or 481, or not at all (RFC 3261 §12.2.1.2). */
  lost(status: number): void {
    if (this.state !== "confirmed") return;
    this.finish({ by: "failure", reason: "", status });
    this.sendBye(`SIP;cause=${status}`);
  }

  /** The peer does not take this method after all. */
  forget(method: string): void {
    if (this.allowed.has(method)) this.allowed = new Set([...this.allowed].filter((each) => each !== method));
  }

  /** What a message of the peer says of the peer. */
  learn(message: SipMessage): void {
    this.allowed = allowedOf(message) ?? this.allowed;
    if (message.has(ID.Contact)) this.peerIsFocus = isFocus(message);
  }

  /** Sends a request in the dialog. The dialog must be there. */
  sendInside(
    method: string,
    parts: CallParts,
    user: RequestUser,
    more?: readonly Line[],
    dialog = this.dialog!,
  ): SentRequest {
    const { description, headers } = parts;
    const withContact = WITH_CONTACT.has(method);
    return this.host.agent.sendInDialog(dialog, {
      method,
      flowId: this.flowId,
      contact: withContact ? this.contact : undefined,
      contactParams: withContact ? this.contactParams : undefined,
      headers: linesOf(more, headers),
      contentType: description?.contentType,
      body: description?.body,
    }, user);
  }

  /** Sends the ACK for a 2xx; the result can send it again. */
  sendAck(dialog: Dialog, cseq: number, near: Flow | null, description: Description | null): SentAck {
    const flow = this.flowId === 0 ? null : this.host.agent.options.wires.flow(this.flowId);
    const ack = new SentAck(this.host.agent, dialog, cseq, description, flow, near);
    ack.send();
    return ack;
  }

  /** The flow for requests inside the dialog; `flow` carried the INVITE, `wanted` where its sender asked for that one. */
  preferFlow(dialog: Dialog, flow: Flow, wanted: boolean): void {
    this.flowId = flowInside(dialog, flow, this.incoming, wanted);
  }

  /** The peer came by another flow than the one preferred: with a new Contact (`moved`), or since that one is dead. */
  followFlow(dialog: Dialog, flow: Flow, moved: boolean): void {
    if (flow.id === this.flowId || (!moved && this.flowId === 0)) return;
    if (moved && !flow.inbound && this.flowId !== 0) return;
    if (moved || this.host.agent.options.wires.flow(this.flowId) === null) this.preferFlow(dialog, flow, false);
  }

  respond(transaction: ServerTransaction, status: number, parts: CallParts = {}, more?: readonly Line[]): void {
    const response = this.response(transaction.request, status, parts, more);
    transaction.respond(status, response.head, response.body);
  }

  standFor(contact: string, contactParams: string): void {
    this.contact = contact;
    this.contactParams = contactParams;
  }

  /** A response of ours with the parts that the user gave. */
  response(
    request: SipRequest,
    status: number,
    parts: CallParts,
    more?: readonly Line[],
    recordRoute = false,
  ): CallResponse {
    return callResponse(request, status, this.localTag, parts, more, recordRoute);
  }

  /** Our Contact for a message on that flow. */
  contactOn(flow: Flow, request: SipRequest): Line {
    const value = this.host.agent.contactOn(flow, this.contact, request.uri.startsWith("sips:"));
    return ["Contact", value + this.contactParams];
  }

  /** Lines that say what we can. */
  capabilities(into: Line[]): Line[] {
    into.push(["Allow", this.host.allow], ["Supported", this.host.supported]);
    return into;
  }

  /** Sends a 2xx to an INVITE until its ACK comes. */
  sendAccepted(transaction: ServerTransaction, parts: CallParts, more: readonly Line[], offered: boolean): void {
    const response = this.response(transaction.request, 200, parts, more, true);
    this.#accepted ??= new AcceptedInvites();
    this.#accepted.add(new AcceptedInvite(this.host, this, transaction, response, offered));
  }

  /** A 2xx of ours with an offer waits for its answer. */
  get answerInAck(): boolean {
    return this.#accepted?.offered === true;
  }

  /** A description of ours is in a reliable response without PRACK: no UPDATE may go (RFC 3311 §5.1). */
  get awaitsPrack(): boolean {
    return false;
  }

  /** Starts the time that an INVITE may take. */
  protected limitInviting(): void {
    this.#limit ??= this.host.timers.start(this.host.limits.inviting_ms, this, 0);
  }

  protected stopLimit(): void {
    this.#limit?.stop();
    this.#limit = null;
  }

  /** The call that stood is over, and its user is told. */
  protected finish(end: CallEnd, ackAwaited = false): void {
    this.close(ackAwaited);
    this.host.countEnd(end.by);
    this.user.onEnded(this, end);
    this.leave();
  }

  /** The user has heard the last of this call, whose INVITE stays with its transaction for 32 s. */
  protected leave(): void {
    this.user = NOBODY;
  }

  /** Lets go of everything but what the wire still needs. */
  protected close(ackAwaited = false): void {
    this.state = "ended";
    this.stopLimit();
    this.timer.stop();
    this.#offers?.close();
    if (!ackAwaited) this.#accepted?.stop();
    this.local = this.remote = null;
  }

  sendBye(reason: string): void {
    this.sendInside("BYE", reason === "" ? {} : { headers: [["Reason", reason]] }, this);
  }

  #receiveBye(transaction: ServerTransaction): void {
    const { request } = transaction;
    this.respond(transaction, 200);
    if (this.state === "inviting") return this.leftWhileInviting(request);
    this.finish({ by: "peer", reason: detached(request.get("Reason") ?? ""), status: 0 });
    this.host.retire(this);
  }

  #receiveLate(transaction: ServerTransaction): void {
    const bye = transaction.request.method === "BYE";
    this.respond(transaction, bye ? 200 : 481);
    if (!bye || this.#byeAfterAck === null) return;
    // Both sides have said it: neither the ACK nor a BYE of ours is needed any more.
    this.#byeAfterAck = null;
    this.#accepted?.stop();
    this.host.retire(this);
  }

  #receiveAck(ack: SipRequest): void {
    if (this.dialog !== null && this.dialog.remoteTag !== ack.from.tag) return;
    const accepted = this.#accepted?.acknowledged(ack.cseq.number) ?? null;
    if (accepted === null) return;
    if (this.#byeAfterAck !== null) return this.#lateBye();
    if (this.state === "ended") return;
    const answer = accepted.offered ? descriptionOf(ack) : null;
    if (accepted.offered) {
      this.exchange = "stable";
      if (answer !== null) this.remote = kept(answer);
    }
    if (this.state === "accepted") {
      this.state = "confirmed";
      this.confirmed(ack);
    } else if (accepted.offered) this.user.onAnswer?.(this, answer, answer === null ? 488 : 200);
    this.flushOffers();
  }

  #lateBye(): void {
    const reason = this.#byeAfterAck ?? "";
    this.#byeAfterAck = null;
    this.sendBye(reason);
  }

  #hand(transaction: ServerTransaction): void {
    const { user, host } = this;
    const status = host.methodStatus(transaction.request.method);
    if (status === 0 && user.onRequest !== undefined) return user.onRequest(this, transaction);
    this.respond(transaction, status === 0 ? 405 : status, { headers: [["Allow", host.allow]] });
  }
}
