import { EMPTY, randomToken, type Timers } from "../../../foundation/mod.ts";
import type { Dialog } from "../dialog.ts";
import type { SipRequest } from "../message.ts";
import { responseHead } from "../respond.ts";
import type { ServerTransaction } from "../transactions.ts";
import type { OutgoingRequest, UserAgent } from "../user_agent.ts";
import { BaseCall } from "./base_call.ts";
import type { Call } from "./call.ts";
import { referLines, type ReferOrder } from "./refer_target.ts";
import { ReferUsages } from "./refer_usages.ts";
import { type ReferUser, SentRefer } from "./sent_refer.ts";

export interface SentRefersOptions {
  readonly agent: UserAgent;
  readonly timers: Timers;
  /** REFERs at a time. Default 10,000. */
  readonly max?: number;
  /** How many of the REFERs at a time are those of others. Default: none. */
  readonly others?: () => number;
}

/** Further lines and the way of a REFER outside of a call. */
export type ReferRequest = Omit<OutgoingRequest, "method" | "cseq" | "contentType" | "body">;

/** REFERs of ours (RFC 3515, RFC 4488), inside a call or outside of any dialog. For whoever takes those of others, too: `Refers`. */
export class SentRefers {
  readonly #agent: UserAgent;
  readonly #timers: Timers;
  readonly #max: number;
  readonly #others: () => number;
  readonly #usages = new ReferUsages<SentRefer>();

  constructor({ agent, timers, max = 10_000, others = () => 0 }: SentRefersOptions) {
    this.#agent = agent;
    this.#timers = timers;
    this.#max = max;
    this.#others = others;
  }

  get size(): number {
    return this.#usages.size;
  }

  /** How many there are in one dialog. */
  count(callId: string, localTag: string): number {
    return this.#usages.count(callId, localTag);
  }

  /** Refers the peer of a call to somewhere else. Its NOTIFYs come to the call's user, who gives them to `takes`. */
  referInCall(call: Call, order: ReferOrder, user: ReferUser): SentRefer | null {
    const { dialog } = call;
    if (!(call instanceof BaseCall) || dialog === null || call.state === "ended" || this.#full) return null;
    const refer = this.#add(dialog.callId, dialog.localTag, dialog, user);
    refer.sent(call.sendInside("REFER", { headers: referLines(order) }, refer));
    return refer;
  }

  /** Refers somebody outside of any dialog. Null where there are as many as are allowed. */
  refer(request: ReferRequest, order: ReferOrder, user: ReferUser): SentRefer | null {
    if (this.#full) return null;
    const callId = request.callId ?? randomToken(24);
    const localTag = randomToken(18);
    const refer = this.#add(callId, localTag, null, user);
    refer.sent(this.#agent.send({
      ...request,
      method: "REFER",
      callId,
      from: `${request.from};tag=${localTag}`,
      contact: request.contact ?? randomToken(10),
      headers: [...referLines(order), ...(request.headers ?? [])],
    }, refer));
    return refer;
  }

  /** The one that a NOTIFY belongs to. */
  find(request: SipRequest): SentRefer | null {
    return request.method === "NOTIFY" ? this.#usages.find(request) : null;
  }

  /** Inside a call: true for a NOTIFY of one of its REFERs, which is answered. */
  takes(call: Call, transaction: ServerTransaction): boolean {
    const { request } = transaction;
    if (call.dialog === null || call.dialog.remoteTag !== request.from.tag) return false;
    const refer = this.find(request);
    if (refer !== null) takeNotify(transaction, refer);
    return refer !== null;
  }

  get #full(): boolean {
    return this.size + this.#others() >= this.#max;
  }

  #add(callId: string, localTag: string, dialog: Dialog | null, user: ReferUser): SentRefer {
    const over = (refer: SentRefer) => this.#usages.remove(callId, localTag, refer);
    const refer = new SentRefer({ callId, localTag, dialog }, user, this.#timers, over);
    this.#usages.add(callId, localTag, refer);
    return refer;
  }
}

/** Answers a NOTIFY that may be, and passes it on. */
export function takeNotify(transaction: ServerTransaction, refer: SentRefer): void {
  transaction.respond(200, responseHead(transaction.request, 200, {}), EMPTY);
  refer.notified(transaction.request);
}
