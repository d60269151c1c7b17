import { EMPTY, type Timed, type Timer } from "../../../foundation/mod.ts";
import type { ServerTransaction } from "../transactions.ts";
import type { CallTools } from "./call_tools.ts";

/** Who waits for the ACK. */
export interface AckWaiter {
  /** 64*T1 went by without one. */
  ackMissing(accepted: AcceptedInvite): void;
}

/** A 2xx to an INVITE, sent at T1 to T2 until its ACK comes, on reliable flows too (RFC 3261 §13.3.1.4). */
export class AcceptedInvite implements Timed {
  readonly cseq: number;
  /** The 2xx carried our offer: the ACK has the answer. */
  readonly offered: boolean;
  readonly #tools: CallTools;
  readonly #waiter: AckWaiter;
  #transaction: ServerTransaction | null;
  #status: number;
  #head: string;
  #body: Uint8Array;
  #interval: number;
  #elapsed = 0;
  #timer: Timer | null;

  constructor(
    tools: CallTools,
    waiter: AckWaiter,
    transaction: ServerTransaction,
    response: { readonly status: number; readonly head: string; readonly body: Uint8Array },
    offered: boolean,
  ) {
    this.#tools = tools;
    this.#waiter = waiter;
    this.#transaction = transaction;
    this.#status = response.status;
    this.#head = response.head;
    this.#body = response.body;
    this.cseq = transaction.request.cseq.number;
    this.offered = offered;
    this.#interval = tools.t1;
    this.#timer = tools.timers.start(tools.t1, this, 0);
    transaction.respond(response.status, response.head, response.body);
  }

  /** The ACK came, or nobody waits for it any more. */
  stop(): void {
    this.#timer?.stop();
    this.#timer = null;
    this.#transaction = null;
    this.#head = "";
    this.#body = EMPTY;
  }

  onTimer(): void {
    this.#elapsed += this.#interval;
    if (this.#elapsed >= this.#tools.lifetime || this.#transaction === null) {
      this.stop();
      return this.#waiter.ackMissing(this);
    }
    this.#interval = Math.min(2 * this.#interval, this.#tools.t2, this.#tools.lifetime - this.#elapsed);
    this.#timer = this.#tools.timers.start(this.#interval, this, 0);
    this.#transaction.respond(this.#status, this.#head, this.#body);
  }
}

/** The 2xx of one call that wait for their ACKs: as a rule one, and for moments two (RFC 5407 §3.1.4). */
export class AcceptedInvites {
  #waiting: readonly AcceptedInvite[] = NONE;

  add(accepted: AcceptedInvite): void {
    this.#waiting = this.#waiting === NONE ? [accepted] : [...this.#waiting, accepted];
  }

  /** The one that an ACK of this number is for, now out of the way; null where nobody waits for it. */
  acknowledged(cseq: number): AcceptedInvite | null {
    const accepted = this.#waiting.find((each) => each.cseq === cseq);
    if (accepted === undefined) return null;
    accepted.stop();
    this.remove(accepted);
    return accepted;
  }

  remove(accepted: AcceptedInvite): void {
    this.#waiting = this.#waiting.length === 1 ? NONE : this.#waiting.filter((each) => each !== accepted);
  }

  /** True where the ACK of one has to bring an answer. */
  get offered(): boolean {
    return this.#waiting.some((each) => each.offered);
  }

  stop(): void {
    for (const accepted of this.#waiting) accepted.stop();
    this.#waiting = NONE;
  }
}

const NONE: readonly AcceptedInvite[] = [];
