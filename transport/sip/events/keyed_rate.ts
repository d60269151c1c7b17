/** Keys remembered before the first search for those that may be forgotten. */
const SEARCH_FROM = 1024;

/** Once each `interval_ms` in the long run, `burst` times at once after a quiet time. */
export interface Rate {
  readonly interval_ms: number;
  readonly burst: number;
}

/** How often each of many keys may do something. */
export class KeyedRate {
  readonly #max: number;
  /** When all that each key did would have been due at the even pace. Those of the past are as good as none. */
  readonly #paidUntil = new Map<string, number>();
  #searchAt = SEARCH_FROM;

  /** `max`: keys remembered; where more are busy at once, the one that has been for longest is forgotten. */
  constructor(max = 100_000) {
    this.#max = max;
  }

  /** 0 where it may, and has; else milliseconds until it may. */
  take(key: string, { interval_ms, burst }: Rate, now: number): number {
    const paid = Math.max(this.#paidUntil.get(key) ?? 0, now);
    const wait = paid - (burst - 1) * interval_ms - now;
    if (wait > 0) return wait;
    if (this.#paidUntil.size >= this.#searchAt) this.#search(now);
    this.#paidUntil.set(key, paid + interval_ms);
    return 0;
  }

  /** Keys remembered. */
  get size(): number {
    return this.#paidUntil.size;
  }

  /** After a search at least as many keys come in as stayed, so that it costs a constant for each. */
  #search(now: number): void {
    for (const [key, until] of this.#paidUntil) if (until <= now) this.#paidUntil.delete(key);
    for (const key of this.#paidUntil.keys()) {
      if (this.#paidUntil.size < this.#max) break;
      this.#paidUntil.delete(key);
    }
    this.#searchAt = Math.min(this.#max, Math.max(SEARCH_FROM, 2 * this.#paidUntil.size));
  }
}
