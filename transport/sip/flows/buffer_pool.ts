/** What is lent, and how many of each are kept. The second is what a busy connection between servers has to write in one turn. */
const SIZES = [16_384, 32_768];
const KEPT = [64, 16];
/** What a queue grows to, twice as large each time, where much is told to many behind one connection. Lent only as it is. */
const GROWN = [65_536, 131_072, 262_144];
const GROWN_KEPT = [8, 4, 2];

/** Output buffers lent to connections that have something to write: an idle connection holds none. */
export class BufferPool {
  readonly #kept = new Map<number, Uint8Array<ArrayBuffer>[]>();
  readonly #most = new Map<number, number>();

  constructor() {
    for (const [sizes, most] of [[SIZES, KEPT], [GROWN, GROWN_KEPT]]) {
      sizes.forEach((size, i) => {
        this.#kept.set(size, []);
        this.#most.set(size, most[i]);
      });
    }
  }

  /** A buffer of `octets` at least; what is in it is anything. */
  take(octets: number): Uint8Array<ArrayBuffer> {
    const size = octets <= SIZES[0] ? SIZES[0] : octets <= SIZES[1] ? SIZES[1] : octets;
    return this.#kept.get(size)?.pop() ?? new Uint8Array(size);
  }

  give(buffer: Uint8Array<ArrayBuffer>): void {
    const kept = this.#kept.get(buffer.length);
    if (kept !== undefined && kept.length < this.#most.get(buffer.length)!) kept.push(buffer);
  }
}
