import { EMPTY, type Timed, type Timer } from "../../../foundation/mod.ts";
import type { SipRequest } from "../message.ts";
import type { ServerTransaction } from "../transactions.ts";
import { rackOf } from "./call_headers.ts";
import type { CallTools } from "./call_tools.ts";

/** A provisional response that waits to be sent, or to be acknowledged. */
export interface ReliableResponse {
  readonly status: number;
  /** The head, made when its number is known. */
  head(rseq: number): string;
  readonly body: Uint8Array;
  /** Carries an offer or an answer: a 2xx waits until it is acknowledged (RFC 3262 §3). */
  readonly described: boolean;
  /** Carries our offer: the PRACK has the answer. */
  readonly offered: boolean;
}

export interface ProgressOwner {
  /** 64*T1 without a PRACK: the INVITE is to be refused with a 5xx. */
  prackMissing(): void;
}

/** Waiting responses beyond this are left out: nobody rings so often. */
const MAX_WAITING = 8;

/** Reliable provisional responses of a UAS (RFC 3262 §3), one at a time: sent at T1, 2*T1, … until the PRACK comes. */
export class ReliableProgress implements Timed {
  readonly #tools: CallTools;
  readonly #owner: ProgressOwner;
  readonly #transaction: ServerTransaction;
  readonly #waiting: ReliableResponse[] = [];
  #current: ReliableResponse | null = null;
  #head = "";
  #rseq: number;
  #interval = 0;
  #elapsed = 0;
  #timer: Timer | null = null;
  #closed = false;

  constructor(tools: CallTools, owner: ProgressOwner, transaction: ServerTransaction) {
    this.#tools = tools;
    this.#owner = owner;
    this.#transaction = transaction;
    this.#rseq = Math.floor(tools.random() * (2 ** 31 - 2));
  }

  /** True while a 2xx may not go out. */
  get holdsFinal(): boolean {
    return (this.#current?.described ?? false) || this.#waiting.some((each) => each.described);
  }

  /** False where it is left out. */
  send(response: ReliableResponse): boolean {
    if (this.#closed) return false;
    if (this.#current !== null) {
      if (this.#waiting.length >= MAX_WAITING) return false;
      this.#waiting.push(response);
    } else this.#sendNow(response);
    return true;
  }

  /** The response that a PRACK acknowledges, now out of the way; null where it matches none (481). */
  acknowledge(prack: SipRequest): ReliableResponse | null {
    const rack = rackOf(prack);
    const current = this.#current;
    if (
      rack === null || current === null || rack.rseq !== this.#rseq || rack.method !== "INVITE" ||
      rack.cseq !== this.#transaction.request.cseq.number
    ) return null;
    this.#timer?.stop();
    this.#timer = null;
    this.#current = null;
    return current;
  }

  /** The next one may go out: after the PRACK has its answer. */
  next(): void {
    if (this.#current !== null || this.#closed) return;
    const response = this.#waiting.shift();
    if (response !== undefined) this.#sendNow(response);
  }

  /** A final response goes out: nothing is repeated, but a late PRACK still matches (RFC 3262 §3). */
  close(): void {
    this.#closed = true;
    this.#timer?.stop();
    this.#timer = null;
    this.#waiting.length = 0;
    this.#head = "";
  }

  onTimer(): void {
    const current = this.#current;
    if (current === null) return;
    this.#elapsed += this.#interval;
    if (this.#elapsed >= this.#tools.lifetime) {
      this.close();
      return this.#owner.prackMissing();
    }
    this.#interval = Math.min(2 * this.#interval, this.#tools.lifetime - this.#elapsed);
    this.#timer = this.#tools.timers.start(this.#interval, this, 0);
    this.#transaction.respond(current.status, this.#head, current.body);
  }

  #sendNow(response: ReliableResponse): void {
    this.#current = response;
    this.#rseq++;
    this.#head = response.head(this.#rseq);
    this.#interval = this.#tools.t1;
    this.#elapsed = 0;
    this.#timer = this.#tools.timers.start(this.#interval, this, 0);
    this.#transaction.respond(response.status, this.#head, response.body ?? EMPTY);
  }
}
