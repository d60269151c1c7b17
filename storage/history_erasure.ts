import type { Timed } from "../foundation/mod.ts";
import { committed, type HistoryBook } from "./history_book.ts";
import type { Owner, RecordingEntry, Strand } from "./history_entries.ts";
import { segmentKey } from "./history_reading.ts";
import { reasonOf } from "./kv/refusal.ts";
import { StorageError, type StoredContent } from "./repositories.ts";

const RETRY_MS = 5_000;
/** Values that one commit removes. */
const VALUES_A_COMMIT = 64;
/** Strands that are cleared away at once. */
const SIDE_BY_SIDE = 32;

/** A recording that is being removed. */
interface Leaving {
  readonly entry: RecordingEntry;
  /** Strands it was for. */
  readonly strands: readonly Strand[];
}

/**
 * Removes recordings for good, in this order: their records; then the keys, of theirs and of what nobody else records; then, in the
 * background, what can be read by nobody any more. What a crash cuts off, the next start takes up: a strand without a recording is nobody's.
 */
export class HistoryErasure implements Timed {
  readonly #book: HistoryBook;
  #failed: Leaving[] = [];
  /** Strands whose key is gone, and whose octets are there yet. */
  readonly #remains = new Set<Strand>();
  #clearing = false;
  #waiting = false;

  constructor(book: HistoryBook) {
    this.#book = book;
  }

  /** Strands that are still to be cleared away. */
  get pending(): number {
    return this.#remains.size;
  }

  /**
   * Hides them at once; resolves when their records are removed and their keys overwritten. Rejects with StorageError; then it is tried
   * again in the background.
   */
  async remove(entries: readonly RecordingEntry[]): Promise<void> {
    const marks: { id: number; slot: number }[] = [];
    const leaving = entries.map((entry) => this.#hide(entry, marks));
    const results = await Promise.allSettled([
      ...leaving.map((one) => this.#removed(one)),
      ...marks.map(({ id, slot }) => this.#book.forget(id, slot)),
    ]);
    for (const { entry } of leaving) {
      this.#book.tidy(entry.owner);
      if (entry.messages > 0) this.#book.changed(entry);
    }
    for (const result of results) if (result.status === "rejected") throw result.reason;
  }

  /** Strands whose records are there without anybody whose they are. Resolves when they are gone, or it is to be tried again later. */
  clear(strands: readonly Strand[]): Promise<void> {
    for (const strand of strands) this.#remains.add(strand);
    return this.#clear();
  }

  /** It is being put away no longer. */
  released(strand: Strand): void {
    if (strand.state === "gone") void this.#clear();
  }

  onTimer(): void {
    this.#waiting = false;
    for (const one of this.#failed.splice(0)) this.#removed(one).catch(() => {}); // noted as failed again
    void this.#clear();
  }

  #hide(entry: RecordingEntry, marks: { id: number; slot: number }[]): Leaving {
    const book = this.#book;
    const { owner } = entry;
    entry.state = "gone";
    book.open.get(entry)?.leave(owner.aor);
    owner.unlisted.delete(entry);
    if (owner.listed.delete(entry.reference)) {
      owner.order = null;
      book.recordings--;
      this.#partWith(entry, marks);
    }
    owner.recordings--;
    owner.messages -= entry.messages;
    owner.octets -= entry.octets;
    book.admittedRecordings--;
    for (const strand of entry.strands) {
      strand.recordings = strand.recordings.filter((other) => other !== entry);
      strand.leaving++;
    }
    return { entry, strands: entry.strands };
  }

  /** With the last recording of a `with` its mark goes. */
  #partWith({ owner, with: peer }: RecordingEntry, marks: { id: number; slot: number }[]): void {
    const left = owner.peers.get(peer)! - 1;
    if (left > 0) return void owner.peers.set(peer, left);
    owner.peers.delete(peer);
    const mark = owner.marks.get(peer);
    if (mark === undefined) return;
    owner.marks.delete(peer);
    marks.push(mark);
  }

  async #removed(leaving: Leaving): Promise<void> {
    const { entry, strands } = leaving;
    const book = this.#book;
    try {
      await committed((done) => book.log.remove(entry.id, null, false, done));
    } catch (error) {
      if (!(error instanceof StorageError) || error.kind !== "closed") this.#again(leaving);
      throw error;
    }
    const slots = [entry.slot];
    const over: Strand[] = [];
    for (const strand of strands) {
      strand.leaving--;
      // As long as the record of one of them may be there yet, it names the strand. One in which nothing was kept has perhaps gone by itself.
      if (strand.state === "gone" || strand.recordings.length > 0 || strand.leaving > 0) continue;
      over.push(strand);
      slots.push(strand.slot);
    }
    for (const strand of over) this.#letGo(strand);
    try {
      await book.slots.renew(slots);
    } finally {
      void this.clear(over);
    }
  }

  #again(leaving: Leaving): void {
    this.#failed.push(leaving);
    this.#later();
  }

  #later(): void {
    if (this.#waiting) return;
    this.#waiting = true;
    this.#book.timers.start(RETRY_MS, this, 0);
  }

  /** Nobody has it any more: what it counted, and the contents it names. */
  #letGo(strand: Strand): void {
    const book = this.#book;
    strand.state = "gone";
    strand.live = false;
    book.strands.delete(strand.id);
    for (const { contents, count, octets } of strand.segments) {
      book.messages -= count;
      book.octets -= octets;
      book.admittedOctets -= octets;
      this.#release(contents);
    }
    for (const { state, octets, content } of strand.fresh) {
      // One that is being written is taken back when it is.
      if (state === "writing") continue;
      book.messages--;
      book.octets -= octets;
      book.admittedOctets -= octets;
      if (content !== null) this.#release([content]);
    }
  }

  #release(contents: readonly StoredContent[]): void {
    for (const content of contents) this.#book.contents.release(content);
  }

  async #clear(): Promise<void> {
    if (this.#clearing) return;
    this.#clearing = true;
    try {
      for (let batch = this.#batch(); batch.length > 0; batch = this.#batch()) {
        await Promise.all(batch.map((strand) => this.#clearOne(strand)));
        for (const strand of batch) this.#remains.delete(strand);
      }
    } catch (error) {
      if (!(error instanceof StorageError)) throw error;
      if (error.kind === "closed") return;
      this.#book.report.warn("recordings could not be cleared away; it is tried again", {
        strands: this.#remains.size,
        reason: reasonOf(error),
      });
      this.#later();
    } finally {
      this.#clearing = false;
    }
  }

  #batch(): Strand[] {
    const batch: Strand[] = [];
    for (const strand of this.#remains) {
      if (!strand.putting) batch.push(strand);
      if (batch.length === SIDE_BY_SIDE) break;
    }
    return batch;
  }

  /** Values first; its record goes last: until then the next start finds what is left. */
  async #clearOne(strand: Strand): Promise<void> {
    const book = this.#book;
    const last = strand.segments.reduce((most, { number }) => Math.max(most, number), -1);
    // One more may have been written, and its record not.
    for (let first = 0; first <= last + 1; first += VALUES_A_COMMIT) {
      const list: { key: Deno.KvKey }[] = [];
      const end = Math.min(last + 1, first + VALUES_A_COMMIT - 1);
      for (let number = first; number <= end; number++) list.push({ key: segmentKey(strand.id, number) });
      await book.queue.written(list);
    }
    const removals: Promise<void>[] = [];
    const remove = (id: number) => removals.push(committed((done) => book.log.remove(id, null, false, done)));
    for (const { id } of strand.segments) remove(id);
    for (const { id, state } of strand.fresh) if (state === "stored") remove(id);
    if (strand.unsure !== 0) remove(strand.unsure);
    await Promise.all(removals);
    await committed((done) => book.log.remove(strand.id, null, false, done));
  }
}

/** Recordings of an owner, those too that have no message yet. */
export function recordingsOf(owner: Owner): RecordingEntry[] {
  return [...owner.listed.values(), ...owner.unlisted];
}
