import type { Dialog } from "../dialog.ts";
import type { Flow } from "../flow.ts";
import type { SipResponse } from "../message.ts";
import type { SentRequest } from "../sent_request.ts";
import type { Failure } from "../transactions.ts";
import type { RequestUser } from "../user_agent.ts";
import type { Description } from "./call.ts";
import { SentAck } from "./sent_ack.ts";
import type { UacCall } from "./uac_call.ts";

/** Dialogs that one INVITE may have to acknowledge: forks that all answer. */
const MAX_ACKS = 32;
const NO_ACKS: readonly SentAck[] = [];

/**
 * An INVITE of ours that begins a call, and the ACKs for its 2xx, each of which comes again as long as its ACK was lost. Once
 * the call stands, or is over, the transaction layer does without it: see `settle`.
 */
export class OwnInvite implements RequestUser {
  request: SentRequest | null = null;
  /** Of the last response; before the first those of `request`. */
  cseq = 1;
  flow: Flow | null = null;
  readonly #call: UacCall;
  #branch = "";
  #acks = NO_ACKS;

  constructor(call: UacCall) {
    this.#call = call;
  }

  onResponse(request: SentRequest, response: SipResponse): void {
    this.request = request;
    this.cseq = request.cseq;
    this.flow = request.flow;
    this.#branch = response.via.branch;
    this.#call.answered(this, response);
  }

  onFailure(_request: SentRequest, failure: Failure): void {
    this.#call.failed(failure);
  }

  /** The call has all that it needs of it: what still comes is for `host.late`. `flowId` is preferred, 0 for none. */
  settle(flowId: number): void {
    const { agent, late } = this.#call.host;
    const acks = this.#acks.length === 1 ? [this.#acks[0].settled] : this.#acks.map((ack) => ack.settled);
    agent.options.transactions.settle(this.#branch, acks, flowId, late);
  }

  /** Acknowledges a 2xx; `flowId` is preferred, 0 for none. False where it forked beyond all measure: nothing is sent. */
  acknowledge(dialog: Dialog, flowId: number, description: Description | null): boolean {
    if (this.#acks.length >= MAX_ACKS) return false;
    const { agent } = this.#call.host;
    const flow = flowId === 0 ? null : agent.options.wires.flow(flowId);
    const ack = new SentAck(agent, dialog, this.cseq, description, flow, this.flow);
    this.#acks = this.#acks === NO_ACKS ? [ack] : [...this.#acks, ack];
    ack.send();
    return true;
  }

  /** The same 2xx came again. False where it is the first of that fork. */
  acknowledgeAgain(tag: string): boolean {
    const ack = this.#acks.find(({ dialog }) => dialog.remoteTag === tag);
    ack?.send();
    return ack !== undefined;
  }
}
