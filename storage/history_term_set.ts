const FIRST_SLOTS = 4096;
/** Drawn for each start: nobody can choose words that all look for the same place. */
const FACTOR = crypto.getRandomValues(new Uint32Array(1))[0] | 1;

/** Terms of many messages, each once: numbers of 32 bits, in one table that is used again. */
export class TermSet {
  #slots = new Int32Array(FIRST_SLOTS);
  #size = 0;
  /** Zero marks a slot that is free, and may be a term, too. */
  #hasZero = false;

  get size(): number {
    return this.#size + (this.#hasZero ? 1 : 0);
  }

  clear(): void {
    if (this.#size > 0) this.#slots.fill(0);
    this.#size = 0;
    this.#hasZero = false;
  }

  add(term: number): void {
    term |= 0;
    if (term === 0) {
      this.#hasZero = true;
      return;
    }
    const slots = this.#slots;
    const mask = slots.length - 1;
    let at = homeOf(term) & mask;
    for (; slots[at] !== 0; at = at + 1 & mask) if (slots[at] === term) return;
    slots[at] = term;
    if (++this.#size * 2 > slots.length) this.#grow();
  }

  /** Gives each, with its sign. */
  each(visit: (term: number) => void): void {
    if (this.#hasZero) visit(0);
    for (const term of this.#slots) if (term !== 0) visit(term);
  }

  #grow(): void {
    const before = this.#slots;
    this.#slots = new Int32Array(before.length * 2);
    this.#size = 0;
    for (const term of before) if (term !== 0) this.add(term);
  }
}

function homeOf(term: number): number {
  return Math.imul(term, FACTOR) >>> 8;
}
