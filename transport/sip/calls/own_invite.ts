import type { Dialog } from "../dialog.ts";
import type { Flow } from "../flow.ts";
import type { SipResponse } from "../message.ts";
import type { SentRequest } from "../sent_request.ts";
import type { Failure } from "../transactions.ts";
import type { RequestUser } from "../user_agent.ts";
import type { Description } from "./call.ts";
import type { SentAck } from "./sent_ack.ts";
import type { UacCall } from "./uac_call.ts";

/** Dialogs that one INVITE may have to acknowledge: forks that all answer. */
const MAX_ACKS = 32;

/**
 * An INVITE of ours that begins a call, and the ACKs for its 2xx. It lives as long as its transaction, which hands up each
 * 2xx for 64*T1 (RFC 6026): the call keeps nothing of it.
 */
export class OwnInvite implements RequestUser {
  request: SentRequest | null = null;
  /** Of the last response; before the first those of `request`. */
  cseq = 1;
  flow: Flow | null = null;
  readonly #call: UacCall;
  readonly #acks: SentAck[] = [];

  constructor(call: UacCall) {
    this.#call = call;
  }

  onResponse(request: SentRequest, response: SipResponse): void {
    this.request = request;
    this.cseq = request.cseq;
    this.flow = request.flow;
    this.#call.answered(this, response);
  }

  onFailure(_request: SentRequest, failure: Failure): void {
    this.#call.failed(failure);
  }

  /** Acknowledges a 2xx. False where it forked beyond all measure: nothing is sent. */
  acknowledge(call: UacCall, dialog: Dialog, description: Description | null): boolean {
    if (this.#acks.length >= MAX_ACKS) return false;
    this.#acks.push(call.sendAck(dialog, this.cseq, this.flow, description));
    return true;
  }

  /** The same 2xx came again. False where it is the first of that fork. */
  acknowledgeAgain(tag: string): boolean {
    const ack = this.#acks.find(({ dialog }) => dialog.remoteTag === tag);
    ack?.send();
    return ack !== undefined;
  }
}
