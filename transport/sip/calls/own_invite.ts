import { Dialog } from "../dialog.ts";
import type { Flow } from "../flow.ts";
import type { SipResponse } from "../message.ts";
import type { SentRequest } from "../sent_request.ts";
import type { Failure } from "../transactions.ts";
import type { RequestUser, UserAgent } from "../user_agent.ts";
import type { Description } from "./call.ts";
import { SentAck } from "./sent_ack.ts";
import type { UacCall } from "./uac_call.ts";

/** Dialogs that one INVITE may have to acknowledge: forks that all answer. */
const MAX_ACKS = 32;
const NO_ACKS: readonly SentAck[] = [];

/** The Reason of the BYE for a fork that was not the first. */
export const ELSEWHERE = 'SIP;cause=200;text="Call completed elsewhere"';

/** Nobody waits for the answer to a BYE that only lets a fork go. */
const NOBODY: RequestUser = { onResponse() {}, onFailure() {} };

/**
 * An INVITE of ours that begins a call, and the ACKs for its 2xx. It lives as long as its transaction, which hands up each
 * 2xx for 64*T1 (RFC 6026): the call keeps nothing of it, and once the call stands, it keeps nothing of the call. What comes then
 * is the same 2xx again, or that of another fork.
 */
export class OwnInvite implements RequestUser {
  request: SentRequest | null = null;
  /** Of the last response; before the first those of `request`. */
  cseq = 1;
  flow: Flow | null = null;
  readonly #agent: UserAgent;
  #call: UacCall | null;
  /** The flow that the call prefers inside its dialog; 0 for none. */
  #flowId = 0;
  #acks = NO_ACKS;

  constructor(call: UacCall) {
    this.#call = call;
    this.#agent = call.host.agent;
  }

  onResponse(request: SentRequest, response: SipResponse): void {
    this.request = request;
    this.cseq = request.cseq;
    this.flow = request.flow;
    if (this.#call !== null) this.#call.answered(this, response);
    else if (response.status >= 200 && response.status < 300) this.#another(response);
  }

  onFailure(_request: SentRequest, failure: Failure): void {
    this.#call?.failed(failure);
  }

  /** The call stands and has its dialog. */
  settle({ flowId }: UacCall): void {
    this.#call = null;
    this.#flowId = flowId;
  }

  /** Acknowledges a 2xx; `flowId` is preferred, 0 for none. False where it forked beyond all measure: nothing is sent. */
  acknowledge(dialog: Dialog, flowId: number, description: Description | null): boolean {
    if (this.#acks.length >= MAX_ACKS) return false;
    const flow = flowId === 0 ? null : this.#agent.options.wires.flow(flowId);
    const ack = new SentAck(this.#agent, dialog, this.cseq, description, flow, this.flow);
    this.#acks = [...this.#acks, ack];
    ack.send();
    return true;
  }

  /** The same 2xx came again. False where it is the first of that fork. */
  acknowledgeAgain(tag: string): boolean {
    const ack = this.#acks.find(({ dialog }) => dialog.remoteTag === tag);
    ack?.send();
    return ack !== undefined;
  }

  /** Another fork, too late: it gets its ACK and a BYE (RFC 3261 §13.2.2.4). */
  #another(response: SipResponse): void {
    if (this.acknowledgeAgain(response.to.tag)) return;
    const dialog = Dialog.uac(response);
    if (dialog === null) return;
    dialog.startFrom(this.cseq);
    if (!this.acknowledge(dialog, this.#flowId, null)) return;
    this.#agent.sendInDialog(
      dialog,
      { method: "BYE", flowId: this.#flowId, headers: [["Reason", ELSEWHERE]] },
      NOBODY,
    );
  }
}
