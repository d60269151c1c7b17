const SIZE = 16_384;
const KEPT = 64;

/** Output buffers lent to connections that have something to write: an idle connection holds none. */
export class BufferPool {
  readonly #free: Uint8Array<ArrayBuffer>[] = [];

  /** A buffer of `octets` at least. */
  take(octets: number): Uint8Array<ArrayBuffer> {
    if (octets > SIZE) return new Uint8Array(Math.max(octets, SIZE * 2));
    return this.#free.pop() ?? new Uint8Array(SIZE);
  }

  give(buffer: Uint8Array<ArrayBuffer>): void {
    if (buffer.length === SIZE && this.#free.length < KEPT) this.#free.push(buffer);
  }
}
