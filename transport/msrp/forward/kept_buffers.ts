/** Octets of the smallest buffer and of the largest; those between are the powers of two. */
const SMALLEST = 256;
export const LARGEST_KEPT = 16 * 1024;
/** Unused buffers of each size that are held for the next message: 2 MB in all. */
const UNUSED = 64;

/** The smallest buffer's `Math.clz32`, of its last octet. */
const TOP = Math.clz32(SMALLEST - 1);

/** Buffers lent to messages that are kept until they have arrived: a session in which nothing is under way holds none. */
export class KeptBuffers {
  readonly #unused: Uint8Array<ArrayBuffer>[][] = [];

  /** A buffer of `octets` at least. `octets`: `LARGEST_KEPT` at most. */
  take(octets: number): Uint8Array<ArrayBuffer> {
    const at = placeOf(octets);
    return this.#unused[at]?.pop() ?? new Uint8Array(SMALLEST << at);
  }

  /** Whoever took it does not use it any more. */
  give(buffer: Uint8Array<ArrayBuffer>): void {
    const unused = this.#unused[placeOf(buffer.length)] ??= [];
    if (unused.length < UNUSED) unused.push(buffer);
  }
}

/** 0 for the smallest, 1 for twice as many octets … */
function placeOf(octets: number): number {
  return octets <= SMALLEST ? 0 : TOP - Math.clz32(octets - 1);
}
