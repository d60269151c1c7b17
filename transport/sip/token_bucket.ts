import type { Clock } from "../../foundation/mod.ts";

/** Lets `rate` things a second pass, `burst` at once; counts those it held back. */
export class TokenBucket {
  readonly #clock: Clock;
  readonly #rate: number;
  readonly #burst: number;
  #tokens: number;
  #at: number;
  #held = 0;

  constructor(clock: Clock, rate: number, burst = rate) {
    this.#clock = clock;
    this.#rate = rate;
    this.#burst = burst;
    this.#tokens = burst;
    this.#at = clock.monotonic();
  }

  /** True when one more may pass now. */
  take(): boolean {
    const now = this.#clock.monotonic();
    this.#tokens = Math.min(this.#burst, this.#tokens + (now - this.#at) / 1000 * this.#rate);
    this.#at = now;
    if (this.#tokens < 1) {
      this.#held++;
      return false;
    }
    this.#tokens--;
    return true;
  }

  /** How many were held back since this was asked last. */
  held(): number {
    const held = this.#held;
    this.#held = 0;
    return held;
  }
}
