import type { History, Recording, SaidMessage } from "../../../storage/mod.ts";

/** One message on its way out of the store. */
export interface Said {
  readonly reference: string;
  readonly message: SaidMessage;
  /** Octets it has in memory, or as a content. */
  readonly size: number;
}

/** Messages in memory over all recordings of one reader: bodies in records are 16 KiB at most. */
const AHEAD = 256;
/** Of one recording. */
const AT_ONCE = 64;

/**
 * What was said in several recordings, in the order of time over all of them, a page of each at a time: memory is the same however
 * much there is. What is said after the reader has begun is not among it.
 */
export class MergedMessages {
  readonly #history: Pick<History, "read">;
  readonly #owner: string;
  /** The earliest last. */
  readonly #later: Recording[];
  #open: Reader[] = [];
  #loading = false;

  constructor(history: Pick<History, "read">, owner: string, recordings: readonly Recording[]) {
    this.#history = history;
    this.#owner = owner;
    this.#later = [...recordings].sort((a, b) => b.startedAt - a.startedAt || (a.reference < b.reference ? 1 : -1));
  }

  /** The next one; null: that was all. "later": `load` has to be awaited first. */
  next(): Said | null | "later" {
    if (this.#loading || this.#open.some(({ isEmpty }) => isEmpty)) return "later";
    const first = this.#first();
    const { length } = this.#later;
    if (length > 0 && (first === null || this.#later[length - 1].startedAt <= first.at)) return "later";
    return first === null ? null : first.take();
  }

  /** Reads what is needed for `next`. Rejects with StorageError, DamageError. Not again before it is over. */
  async load(): Promise<void> {
    this.#loading = true;
    try {
      for (;;) {
        this.#open = this.#open.filter(({ isOver }) => !isOver);
        this.#begin();
        const empty = this.#open.filter(({ isEmpty }) => isEmpty);
        if (empty.length === 0) return;
        const most = Math.max(1, Math.min(AT_ONCE, Math.floor(AHEAD / this.#open.length)));
        for (const reader of empty) await reader.read(this.#history, this.#owner, most);
      }
    } finally {
      this.#loading = false;
    }
  }

  /** Opens what may have the next message: what began before it, or, where nothing is read, the earliest. */
  #begin(): void {
    const first = this.#first();
    if (first === null && this.#open.length > 0) return;
    const until = first === null ? this.#later.at(-1)?.startedAt ?? 0 : first.at;
    while (this.#later.length > 0 && this.#later[this.#later.length - 1].startedAt <= until) {
      this.#open.push(new Reader(this.#later.pop()!));
    }
  }

  #first(): Reader | null {
    let first: Reader | null = null;
    for (const reader of this.#open) if (reader.at < (first?.at ?? Infinity)) first = reader;
    return first;
  }
}

/** One recording that is being read. */
class Reader {
  readonly #reference: string;
  #page: readonly SaidMessage[] = [];
  #next = 0;
  #after = 0;
  /** Messages that were there when it began, and are not read yet. */
  #left: number;

  constructor({ reference, messages }: Recording) {
    this.#reference = reference;
    this.#left = messages;
  }

  /** When its next message was said; Infinity where none is read ahead. */
  get at(): number {
    return this.#next < this.#page.length ? this.#page[this.#next].at : Infinity;
  }
  get isEmpty(): boolean {
    return this.#next === this.#page.length && this.#left > 0;
  }
  get isOver(): boolean {
    return this.#next === this.#page.length && this.#left === 0;
  }

  async read(history: Pick<History, "read">, owner: string, most: number): Promise<void> {
    const page = await history.read(owner, this.#reference, this.#after, Math.min(most, this.#left));
    this.#page = page;
    this.#next = 0;
    this.#left = page.length === 0 ? 0 : Math.max(0, this.#left - page.length);
    if (page.length > 0) this.#after = page[page.length - 1].seq;
  }

  take(): Said {
    const message = this.#page[this.#next++];
    const size = message.content?.octets ?? message.body.length;
    return { reference: this.#reference, message, size };
  }
}
