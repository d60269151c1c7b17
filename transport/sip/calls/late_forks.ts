import { EMPTY } from "../../../foundation/mod.ts";
import { Dialog } from "../dialog.ts";
import type { Flow } from "../flow.ts";
import type { SipResponse } from "../message.ts";
import type { LateAnswers, SettledAck } from "../transactions.ts";
import type { RequestUser, UserAgent } from "../user_agent.ts";
import type { Description } from "./call.ts";
import { SentAck } from "./sent_ack.ts";

/** The Reason of the BYE for a fork that was not the first. */
export const ELSEWHERE = 'SIP;cause=200;text="Call completed elsewhere"';

/** Nobody waits for the answer to a BYE that only lets a fork go. */
const NOBODY: RequestUser = { onResponse() {}, onFailure() {} };

/**
 * What comes to INVITEs whose calls stand, or are over: 2xx of other forks, which get their ACK and a BYE (RFC 3261 §13.2.2.4).
 * One for all calls: what it must know is in the response.
 */
export class LateForks implements LateAnswers {
  readonly #agent: UserAgent;

  constructor(agent: UserAgent) {
    this.#agent = agent;
  }

  onFork(response: SipResponse, flow: Flow, flowId: number): SettledAck {
    const { tag } = response.to;
    const dialog = Dialog.uac(response);
    // Without a Contact neither finds its way.
    if (dialog === null) return { tag, flow: null, head: "", contentType: "", body: EMPTY };
    const ack = this.#acknowledge(dialog, response, flow, flowId, null);
    this.#agent.sendInDialog(dialog, { method: "BYE", flowId, headers: [["Reason", ELSEWHERE]] }, NOBODY);
    return ack.settled;
  }

  onAgain(response: SipResponse, flow: Flow, flowId: number, contentType: string, body: Uint8Array): void {
    const dialog = Dialog.uac(response);
    const description = body.length === 0 ? null : { contentType, body };
    if (dialog !== null) this.#acknowledge(dialog, response, flow, flowId, description);
  }

  #acknowledge(
    dialog: Dialog,
    response: SipResponse,
    near: Flow,
    flowId: number,
    description: Description | null,
  ): SentAck {
    const flow = flowId === 0 ? null : this.#agent.options.wires.flow(flowId);
    const ack = new SentAck(this.#agent, dialog, response.cseq.number, description, flow, near);
    ack.send();
    return ack;
  }
}
