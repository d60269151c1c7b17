import { setImmediate } from "node:timers";
import type { HistoryBook } from "./history_book.ts";
import type { Owner, RecordingEntry, Segment, Strand } from "./history_entries.ts";
import { readLongText } from "./history_long_text.ts";
import { readMessage, unpackMessages } from "./history_message_codec.ts";
import { readFresh, readSegment } from "./history_reading.ts";
import { mayMatch } from "./history_signature.ts";
import type { HistoryHits, HistoryQuery, LongMatch, Recording, SaidMessage } from "./history_types.ts";
import type { StoredContent } from "./repositories.ts";

/** How long the loop may be held, ms; how long a search may take, and at how many messages it looks. */
const SLICE_MS = 5;
const MOST_MS = 2_000;
const MOST_MESSAGES = 20_000;
/** Signatures that are looked at between two looks at the clock. */
const SIGNATURES = 64;

/** Where messages that may match are. */
interface Place {
  readonly entry: RecordingEntry;
  readonly strand: Strand;
  /** Null: what is in no segment yet. */
  readonly segment: Segment | null;
  readonly lastAt: number;
  /** From this message on. */
  readonly firstSeq: number;
}

interface Hit {
  readonly recording: Recording;
  readonly message: SaidMessage;
}

/** One search over what an owner has recorded, in slices between which everything else goes on. */
export class HistorySearch {
  readonly #book: HistoryBook;
  readonly #query: HistoryQuery;
  readonly #most: number;
  readonly #began: number;
  #sliceEnds: number;
  #looked = 0;
  #bounded = false;
  #hits: Hit[] = [];

  constructor(book: HistoryBook, query: HistoryQuery, most: number) {
    this.#book = book;
    this.#query = query;
    this.#most = most;
    this.#began = book.clock.monotonic();
    this.#sliceEnds = this.#began + SLICE_MS;
  }

  /** Rejects with StorageError, DamageError. */
  async run(owner: Owner): Promise<HistoryHits> {
    const places = await this.#places(owner);
    places.sort((a, b) => b.lastAt - a.lastAt);
    for (const place of places) {
      if (this.#bounded || this.#isSettled(place.lastAt)) break;
      await this.#lookInto(place);
    }
    this.#order();
    const more = this.#hits.length > this.#most;
    return { hits: this.#hits.slice(0, this.#most), more, bounded: this.#bounded };
  }

  async #places(owner: Owner): Promise<Place[]> {
    const { terms, from, until } = this.#query;
    const places: Place[] = [];
    let signatures = 0;
    for (const entry of [...owner.listed.values()]) {
      if (entry.state === "gone" || entry.endedAt < from || entry.startedAt > until) continue;
      if (!this.#query.of(entry.shown)) continue;
      for (const strand of entry.strands) {
        for (const segment of strand.segments) {
          if (++signatures % SIGNATURES === 0) {
            const pause = this.#breathe();
            if (pause !== null) await pause;
          }
          if (segment.lastAt < from || segment.firstAt > until || !mayMatch(segment.signature, terms)) continue;
          places.push({ entry, strand, segment, lastAt: segment.lastAt, firstSeq: segment.firstSeq });
        }
        const last = strand.fresh[strand.fresh.length - 1];
        if (last !== undefined) {
          places.push({ entry, strand, segment: null, lastAt: last.at, firstSeq: strand.fresh[0].seq });
        }
      }
    }
    return places;
  }

  async #lookInto({ entry, strand, segment, firstSeq }: Place): Promise<void> {
    if (segment !== null) return await this.#lookThrough(entry, strand, segment, firstSeq);
    for (let from = firstSeq; !this.#bounded && entry.state !== "gone";) {
      // What has been put away meanwhile, or is while this is read, stands in segments now.
      for (const put of strand.segments.filter(({ lastSeq }) => lastSeq >= from)) {
        await this.#lookThrough(entry, strand, put, from);
        from = put.lastSeq + 1;
      }
      const fresh = strand.fresh.find(({ seq, state }) => seq >= from && state === "stored");
      if (fresh === undefined) return;
      const text = await readFresh(this.#book, strand, fresh);
      if (text === null) {
        if (strand.state === "gone") return;
        continue;
      }
      if (!await this.#look(entry, readMessage(text, fresh.seq))) return;
      from = fresh.seq + 1;
      const pause = this.#breathe();
      if (pause !== null) await pause;
    }
  }

  async #lookThrough(entry: RecordingEntry, strand: Strand, segment: Segment, from: number): Promise<void> {
    const text = await readSegment(this.#book, strand, segment);
    if (text === null) return;
    for (const message of unpackMessages(text, Math.max(from, segment.firstSeq), segment.lastSeq)) {
      const goesOn = this.#look(entry, message);
      if (!(typeof goesOn === "boolean" ? goesOn : await goesOn)) return;
      const pause = this.#breathe();
      if (pause !== null) await pause;
    }
  }

  /** False where enough has been looked at. A promise alone for what has to be read first. */
  #look(entry: RecordingEntry, message: SaidMessage): boolean | Promise<boolean> {
    if (entry.state === "gone" || this.#bounded) return false;
    if (this.#looked >= MOST_MESSAGES) {
      this.#bounded = true;
      return false;
    }
    this.#looked++;
    const { from, until } = this.#query;
    if (message.at < from || message.at > until) return true;
    const long = message.content === null ? null : this.#query.longMatch(message);
    if (long !== null) return this.#lookLong(entry, message, message.content!, long);
    const recording = entry.shown;
    if (this.#query.matches(message, recording)) this.#hit({ recording, message });
    return true;
  }

  async #lookLong(
    entry: RecordingEntry,
    message: SaidMessage,
    content: StoredContent,
    match: LongMatch,
  ): Promise<boolean> {
    const goesOn = async () => {
      await this.#breathe();
      return entry.state !== "gone" && !this.#bounded;
    };
    await readLongText(this.#book.contents, content, match, goesOn);
    if (entry.state === "gone") return false;
    if (match.matches) this.#hit({ recording: entry.shown, message });
    return !this.#bounded;
  }

  #hit(hit: Hit): void {
    this.#hits.push(hit);
    // Few are held, however many there are.
    if (this.#hits.length > 4 * this.#most + 64) {
      this.#order();
      this.#hits.length = this.#most + 1;
    }
  }

  /** What was found is all younger than anything said up to then. */
  #isSettled(lastAt: number): boolean {
    if (this.#hits.length <= this.#most) return false;
    this.#order();
    this.#hits.length = this.#most + 1;
    return this.#hits[this.#most].message.at >= lastAt;
  }

  /** The newest first; of those said at once, the later one. */
  #order(): void {
    this.#hits.sort((a, b) => b.message.at - a.message.at || b.message.seq - a.message.seq);
  }

  /** A pause, where one is due. */
  #breathe(): Promise<void> | null {
    const now = this.#book.clock.monotonic();
    if (now < this.#sliceEnds) return null;
    if (now - this.#began > MOST_MS) this.#bounded = true;
    return new Promise((resolve) =>
      setImmediate(() => {
        this.#sliceEnds = this.#book.clock.monotonic() + SLICE_MS;
        resolve();
      })
    );
  }
}
