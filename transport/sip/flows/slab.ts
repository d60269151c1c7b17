import { EMPTY } from "../../../foundation/mod.ts";

const SLAB = 65_536;
const LARGE = 8_192;

/**
 * Gives octets a place that lasts. A read buffer is used again at once, a body lives as long as its message: small bodies
 * are put one after the other into a slab, which the collector frees when the last of them is gone.
 */
export class Slab {
  #slab: Uint8Array = EMPTY;
  #used = 0;

  /** A lasting copy of `from[start, end)`. */
  keep(from: Uint8Array, start: number, end: number): Uint8Array {
    const length = end - start;
    if (length === 0) return EMPTY;
    const piece = length === from.length ? from : from.subarray(start, end);
    // Not `slice`: node's Buffer has one that shares memory.
    if (length >= LARGE) return new Uint8Array(piece);
    if (this.#used + length > this.#slab.length) {
      this.#slab = new Uint8Array(SLAB);
      this.#used = 0;
    }
    const at = this.#used;
    this.#used += length;
    const place = this.#slab.subarray(at, at + length);
    place.set(piece);
    return place;
  }
}
