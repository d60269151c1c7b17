/** So many a second in the long run, and some more at once after a pause. */
export class Allowance {
  #tokens = Infinity;
  #filledAt = 0;

  /** False where nothing is left. `now`: monotonic, ms. */
  take(now: number, rate: number, burst: number): boolean {
    this.#tokens = Math.min(burst, this.#tokens + (now - this.#filledAt) * rate / 1000);
    this.#filledAt = now;
    if (this.#tokens < 1) return false;
    this.#tokens--;
    return true;
  }
}
