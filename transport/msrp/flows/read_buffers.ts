/** One read of a busy connection: what `DuplexUser.onOctets` gets at most. */
export const LARGE = 32_768;
/** One read of a quiet connection: a message of 1 KB with its head fits, and nearly every one of people is shorter. */
export const SMALL = 1_536;

const KEPT = 64;
const CROWD = 128;

/** Large read buffers, lent to connections while they are busy: a quiet one waits with a small one of its own. */
export class ReadBuffers {
  readonly #free: Uint8Array<ArrayBuffer>[] = [];
  #lent = 0;

  take(): Uint8Array<ArrayBuffer> {
    this.#lent++;
    return this.#free.pop() ?? new Uint8Array(LARGE);
  }

  give(buffer: Uint8Array<ArrayBuffer>): void {
    this.#lent--;
    if (this.#free.length < KEPT) this.#free.push(buffer);
  }

  /** Many are lent: whoever has one keeps it only while it is filled. */
  get crowded(): boolean {
    return this.#lent > CROWD;
  }

  /** Lent now. */
  get lent(): number {
    return this.#lent;
  }
}
