/** Characters of the two beginnings by which a word can be found. */
export const SHORT = 4, LONG = 6;
/** FNV-1a (draft-eastlake-fnv), over characters instead of octets. */
export const HASH_OFFSET = 0x811c9dc5, HASH_PRIME = 0x01000193;

const FIRST_TERMS = 1024;

/** Terms of one message, in memory that is used again for the next: unsigned numbers of 32 bits. */
export class TermList {
  #terms = new Uint32Array(FIRST_TERMS);
  #length = 0;

  clear(): void {
    this.#length = 0;
  }

  /** With or without its sign. */
  add(term: number): void {
    if (this.#length === this.#terms.length) {
      const larger = new Uint32Array(2 * this.#length);
      larger.set(this.#terms);
      this.#terms = larger;
    }
    this.#terms[this.#length++] = term;
  }

  /** Valid until the next change. */
  done(): Uint32Array {
    return this.#terms.subarray(0, this.#length);
  }
}
