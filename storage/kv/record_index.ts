const EMPTY_SLOT = 0;
const FIRST_CAPACITY = 64;

/**
 * Where each live record of a log is: id to blob, offset and size. Open addressing in typed arrays, 24 octets a slot, at most
 * two thirds full: a record costs about 50 octets, and no object.
 */
export class RecordIndex {
  #ids = new Float64Array(FIRST_CAPACITY);
  #blobs = new Float64Array(FIRST_CAPACITY);
  #offsets = new Uint32Array(FIRST_CAPACITY);
  #sizes = new Uint32Array(FIRST_CAPACITY);
  #mask = FIRST_CAPACITY - 1;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** The slot of `id`, to be asked before the next change; -1 when it is not there. Ids are 1 to 2^48 - 1. */
  find(id: number): number {
    for (let slot = this.#home(id);; slot = (slot + 1) & this.#mask) {
      const found = this.#ids[slot];
      if (found === id) return slot;
      if (found === EMPTY_SLOT) return -1;
    }
  }

  blobAt(slot: number): number {
    return this.#blobs[slot];
  }
  offsetAt(slot: number): number {
    return this.#offsets[slot];
  }
  sizeAt(slot: number): number {
    return this.#sizes[slot];
  }

  set(id: number, blob: number, offset: number, size: number): void {
    if ((this.#size + 1) * 3 > this.#ids.length * 2) this.#resize(this.#ids.length * 2);
    let slot = this.#home(id);
    while (this.#ids[slot] !== EMPTY_SLOT && this.#ids[slot] !== id) slot = (slot + 1) & this.#mask;
    if (this.#ids[slot] === EMPTY_SLOT) this.#size++;
    this.#ids[slot] = id;
    this.#blobs[slot] = blob;
    this.#offsets[slot] = offset;
    this.#sizes[slot] = size;
  }

  /** Empties a slot and moves those behind it that were pushed past it. */
  removeAt(slot: number): void {
    this.#size--;
    let hole = slot;
    for (let at = (slot + 1) & this.#mask; this.#ids[at] !== EMPTY_SLOT; at = (at + 1) & this.#mask) {
      const home = this.#home(this.#ids[at]);
      // It may move into the hole only if the hole is not before its home, seen round the ring.
      if (((at - home) & this.#mask) < ((at - hole) & this.#mask)) continue;
      this.#ids[hole] = this.#ids[at];
      this.#blobs[hole] = this.#blobs[at];
      this.#offsets[hole] = this.#offsets[at];
      this.#sizes[hole] = this.#sizes[at];
      hole = at;
    }
    this.#ids[hole] = EMPTY_SLOT;
    if (this.#ids.length > FIRST_CAPACITY && this.#size * 8 < this.#ids.length) this.#resize(this.#ids.length / 2);
  }

  *ids(): Iterable<number> {
    for (const id of this.#ids) if (id !== EMPTY_SLOT) yield id;
  }

  #home(id: number): number {
    return (Math.imul(id | 0, 0x9e3779b1) >>> 7) & this.#mask;
  }

  #resize(capacity: number): void {
    const ids = this.#ids, blobs = this.#blobs, offsets = this.#offsets, sizes = this.#sizes;
    this.#ids = new Float64Array(capacity);
    this.#blobs = new Float64Array(capacity);
    this.#offsets = new Uint32Array(capacity);
    this.#sizes = new Uint32Array(capacity);
    this.#mask = capacity - 1;
    this.#size = 0;
    for (let slot = 0; slot < ids.length; slot++) {
      if (ids[slot] !== EMPTY_SLOT) this.set(ids[slot], blobs[slot], offsets[slot], sizes[slot]);
    }
  }
}
