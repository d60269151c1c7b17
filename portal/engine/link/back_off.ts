const FIRST_MS = 1_000, MOST_MS = 60_000;

/** How long to wait before the next try: 1 s, twice as long each time, 60 s at most; half of it up to all of it by lot, so that pages do not all come at once. */
export class BackOff {
  readonly #random: () => number;
  #failures = 0;

  /** `random`: 0 up to 1. */
  constructor(random: () => number) {
    this.#random = random;
  }

  next(): number {
    const most = Math.min(FIRST_MS * 2 ** this.#failures, MOST_MS);
    if (most < MOST_MS) this.#failures++;
    return Math.round(most * (0.5 + this.#random() / 2));
  }

  reset(): void {
    this.#failures = 0;
  }
}
