import { type HistoryBook } from "./history_book.ts";
import { textOfFresh } from "./history_codec.ts";
import type { Fresh, RecordingEntry, Segment, Strand } from "./history_entries.ts";
import { readMessage, unpackMessages } from "./history_message_codec.ts";
import type { SaidMessage } from "./history_types.ts";
import { DamageError } from "./kv/blob_store.ts";
import { storageErrorOf } from "./kv/group_commit.ts";
import { patiently } from "./kv/patience.ts";
import { placeOf } from "./kv/sealer.ts";

/** Where segments stand: `["history", strand, number]`. */
export const HISTORY = "history";
/** Octets of bodies that one read gives, about. */
const MOST_OCTETS = 1024 * 1024;
/** Fresh messages that are read at once. */
const FRESH_AT_ONCE = 32;

export function segmentKey(strand: number, number: number): Deno.KvKey {
  return [HISTORY, strand, number];
}

/** The text of a segment; null where the strand has gone. Rejects with StorageError, DamageError. */
export async function readSegment(book: HistoryBook, strand: Strand, segment: Segment): Promise<Uint8Array | null> {
  const key = segmentKey(strand.id, segment.number);
  let value: Uint8Array | null;
  try {
    value = (await patiently(book.queue.kv.get<Uint8Array>(key), book.timers, book.patience)).value;
  } catch (cause) {
    throw storageErrorOf(cause);
  }
  if (strand.state === "gone") return null;
  if (value === null) throw new DamageError(`record ${placeOf(key)} is missing`);
  return book.cipher.open(book.slots.key(strand.slot), value, placeOf(key));
}

/** The text of a fresh message; null where it has been put away meanwhile, or the strand has gone. */
export async function readFresh(book: HistoryBook, strand: Strand, fresh: Fresh): Promise<Uint8Array | null> {
  const record = book.log.peek(fresh.id) ?? await book.log.read(fresh.id);
  if (strand.state === "gone") return null;
  if (record !== null) return textOfFresh(book.cipher, book.slots.key(strand.slot), record);
  if (strand.fresh.includes(fresh)) throw notThere(fresh);
  return null;
}

/** Of a message that stands in the log, and does not. */
export function notThere({ id }: Fresh): DamageError {
  return new DamageError(`a recorded message (record ${id}) is not there`);
}

/** How far one strand has been read. */
class Cursor {
  readonly #book: HistoryBook;
  readonly strand: Strand;
  /** Read up to this place. */
  #at: number;
  #loaded: SaidMessage[] = [];
  #next = 0;

  constructor(book: HistoryBook, strand: Strand, after: number) {
    this.#book = book;
    this.strand = strand;
    this.#at = after;
  }

  get isLoaded(): boolean {
    return this.#next < this.#loaded.length;
  }

  /** No message that is left has a smaller seq; Infinity where none is left. */
  get bound(): number {
    if (this.isLoaded) return this.#loaded[this.#next].seq;
    const segment = this.#segment();
    if (segment !== undefined) return Math.max(this.#at + 1, segment.firstSeq);
    return this.#fresh()?.seq ?? Infinity;
  }

  take(): SaidMessage {
    return this.#loaded[this.#next++];
  }

  /** Reads on where nothing is loaded. */
  async load(): Promise<void> {
    this.#loaded = [];
    this.#next = 0;
    const segment = this.#segment();
    if (segment === undefined) return await this.#loadFresh();
    const text = await readSegment(this.#book, this.strand, segment);
    if (text !== null) this.#loaded = [...unpackMessages(text, this.#at + 1, segment.lastSeq)];
    this.#at = segment.lastSeq;
  }

  async #loadFresh(): Promise<void> {
    const batch = this.strand.fresh.filter(({ seq, state }) => seq > this.#at && state === "stored");
    for (const fresh of batch.slice(0, FRESH_AT_ONCE)) {
      const text = await readFresh(this.#book, this.strand, fresh);
      // It stands in a segment now, and what follows perhaps, too.
      if (text === null) return;
      this.#loaded.push(readMessage(text, fresh.seq));
      this.#at = fresh.seq;
    }
  }

  #segment(): Segment | undefined {
    const { segments, state } = this.strand;
    if (state === "gone") return undefined;
    let low = 0;
    let high = segments.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (segments[middle].lastSeq > this.#at) high = middle;
      else low = middle + 1;
    }
    return segments[low];
  }

  #fresh(): Fresh | undefined {
    if (this.strand.state === "gone") return undefined;
    return this.strand.fresh.find(({ seq, state }) => seq > this.#at && state === "stored");
  }
}

/** Of the last message that is stored; 0 for none. */
function lastSeqOf({ fresh, segments }: Strand): number {
  const last = fresh.findLast(({ state }) => state === "stored")?.seq;
  return last ?? segments[segments.length - 1]?.lastSeq ?? 0;
}

/** Messages of a recording behind `after`, over all its strands in their order. Rejects with StorageError, DamageError. */
export async function readRecording(
  book: HistoryBook,
  entry: RecordingEntry,
  after: number,
  most: number,
): Promise<SaidMessage[]> {
  const cursors = entry.strands.map((strand) => new Cursor(book, strand, after));
  // What is said meanwhile may be in strands that were not there yet: it is for the next read.
  const last = entry.strands.reduce((most, strand) => Math.max(most, lastSeqOf(strand)), 0);
  const messages: SaidMessage[] = [];
  let octets = 0;
  while (messages.length < most && octets < MOST_OCTETS) {
    let first: Cursor | null = null;
    let bound = Infinity;
    for (const cursor of cursors) {
      const own = cursor.bound;
      if (own < bound) [first, bound] = [cursor, own];
    }
    // Removed while it was read: nothing more of it is given.
    if (first === null || entry.state === "gone" || bound > last) break;
    if (!first.isLoaded) await first.load();
    else {
      const message = first.take();
      octets += message.body.length;
      messages.push(message);
    }
  }
  return messages;
}
