import type { EventRates } from "./rate_parameters.ts";

/** The period of RFC 6446 §7.4, in times of the interval that was asked for; and notifications that are remembered of it. */
const PERIOD = 8, REMEMBERED = 64;

/**
 * When one subscription is told: calculates, and starts no timer. All times are of one clock, in ms. State is not kept here:
 * whoever is told gets the newest, so that of many changes the last one always arrives.
 */
export class NotificationPacing {
  #rates: EventRates;
  #last: number;
  #owes = false;
  /** The wait that the adaptive minimum rate allows, ms; Infinity for none. */
  #timeout_ms = Infinity;
  /** When notifications of the last period went out, the oldest first. */
  #history: number[] = [];

  /** `now`: when the first NOTIFY goes out. */
  constructor(agreed: EventRates, now: number) {
    this.#rates = agreed;
    this.#last = now;
    this.#assume(now);
  }

  /** A SUBSCRIBE, or a 2xx to a NOTIFY, brought other rates. */
  agree(agreed: EventRates, now: number): void {
    const isNew = agreed.adaptiveMinRate !== this.#rates.adaptiveMinRate;
    this.#rates = agreed;
    if (isNew) this.#assume(now);
  }

  /** There is something new to tell. */
  changed(): void {
    this.#owes = true;
  }

  /** What changed is no difference to the subscriber. */
  unchanged(): void {
    this.#owes = false;
  }

  /** Whether something new waits to be told. */
  get owes(): boolean {
    return this.#owes;
  }

  /**
   * When the next NOTIFY is to go out, of those that no SUBSCRIBE, no decision and no end asks for at once: as soon as may be
   * for what changed, else when the subscriber wants to hear something all the same. Infinity for never.
   */
  get nextAt(): number {
    const { maxRate, minRate } = this.#rates;
    const allowed = maxRate === 0 ? this.#last : this.#last + 1000 / maxRate;
    if (this.#owes) return allowed;
    const regular = minRate === 0 ? Infinity : 1000 / minRate;
    return Math.max(allowed, this.#last + Math.min(regular, this.#timeout_ms));
  }

  /** A NOTIFY goes out, whatever for; not one that is sent again. */
  sent(now: number): void {
    this.#last = now;
    this.#owes = false;
    if (this.#rates.adaptiveMinRate === 0) return;
    this.#history.push(now);
    if (this.#history.length > REMEMBERED) this.#history.shift();
    this.#adapt(now);
  }

  /** RFC 6446 §7.2: as if it had been told just so often as it asked for. */
  #assume(now: number): void {
    const { adaptiveMinRate } = this.#rates;
    this.#history = [];
    this.#timeout_ms = Infinity;
    if (adaptiveMinRate === 0) return;
    for (let i = PERIOD - 1; i >= 0; i--) this.#history.push(now - i * 1000 / adaptiveMinRate);
    this.#adapt(now);
  }

  /** RFC 6446 §7.4: timeout = count / (rate² · period), where the period is `PERIOD` / rate. */
  #adapt(now: number): void {
    const { adaptiveMinRate: rate } = this.#rates;
    const since = now - 1000 * PERIOD / rate;
    let old = 0;
    while (old < this.#history.length && this.#history[old] <= since) old++;
    if (old > 0) this.#history.splice(0, old);
    this.#timeout_ms = 1000 * this.#history.length / (rate * PERIOD);
  }
}
