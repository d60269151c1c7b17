import { WrongKeyError } from "./history_cipher.ts";
import type { HistoryBook } from "./history_book.ts";
import {
  decodeMark,
  decodeRecording,
  decodeSegment,
  FRESH,
  MARK,
  placeIn,
  RECORDING,
  recordingsOf,
  SEGMENT,
  type SegmentForm,
  slotOf,
  STRAND,
  textOfFresh,
} from "./history_codec.ts";
import { type Fresh, RecordingEntry, segmentOf, Strand } from "./history_entries.ts";
import { readMessage } from "./history_message_codec.ts";
import { Shelves } from "./history_shelves.ts";
import { DamageError } from "./kv/blob_store.ts";
import { StoreRefusal } from "./kv/refusal.ts";
import type { Vault } from "./kv/vault.ts";

/** What is left to do when the log is open. */
export interface Leftovers {
  /** Records that say nothing any more. */
  readonly stale: number[];
  /** Strands that nobody has. */
  readonly strands: Strand[];
}

/** What of a vault is asked at the start. */
export type StartingVault = Pick<Vault, "path" | "size" | "use" | "restored" | "trust">;

/**
 * The records of the log as they stood at the start, put together once all have come: compaction writes a strand again behind its
 * messages, and what was removed cannot be opened any more.
 */
export class HistoryReplay {
  readonly #book: HistoryBook;
  /** Where in the shelves they are. */
  readonly #records = new Map<number, number>();
  /** Messages, most of which have been put away and come and go. */
  readonly #fresh = new Set<number>();
  readonly #shelves = new Shelves();
  readonly #peers = new Map<string, string>();

  constructor(book: HistoryBook) {
    this.#book = book;
  }

  onPut(id: number, payload: Uint8Array): void {
    if (payload[0] === FRESH) this.#fresh.add(id);
    else this.#records.set(id, this.#shelves.put(payload));
  }

  onRemoved(id: number): void {
    if (!this.#fresh.delete(id)) this.#records.delete(id);
  }

  /** True where nothing needs a vault. */
  get isEmpty(): boolean {
    return this.#records.size === 0 && this.#fresh.size === 0;
  }

  /**
   * Fills the book. Rejects with StoreRefusal where the vault does not open what it should, DamageError where a record is none; contents are
   * claimed on the way.
   */
  async apply(vault: StartingVault): Promise<Leftovers> {
    try {
      return await this.#apply(vault);
    } catch (cause) {
      if (!(cause instanceof WrongKeyError)) throw cause;
      const reason =
        `does not open what was encrypted with it (${cause.message}): it is damaged, or not of this time; ` +
        "put the right one back, or restore a backup";
      throw new StoreRefusal(vault.path, reason, { cause });
    }
  }

  async #apply(vault: StartingVault): Promise<Leftovers> {
    const book = this.#book;
    const stale: number[] = [];
    const recordings = new Map<number, RecordingEntry>();
    const kinds = this.#byKind();
    for (const [id, record] of kinds.recordings) {
      const entry = orGone(vault, () => this.#recording(id, record, vault));
      if (entry === null) stale.push(id);
      else recordings.set(id, entry);
    }
    const strands = new Map<number, Strand>();
    for (const [id, record] of kinds.strands) {
      const slot = this.#slot(vault, record);
      const those = recordingsOf(record).map((one) => recordings.get(one));
      const strand = new Strand(id, slot, trimmed(those.filter((one) => one !== undefined)));
      strand.state = "stored";
      strand.live = false;
      strands.set(id, strand);
    }
    this.#segments(kinds.segments, strands, stale, vault);
    await this.#messages(strands, stale, vault);
    const nobodys: Strand[] = [];
    for (const strand of strands.values()) {
      if (strand.recordings.length === 0 || strand.isEmpty) {
        strand.state = "gone";
        strand.recordings = [];
        strand.fresh.length = 0;
        nobodys.push(strand);
      } else this.#enter(strand, vault);
    }
    for (const entry of recordings.values()) if (!this.#list(entry, vault)) stale.push(entry.id);
    for (const [id, record] of kinds.marks) if (!this.#mark(id, record, vault)) stale.push(id);
    for (const owner of [...book.owners.values()]) book.tidy(owner);
    this.#shelves.clear();
    return { stale, strands: nobodys };
  }

  #byKind(): Kinds {
    const kinds = new Kinds();
    for (const [id, at] of this.#records) {
      const record = this.#shelves.get(at);
      const one = [id, record] as const;
      if (record[0] === RECORDING) kinds.recordings.push(one);
      else if (record[0] === STRAND) kinds.strands.push(one);
      else if (record[0] === SEGMENT) kinds.segments.push(one);
      else if (record[0] === MARK) kinds.marks.push(one);
      else throw new DamageError(`record ${id} of log "history" is of a kind (${record[0]}) that is not known`);
    }
    this.#records.clear();
    return kinds;
  }

  #slot(vault: StartingVault, record: Uint8Array): number {
    const slot = slotOf(record);
    if (slot < vault.size) return slot;
    throw new StoreRefusal(
      vault.path,
      `is cut off: it has ${vault.size} slots, and slot ${slot} is in use; put the whole one back, or restore a backup`,
    );
  }

  /** Throws WrongKeyError. */
  #recording(id: number, record: Uint8Array, vault: StartingVault): RecordingEntry {
    const book = this.#book;
    const slot = this.#slot(vault, record);
    const { head: form, face } = decodeRecording(book.cipher, book.slots.key(slot), record);
    const owner = book.owner(form.owner);
    // One text for all that there are with the same.
    const peer = this.#peer(form.with);
    const entry = new RecordingEntry(id, slot, owner, { ...form, with: peer }, face);
    entry.state = "stored";
    // It is closed now, and that is another version than any that was told before.
    entry.version = form.open ? book.log.newId() : form.version;
    return entry;
  }

  #peer(peer: string): string {
    const known = this.#peers.get(peer);
    if (known === undefined) this.#peers.set(peer, peer);
    return known ?? peer;
  }

  #segments(
    records: readonly Of<Uint8Array>[],
    strands: Strands,
    stale: number[],
    vault: StartingVault,
  ): void {
    const { cipher, slots } = this.#book;
    for (const [id, record] of records) {
      const { strand: of, number } = placeIn(record);
      const strand = strands.get(of);
      if (strand === undefined) {
        stale.push(id);
        continue;
      }
      let form: SegmentForm | null = null;
      if (strand.recordings.length > 0) {
        form = orGone(vault, () => decodeSegment(cipher, slots.key(strand.slot), record));
        if (form === null) strand.recordings = [];
      }
      // Its key has been destroyed: that it is there is all that is to be known.
      strand.segments.push(segmentOf(form ?? UNREADABLE, id, number));
    }
    for (const strand of strands.values()) {
      strand.segments = trimmed(strand.segments.sort((a, b) => a.number - b.number));
    }
  }

  /** In the order in which they stand in the log, about. */
  async #messages(strands: Strands, stale: number[], vault: StartingVault): Promise<void> {
    const { cipher, slots, log } = this.#book;
    for (const id of [...this.#fresh].sort((a, b) => a - b)) {
      const record = log.peek(id) ?? await log.read(id);
      if (record === null) throw new DamageError(`record ${id} of log "history" is not there`);
      const { strand: of, number: seq } = placeIn(record);
      const strand = strands.get(of);
      const put = strand?.segments[strand.segments.length - 1]?.lastSeq ?? 0;
      if (strand === undefined || strand.recordings.length === 0 || seq <= put) {
        stale.push(id);
        continue;
      }
      const text = orGone(vault, () => textOfFresh(cipher, slots.key(strand.slot), record));
      if (text === null) {
        strand.recordings = [];
        stale.push(id);
        continue;
      }
      const { at, body, content } = readMessage(text, seq);
      const octets = content === null ? body.length : content.octets;
      const fresh: Fresh = { id, seq, at, octets, size: record.length, content, state: "stored" };
      strand.fresh.push(fresh);
      strand.freshOctets += fresh.size;
    }
    for (const { fresh } of strands.values()) fresh.sort((a, b) => a.seq - b.seq);
  }

  /** Counts what is in it. */
  #enter(strand: Strand, vault: StartingVault): void {
    const book = this.#book;
    vault.use(strand.slot);
    book.strands.set(strand.id, strand);
    for (const entry of strand.recordings) entry.strands.push(strand);
    for (const { firstAt, lastAt, count, octets, version, contents } of strand.segments) {
      this.#count(strand, firstAt, lastAt, count, octets, version);
      for (const content of contents) book.contents.claim(content);
    }
    for (const { at, octets, id, content } of strand.fresh) {
      this.#count(strand, at, at, 1, octets, id);
      if (content !== null) book.contents.claim(content);
    }
  }

  #count(strand: Strand, firstAt: number, lastAt: number, count: number, octets: number, version: number): void {
    const book = this.#book;
    book.messages += count;
    book.octets += octets;
    book.admittedOctets += octets;
    for (const entry of strand.recordings) {
      if (entry.messages === 0 || firstAt < entry.startedAt) entry.startedAt = firstAt;
      if (lastAt > entry.endedAt) entry.endedAt = lastAt;
      if (version > entry.version) entry.version = version;
      entry.messages += count;
      entry.octets += octets;
    }
  }

  /** False for one without a message. */
  #list(entry: RecordingEntry, vault: StartingVault): boolean {
    if (entry.messages === 0) return false;
    const { owner } = entry;
    entry.strands = trimmed(entry.strands);
    vault.use(entry.slot);
    this.#book.list(entry);
    this.#book.admittedRecordings++;
    owner.recordings++;
    owner.messages += entry.messages;
    owner.octets += entry.octets;
    return true;
  }

  /** False for one that nothing is recorded for any more. */
  #mark(id: number, record: Uint8Array, vault: StartingVault): boolean {
    const book = this.#book;
    const slot = this.#slot(vault, record);
    const form = orGone(vault, () => decodeMark(book.cipher, book.slots.key(slot), record));
    if (form === null) return false;
    const { owner: aor, peer, at, reference, seq } = form;
    const owner = book.owners.get(aor);
    if (owner === undefined || !owner.peers.has(peer)) return false;
    vault.use(slot);
    owner.marks.set(peer, { id, slot, mark: { at, reference, seq } });
    return true;
  }
}

type Strands = ReadonlyMap<number, Strand>;
type Of<T> = readonly [id: number, found: T];

/** By kind. */
class Kinds {
  readonly recordings: Of<Uint8Array>[] = [];
  readonly strands: Of<Uint8Array>[] = [];
  readonly segments: Of<Uint8Array>[] = [];
  readonly marks: Of<Uint8Array>[] = [];
}

/** The same in no more memory than it needs: what is pushed to has room for many, and most have one. */
function trimmed<T>(list: T[]): T[] {
  return list.length === 0 ? [] : list.slice();
}

/** Null where it was removed between the copies of the database and of the vault that were restored. */
function orGone<T>(vault: StartingVault, decode: () => T): T | null {
  if (!vault.restored) return decode();
  try {
    return decode();
  } catch (error) {
    if (error instanceof WrongKeyError) return null;
    throw error;
  }
}

const UNREADABLE: SegmentForm = {
  firstSeq: 0,
  lastSeq: Infinity,
  firstAt: 0,
  lastAt: 0,
  count: 0,
  octets: 0,
  version: 0,
  contents: [],
  signature: new Uint8Array(0),
};
