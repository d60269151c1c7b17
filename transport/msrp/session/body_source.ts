/** Where a long body comes from, asked for as much as the connection can take. */
export interface BodySource {
  /** Octets of the whole message, those before `from` included; -1: known at its end. */
  readonly size: number;
  /**
   * The next octets, `most` of them at most; they are copied before the next call. Null: that was all. `later`: none now, the
   * message's `more()` is called when there are. `failed`: there will be no more, though it is not all.
   */
  pull(most: number): Uint8Array | null | "later" | "failed";
  /** The message that carries it, before the first `pull`. */
  start?(message: { more(): void }): void;
  /** Nothing more is asked for: sent, failed or aborted. Once. */
  close?(): void;
}

/** Octets that are there. `from`: where to begin. */
export function octetsSource(octets: Uint8Array, from = 0): BodySource {
  let at = from;
  return {
    size: octets.length,
    pull(most) {
      if (at >= octets.length) return null;
      const piece = octets.subarray(at, at + most);
      at += piece.length;
      return piece;
    },
  };
}

/** What can be read only by waiting: a file, a browser's Blob, a pipe. */
export interface BlockReader {
  /** The next block, which is not touched again; null at the end. Asked again only after it has answered. */
  read(): Promise<Uint8Array | null>;
  close?(): void;
}

/**
 * Reads one block ahead: two blocks are in memory at most. A reader that fails fails the message; `error` says why.
 */
export class ReadAhead implements BodySource {
  readonly size: number;
  error: unknown = null;
  readonly #reader: BlockReader;
  #wake: { more(): void } | null = null;
  #block: Uint8Array | null = null;
  #at = 0;
  #next: Uint8Array | null = null;
  #reading = false;
  #ended = false;
  #closed = false;

  constructor(reader: BlockReader, size: number) {
    this.#reader = reader;
    this.size = size;
    this.#fetch();
  }

  start(message: { more(): void }): void {
    this.#wake = message;
  }

  pull(most: number): Uint8Array | null | "later" | "failed" {
    if (this.#block === null || this.#at === this.#block.length) {
      this.#block = this.#next;
      this.#at = 0;
      this.#next = null;
      this.#fetch();
      if (this.#block === null) return !this.#ended ? "later" : this.error === null ? null : "failed";
    }
    const piece = this.#block.subarray(this.#at, this.#at + most);
    this.#at += piece.length;
    return piece;
  }

  #fetch(): void {
    if (this.#reading || this.#ended) return;
    this.#reading = true;
    this.#reader.read().then(
      (block) => this.#arrived(block),
      (error) => {
        this.error = error ?? new Error("the reader failed");
        this.#arrived(null);
      },
    );
  }

  #arrived(block: Uint8Array | null): void {
    this.#reading = false;
    if (this.#closed) return;
    if (block === null) this.#ended = true;
    else if (block.length === 0) return this.#fetch();
    else this.#next = block;
    this.#wake?.more();
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = this.#ended = true;
    this.#block = this.#next = null;
    this.#reader.close?.();
  }
}
