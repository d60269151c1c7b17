const EMPTY_SLOT = 0;
const FIRST_CAPACITY = 64;

/** Numbers of a slot: id, blob, and one that is offset and size. */
const STRIDE = 3;

/**
 * Where each live record of a log is: id to blob, offset and size. Open addressing in one typed array, so that what is known of a record
 * stands together in memory; 24 octets a slot, at most two thirds full: a record costs about 50 octets, and no object.
 */
export class RecordIndex {
  #slots = new Float64Array(FIRST_CAPACITY * STRIDE);
  /** The same memory. */
  #words = new Uint32Array(this.#slots.buffer);
  #mask = FIRST_CAPACITY - 1;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** The slot of `id`, to be asked before the next change; -1 when it is not there. Ids are 1 to 2^48 - 1. */
  find(id: number): number {
    for (let slot = this.#home(id);; slot = (slot + 1) & this.#mask) {
      const found = this.#slots[slot * STRIDE];
      if (found === id) return slot;
      if (found === EMPTY_SLOT) return -1;
    }
  }

  blobAt(slot: number): number {
    return this.#slots[slot * STRIDE + 1];
  }
  offsetAt(slot: number): number {
    return this.#words[(slot * STRIDE + 2) * 2];
  }
  sizeAt(slot: number): number {
    return this.#words[(slot * STRIDE + 2) * 2 + 1];
  }

  set(id: number, blob: number, offset: number, size: number): void {
    if ((this.#size + 1) * 3 > this.#capacity * 2) this.#resize(this.#capacity * 2);
    const slots = this.#slots;
    let slot = this.#home(id);
    while (slots[slot * STRIDE] !== EMPTY_SLOT && slots[slot * STRIDE] !== id) slot = (slot + 1) & this.#mask;
    if (slots[slot * STRIDE] === EMPTY_SLOT) this.#size++;
    slots[slot * STRIDE] = id;
    slots[slot * STRIDE + 1] = blob;
    this.#words[(slot * STRIDE + 2) * 2] = offset;
    this.#words[(slot * STRIDE + 2) * 2 + 1] = size;
  }

  /** Empties a slot and moves those behind it that were pushed past it. */
  removeAt(slot: number): void {
    this.#size--;
    const slots = this.#slots;
    let hole = slot;
    for (let at = (slot + 1) & this.#mask; slots[at * STRIDE] !== EMPTY_SLOT; at = (at + 1) & this.#mask) {
      const home = this.#home(slots[at * STRIDE]);
      // It may move into the hole only if the hole is not before its home, seen round the ring.
      if (((at - home) & this.#mask) < ((at - hole) & this.#mask)) continue;
      this.#move(at, hole);
      hole = at;
    }
    slots[hole * STRIDE] = EMPTY_SLOT;
    if (this.#capacity > FIRST_CAPACITY && this.#size * 8 < this.#capacity) this.#resize(this.#capacity / 2);
  }

  *ids(): Iterable<number> {
    for (let at = 0; at < this.#slots.length; at += STRIDE) {
      if (this.#slots[at] !== EMPTY_SLOT) yield this.#slots[at];
    }
  }

  get #capacity(): number {
    return this.#mask + 1;
  }

  #home(id: number): number {
    return (Math.imul(id | 0, 0x9e3779b1) >>> 7) & this.#mask;
  }

  /** Not as a number: offset and size together may be none. */
  #move(from: number, to: number): void {
    const [slots, words] = [this.#slots, this.#words];
    slots[to * STRIDE] = slots[from * STRIDE];
    slots[to * STRIDE + 1] = slots[from * STRIDE + 1];
    words[(to * STRIDE + 2) * 2] = words[(from * STRIDE + 2) * 2];
    words[(to * STRIDE + 2) * 2 + 1] = words[(from * STRIDE + 2) * 2 + 1];
  }

  #resize(capacity: number): void {
    const [slots, words] = [this.#slots, this.#words];
    this.#slots = new Float64Array(capacity * STRIDE);
    this.#words = new Uint32Array(this.#slots.buffer);
    this.#mask = capacity - 1;
    this.#size = 0;
    for (let at = 0; at < slots.length; at += STRIDE) {
      if (slots[at] !== EMPTY_SLOT) this.set(slots[at], slots[at + 1], words[(at + 2) * 2], words[(at + 2) * 2 + 1]);
    }
  }
}
