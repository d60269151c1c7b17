const SMALL = 16_384;
const SMALL_KEPT = 64;
/** What a busy connection between servers has to write in one turn. */
const LARGE = 32_768;
const LARGE_KEPT = 16;

/** Output buffers lent to connections that have something to write: an idle connection holds none. */
export class BufferPool {
  readonly #small: Uint8Array<ArrayBuffer>[] = [];
  readonly #large: Uint8Array<ArrayBuffer>[] = [];

  /** A buffer of `octets` at least. */
  take(octets: number): Uint8Array<ArrayBuffer> {
    if (octets <= SMALL) return this.#small.pop() ?? new Uint8Array(SMALL);
    if (octets <= LARGE) return this.#large.pop() ?? new Uint8Array(LARGE);
    return new Uint8Array(octets);
  }

  give(buffer: Uint8Array<ArrayBuffer>): void {
    if (buffer.length === SMALL) {
      if (this.#small.length < SMALL_KEPT) this.#small.push(buffer);
    } else if (buffer.length === LARGE && this.#large.length < LARGE_KEPT) this.#large.push(buffer);
  }
}
