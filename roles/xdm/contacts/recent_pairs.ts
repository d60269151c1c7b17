import type { Clock } from "../../../foundation/mod.ts";

/** Pairs remembered; of more the longest known one is forgotten. */
const MOST = 10_000;

/** Who did something to whom a short while ago: adding and removing in turns shall not become a storm of messages. */
export class RecentPairs {
  readonly #clock: Clock;
  readonly #every_ms: number;
  readonly #at = new Map<string, number>();

  constructor(clock: Clock, every_ms: number) {
    this.#clock = clock;
    this.#every_ms = every_ms;
  }

  /** True for the first time within the span. */
  first(one: string, other: string): boolean {
    const key = `${one} ${other}`;
    const now = this.#clock.monotonic();
    const last = this.#at.get(key);
    if (last !== undefined && now - last < this.#every_ms) return false;
    this.#at.delete(key);
    this.#at.set(key, now);
    for (const oldest of this.#at.keys()) {
      if (this.#at.size <= MOST) break;
      this.#at.delete(oldest);
    }
    return true;
  }
}
