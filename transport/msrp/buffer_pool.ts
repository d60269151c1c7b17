const SIZES = [4_096, 16_384, 73_728] as const;
const KEPT = [1024, 64, 16] as const;

/** Output buffers lent to connections that have something to write: an idle connection holds none. */
export class BufferPool {
  readonly #free: Uint8Array<ArrayBuffer>[][] = SIZES.map(() => []);

  /** A buffer of `octets` at least. */
  take(octets: number): Uint8Array<ArrayBuffer> {
    for (let i = 0; i < SIZES.length; i++) {
      if (octets <= SIZES[i]) return this.#free[i].pop() ?? new Uint8Array(SIZES[i]);
    }
    return new Uint8Array(Math.ceil(octets / 65_536) * 65_536);
  }

  /** The buffer is not used any more by whoever took it. */
  give(buffer: Uint8Array<ArrayBuffer>): void {
    const i = SIZES.indexOf(buffer.length as (typeof SIZES)[number]);
    if (i >= 0 && this.#free[i].length < KEPT[i]) this.#free[i].push(buffer);
  }
}
