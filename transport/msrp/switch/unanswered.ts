import type { OrderEntry } from "./room_order.ts";

const FIRST_ROOM = 8;

/**
 * What a leg has out and the other end has not answered, in the order it went. Answers come in any order; what counts is the oldest that
 * is missing. One ring, which grows to the largest window there was.
 */
export class Unanswered {
  /** A place that was answered before its turn is null. */
  #ring: (OrderEntry | null)[] = NONE;
  #from = 0;
  #places = 0;
  #count = 0;
  #octets = 0;

  get count(): number {
    return this.#count;
  }
  /** Of their bodies. */
  get octets(): number {
    return this.#octets;
  }
  /** The oldest; null for none. */
  get first(): OrderEntry | null {
    return this.#places === 0 ? null : this.#ring[this.#from];
  }

  push(entry: OrderEntry): void {
    if (this.#places === this.#ring.length) this.#grow();
    this.#ring[(this.#from + this.#places++) & (this.#ring.length - 1)] = entry;
    this.#count++;
    this.#octets += entry.size;
  }

  /** False where it is not out. */
  answered(entry: OrderEntry): boolean {
    const ring = this.#ring;
    const mask = ring.length - 1;
    let i = 0;
    while (i < this.#places && ring[(this.#from + i) & mask] !== entry) i++;
    if (i === this.#places) return false;
    ring[(this.#from + i) & mask] = null;
    this.#count--;
    this.#octets -= entry.size;
    while (this.#places > 0 && ring[this.#from] === null) {
      this.#from = (this.#from + 1) & mask;
      this.#places--;
    }
    return true;
  }

  #grow(): void {
    const old = this.#ring;
    const ring: (OrderEntry | null)[] = new Array(Math.max(FIRST_ROOM, 2 * old.length)).fill(null);
    for (let i = 0; i < this.#places; i++) ring[i] = old[(this.#from + i) & (old.length - 1)];
    this.#ring = ring;
    this.#from = 0;
  }
}

const NONE: (OrderEntry | null)[] = [];
