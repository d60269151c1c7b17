interface Entry {
  live: number;
  readonly octets: number;
  readonly parts: number;
}

/** Octets that a blob takes beside its text: seal, keys, rows. */
const BLOB_OVERHEAD = 150;

/** What is known of each blob of a log: numbered without gaps, added at one end and dropped at the other. */
export class BlobLedger {
  #entries: Entry[] = [];
  #head = 0;
  #first = 1;
  /** Octets of all blobs, and of the live records in them. */
  total = 0;
  live = 0;

  /** Number of the oldest blob (of the first to come when there is none). */
  get first(): number {
    return this.#first;
  }
  /** Number of the blob to come. */
  get next(): number {
    return this.#first + this.size;
  }
  get size(): number {
    return this.#entries.length - this.#head;
  }
  get oldestIsDead(): boolean {
    return this.size > 0 && this.#entries[this.#head].live === 0;
  }

  /** Numbering begins here; only while it is empty. */
  start(first: number): void {
    this.#first = first;
  }

  has(seq: number): boolean {
    return seq >= this.#first && seq < this.next;
  }

  add(octets: number, parts: number): void {
    this.#entries.push({ live: 0, octets: octets + BLOB_OVERHEAD, parts });
    this.total += octets + BLOB_OVERHEAD;
  }

  lives(seq: number, octets: number): void {
    this.#at(seq).live += octets;
    this.live += octets;
  }

  died(seq: number, octets: number): void {
    this.#at(seq).live -= octets;
    this.live -= octets;
  }

  liveIn(seq: number): number {
    return this.#at(seq).live;
  }

  octetsOf(seq: number): number {
    return this.#at(seq).octets;
  }

  partsOf(seq: number): number {
    return this.#at(seq).parts;
  }

  partsOfOldest(count: number): number {
    let parts = 0;
    for (let i = 0; i < count; i++) parts += this.#entries[this.#head + i].parts;
    return parts;
  }

  /**
   * How many of the oldest blobs can go once `leaving` octets have left each: those in a row of which nothing lives then, at
   * most `limit` values.
   */
  droppable(leaving: ReadonlyMap<number, number>, limit: number): number {
    let count = 0;
    let parts = 0;
    while (count < this.size) {
      const entry = this.#entries[this.#head + count];
      if (entry.live > (leaving.get(this.#first + count) ?? 0) || parts + entry.parts > limit) break;
      parts += entry.parts;
      count++;
    }
    return count;
  }

  drop(count: number): void {
    for (let i = 0; i < count; i++) this.total -= this.#entries[this.#head + i].octets;
    this.#head += count;
    this.#first += count;
    if (this.#head > 1024 || this.#head === this.#entries.length) {
      this.#entries = this.#entries.slice(this.#head);
      this.#head = 0;
    }
  }

  #at(seq: number): Entry {
    return this.#entries[this.#head + seq - this.#first];
  }
}
