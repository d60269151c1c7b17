const SIZES = [4_096, 16_384, 32_768, 73_728] as const;
/** Everybody in a large room gets something in the same turn. */
const KEPT = [2048, 512, 256, 64] as const;

/** Output buffers lent to connections that have something to write: an idle connection holds none. */
export class BufferPool {
  readonly #free: Uint8Array<ArrayBuffer>[][] = SIZES.map(() => []);
  /** The fewest that were free since `rest`. */
  readonly #spare: number[] = SIZES.map(() => 0);

  /** A buffer of `octets` at least. */
  take(octets: number): Uint8Array<ArrayBuffer> {
    for (let i = 0; i < SIZES.length; i++) {
      if (octets > SIZES[i]) continue;
      const free = this.#free[i];
      const buffer = free.pop();
      if (buffer === undefined) return new Uint8Array(SIZES[i]);
      if (free.length < this.#spare[i]) this.#spare[i] = free.length;
      return buffer;
    }
    return new Uint8Array(Math.ceil(octets / 65_536) * 65_536);
  }

  /** The buffer is not used any more by whoever took it. */
  give(buffer: Uint8Array<ArrayBuffer>): void {
    const i = SIZES.indexOf(buffer.length as (typeof SIZES)[number]);
    if (i >= 0 && this.#free[i].length < KEPT[i]) this.#free[i].push(buffer);
  }

  /** Lets go of a quarter of those that nobody has taken since the last call: to be called about once a second. */
  rest(): void {
    for (const [i, free] of this.#free.entries()) {
      free.length -= Math.ceil(this.#spare[i] / 4);
      this.#spare[i] = free.length;
    }
  }

  /** Octets that wait for somebody who takes them. */
  get free(): number {
    return this.#free.reduce((sum, free, i) => sum + free.length * SIZES[i], 0);
  }
}
