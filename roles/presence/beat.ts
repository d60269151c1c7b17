import type { Clock } from "../../foundation/mod.ts";

/**
 * Gives work company: after a quiet time it is begun at once, and what comes up while there is much to do, once in a beat. To wake up for
 * each change costs more than what is done then, and nobody sees a difference of some milliseconds.
 */
export class Beat {
  readonly #clock: Clock;
  readonly #beat_ms: number;
  /** When the last piece of work was to begin. */
  #last = -Infinity;

  /** @param beat_ms the least time between the beginnings of two pieces of work */
  constructor(clock: Clock, beat_ms: number) {
    this.#clock = clock;
    this.#beat_ms = beat_ms;
  }

  /** How long the next piece of work is to wait for company, ms; 0: not at all. It counts as begun then. */
  take(): number {
    const now = this.#clock.monotonic();
    const wait_ms = Math.max(0, Math.ceil(this.#last + this.#beat_ms - now));
    this.#last = now + wait_ms;
    return wait_ms;
  }
}
