import type { Timed } from "../foundation/mod.ts";
import { committed, type HistoryBook } from "./history_book.ts";
import { encodeSegment, type SegmentForm } from "./history_codec.ts";
import { type Fresh, segmentOf, type Strand } from "./history_entries.ts";
import { longSignature } from "./history_long_text.ts";
import { findableIn, MessagePacker } from "./history_message_codec.ts";
import { notThere, segmentKey } from "./history_reading.ts";
import { signatureOf } from "./history_signature.ts";
import { TermSet } from "./history_term_set.ts";
import { reasonOf } from "./kv/refusal.ts";
import { placeOf } from "./kv/sealer.ts";
import { StorageError, type StoredContent } from "./repositories.ts";

/** A segment is made of so many messages, or octets of them. */
const MANY_MESSAGES = 128;
const MANY_OCTETS = 48_000;
/** What one value of the store has room for. */
const MOST_OCTETS = 60_000;
/** Strands that are put away at once. */
const SIDE_BY_SIDE = 32;
const RETRY_MS = 10_000;

/** Of the segment that is being made: nothing waits in between. */
const terms = new TermSet();

/** Messages on their way into a segment. */
interface Batch {
  readonly fresh: readonly Fresh[];
  /** As the value of the segment. */
  readonly packed: Uint8Array;
}

/**
 * Puts messages away, in the background: out of the log, which is read at each start, into values of their own, some hundred messages
 * each. First the value, then the record that tells of it, with a signature of what the messages can be found by; then the messages' own
 * records go. After a crash in between they are there twice, and what a segment has counts.
 */
export class PutAway implements Timed {
  readonly #book: HistoryBook;
  readonly #released: (strand: Strand) => void;
  readonly #queue: Strand[] = [];
  #running = 0;
  #failed: Strand[] = [];

  /** `released`: told of each strand when it is not worked on any more. */
  constructor(book: HistoryBook, released: (strand: Strand) => void) {
    this.#book = book;
    this.#released = released;
  }

  /** Strands that are being put away, or wait for it. */
  get pending(): number {
    return this.#queue.length + this.#running + this.#failed.length;
  }

  /** Something happened to it: is it time? */
  look(strand: Strand): void {
    if (strand.putting) return;
    if (isOver(strand)) return this.#drop(strand);
    if (!isDue(strand)) return;
    strand.putting = true;
    this.#queue.push(strand);
    this.#pump();
  }

  onTimer(): void {
    for (const strand of this.#failed.splice(0)) {
      strand.putting = false;
      this.look(strand);
      if (!strand.putting) this.#released(strand);
    }
  }

  #pump(): void {
    while (this.#running < SIDE_BY_SIDE) {
      const strand = this.#queue.shift();
      if (strand === undefined) return;
      this.#running++;
      void this.#work(strand).finally(() => {
        this.#running--;
        this.#pump();
      });
    }
  }

  async #work(strand: Strand): Promise<void> {
    try {
      while (isDue(strand)) await this.#segment(strand);
    } catch (error) {
      if (strand.state !== "gone") return this.#again(strand, error);
    }
    strand.putting = false;
    this.#released(strand);
  }

  #again(strand: Strand, error: unknown): void {
    if (error instanceof StorageError && error.kind === "closed") return;
    this.#book.report.warn("recorded messages could not be put away; it is tried again", { reason: reasonOf(error) });
    if (this.#failed.length === 0) this.#book.timers.start(RETRY_MS, this, 0);
    this.#failed.push(strand);
  }

  /** It was begun, and nothing was ever kept in it. */
  #drop(strand: Strand): void {
    const book = this.#book;
    strand.state = "gone";
    book.strands.delete(strand.id);
    for (const entry of strand.recordings) entry.strands = entry.strands.filter((other) => other !== strand);
    strand.recordings = [];
    book.forget(strand.id, strand.slot).catch((error) => {
      book.report.warn("a key could not be overwritten; it is tried again", { reason: reasonOf(error) });
    });
  }

  async #segment(strand: Strand): Promise<void> {
    const book = this.#book;
    const batch = await this.#gather(strand);
    if (strand.state === "gone") return;
    const form = this.#form(batch, await this.#signature(batch));
    if (isGone(strand)) return;
    const number = strand.segments.length;
    const key = segmentKey(strand.id, number);
    const secret = book.slots.key(strand.slot);
    const value = book.cipher.seal(secret, batch.packed, placeOf(key));
    await book.queue.written([{ key, value }]);
    if (isGone(strand)) return;
    // The same again where the last one was perhaps written: it is replaced.
    const id = strand.unsure === 0 ? book.log.newId() : strand.unsure;
    strand.unsure = id;
    const record = encodeSegment(book.cipher, book.slots.key(strand.slot), strand, number, form);
    await committed((done) => book.log.put(id, record, false, done));
    if (isGone(strand)) return;
    strand.unsure = 0;
    strand.segments.push(segmentOf(form, id, number));
    for (const { size } of strand.fresh.splice(0, batch.fresh.length)) strand.freshOctets -= size;
    book.discardAll(batch.fresh.map(({ id }) => id));
  }

  /** The oldest messages, as many as one value has room for. */
  async #gather(strand: Strand): Promise<Batch> {
    const book = this.#book;
    let count = 0;
    let octets = 0;
    for (const { state, size } of strand.fresh) {
      if (state !== "stored" || octets + size > MOST_OCTETS - 1000 || count === MANY_MESSAGES) break;
      octets += size;
      count++;
    }
    const packer = new MessagePacker(octets);
    const fresh = strand.fresh.slice(0, count);
    const key = book.slots.key(strand.slot);
    for (const one of fresh) {
      const record = book.log.peek(one.id) ?? await book.log.read(one.id);
      if (isGone(strand)) break;
      if (record === null) throw notThere(one);
      packer.add(book.cipher, key, one.seq, record);
    }
    return { fresh, packed: packer.done() };
  }

  #form({ fresh }: Batch, signature: Uint8Array): SegmentForm {
    const contents: StoredContent[] = [];
    let octets = 0;
    for (const one of fresh) {
      octets += one.octets;
      if (one.content !== null) contents.push(one.content);
    }
    const first = fresh[0];
    const last = fresh[fresh.length - 1];
    return {
      firstSeq: first.seq,
      lastSeq: last.seq,
      firstAt: first.at,
      lastAt: last.at,
      count: fresh.length,
      octets,
      version: last.id,
      contents,
      signature,
    };
  }

  #signature({ fresh, packed }: Batch): Uint8Array | Promise<Uint8Array> {
    const { words } = this.#book;
    if (words === null) return new Uint8Array(0);
    if (fresh.some(({ content }) => content !== null)) return longSignature(this.#book, words, packed);
    terms.clear();
    for (const message of findableIn(packed)) for (const term of words.termsOf(message)) terms.add(term);
    return signatureOf(terms);
  }
}

/** Nothing was kept in it, and nothing will be. Where all have it removed, whoever removes it gives its key up. */
function isOver(strand: Strand): boolean {
  if (strand.live || strand.state === "gone" || !strand.isEmpty) return false;
  return strand.recordings.length > 0 || strand.leaving === 0;
}

function isDue({ state, live, fresh, freshOctets }: Strand): boolean {
  if (state !== "stored" || fresh.length === 0 || fresh[0].state !== "stored") return false;
  return !live || fresh.length >= MANY_MESSAGES || freshOctets >= MANY_OCTETS;
}

/** Asked anew, behind a pause. */
function isGone(strand: Strand): boolean {
  return strand.state === "gone";
}
