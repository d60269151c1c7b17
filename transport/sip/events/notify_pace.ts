import type { Timed, Timer, Timers } from "../../../foundation/mod.ts";
import type { EventPackage } from "../event_package.ts";
import { agreedRates, type EventRates } from "./rate_parameters.ts";
import { NotificationPacing } from "./rate_pacing.ts";

/** What paces where a package says nothing: one NOTIFY each `interval_ms`. */
type EvenPace = NonNullable<EventPackage["pace"]>;

/**
 * When the NOTIFYs of one subscription go out: as its subscriber asked for (RFC 6446), else at its package's pace; later where one
 * failed. Times are monotonic, in ms.
 */
export class NotifyPace {
  #rates: NotificationPacing | null = null;
  #notBefore = 0;
  /** When all NOTIFYs so far would have been due at the even pace. */
  #paidUntil = 0;
  #timer: Timer | null = null;
  /** When that is to go off. */
  #timerAt = 0;

  /** NOTIFYs are due though nothing changes. */
  get isRegular(): boolean {
    return this.#rates !== null;
  }

  /** `owner` will be told when it is due, and nothing that changes makes that sooner. */
  get isWaiting(): boolean {
    return this.#timer !== null && this.#rates === null;
  }

  /** What was to wait need not. */
  hurry(): void {
    this.#notBefore = 0;
  }

  /** Not before that, whatever is owed. */
  waitUntil(at: number): void {
    this.#notBefore = at;
  }

  /** There is something new to tell. */
  changed(): void {
    this.#rates?.changed();
  }

  /** What changed is no difference to the subscriber. */
  unchanged(): void {
    this.#rates?.unchanged();
  }

  /** What the subscriber asked for holds from now on, as far as the policy allows; null: nothing of that kind. */
  agree(asked: EventRates | null, expires_s: number, policy: EventPackage["rates"], now: number): void {
    if (asked === null || policy === undefined) {
      this.#rates = null;
      return;
    }
    const agreed = agreedRates(asked, expires_s, policy);
    if (this.#rates === null) this.#rates = new NotificationPacing(agreed, now);
    else this.#rates.agree(agreed, now);
  }

  /** When the next NOTIFY is due; Infinity where none is. `full`: a SUBSCRIBE, a decision or an end is to be told. */
  dueAt(full: boolean, isTold: boolean): number {
    if (this.#rates === null || full) return this.#notBefore;
    return isTold ? Math.max(this.#notBefore, this.#rates.nextAt) : Infinity;
  }

  /** One NOTIFY goes out: the earliest time for the next one. */
  spend(now: number, { interval_ms, burst }: EvenPace): void {
    if (this.#rates !== null) {
      this.#rates.sent(now);
      this.#notBefore = 0;
      return;
    }
    this.#paidUntil = Math.max(this.#paidUntil, now) + interval_ms;
    // A SUBSCRIBE is answered whatever has gone out before, and owes no more than that for it.
    this.#paidUntil = Math.min(this.#paidUntil, now + burst * interval_ms);
    this.#notBefore = this.#paidUntil - (burst - 1) * interval_ms;
  }

  /** Has `owner` told when it is due, of which it may have another opinion each time. */
  wake(timers: Timers, owner: Timed, kind: number, at: number, now: number): void {
    // What is due may come sooner than it seemed.
    if (this.#timer !== null && this.#timerAt > at) this.stop();
    this.#timerAt = at;
    this.#timer ??= timers.start(at - now, owner, kind);
  }

  /** `owner` was told, or need not be. */
  stop(): void {
    this.#timer?.stop();
    this.#timer = null;
  }
}
