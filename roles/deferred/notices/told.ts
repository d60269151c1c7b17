/** Notifications made, each once: of each kind a message has one at most (RFC 5438 §8.1, §8.2). Bounded: the oldest are forgotten. */
export class Told {
  readonly #max: number;
  #young = new Set<string>();
  #old = new Set<string>();

  constructor(max: number) {
    this.#max = max;
  }

  /** True the first time. */
  first(key: string): boolean {
    if (this.has(key)) return false;
    this.add(key);
    return true;
  }

  has(key: string): boolean {
    return this.#young.has(key) || this.#old.has(key);
  }

  add(key: string): void {
    if (this.#young.size >= this.#max / 2) {
      this.#old = this.#young;
      this.#young = new Set();
    }
    this.#young.add(key);
  }
}
