import { detached } from "../foundation/mod.ts";
import { asStorageError, type HistoryBook } from "./history_book.ts";
import { encodeFresh } from "./history_codec.ts";
import { type Fresh, MAX_PARTIES, ownFacts, ownParty, type RecordingEntry, type Strand } from "./history_entries.ts";
import type { HistoryErasure } from "./history_erasure.ts";
import type { PutAway } from "./history_put_away.ts";
import type { Appended, HistoryMessage, HistoryParty, RecordingFacts, Talk, TalkKind } from "./history_types.ts";
import { StorageError } from "./repositories.ts";

/** Octets of a message with all its texts; bodies above 16 KiB are contents. */
const MAX_MESSAGE_OCTETS = 48_000;
/** Circles of recorders that are spoken to apart, of one conversation. */
const MAX_STRANDS = 1000;

type Done = (outcome: Appended) => void;

/** Who records. */
interface Member {
  facts: ReturnType<typeof ownFacts>;
  /** Null until the first message. */
  entry: RecordingEntry | null;
  /** The number of the last message it was found for. */
  stamp: number;
}

const NOBODY: readonly string[] = [];
const nothing = () => {};

/** What a conversation tells to the rest of the history. */
export interface TalkParts {
  readonly book: HistoryBook;
  readonly erasure: HistoryErasure;
  readonly putAway: PutAway;
  /** It is closed, or somebody was seen: its record is to be written again soon. */
  rewrite(entry: RecordingEntry): void;
}

/** A conversation that goes on. */
export class LiveTalk implements Talk {
  readonly kind: TalkKind;
  readonly recorders = new Set<string>();
  readonly #parts: TalkParts;
  readonly #book: HistoryBook;
  readonly #members = new Map<string, Member>();
  /** By the ids of their recordings. */
  readonly #strands = new Map<string, Strand>();
  /** Of all members; null when it has to be found. */
  #everyone: Strand | null = null;
  /** The list of owners that came with the message before, and their strand; null when who records has changed since. */
  #lastOwners: Iterable<string> | null = null;
  #lastStrand: Strand | null = null;
  #seq = 0;
  #lastAt = 0;

  constructor(kind: TalkKind, parts: TalkParts) {
    this.kind = kind;
    this.#parts = parts;
    this.#book = parts.book;
  }

  join(facts: RecordingFacts): void {
    if (this.#members.has(facts.owner)) return;
    const owner = detached(facts.owner);
    this.recorders.add(owner);
    this.#book.talks.add(this);
    this.#members.set(owner, { facts: ownFacts(facts), entry: null, stamp: 0 });
    this.#everyone = this.#lastOwners = null;
  }

  leave(owner: string): void {
    const member = this.#members.get(owner);
    if (member === undefined) return;
    this.#members.delete(owner);
    this.recorders.delete(owner);
    if (this.recorders.size === 0) this.#book.talks.delete(this);
    this.#everyone = this.#lastOwners = null;
    const { entry } = member;
    if (entry === null) return;
    entry.open = false;
    entry.version = this.#book.log.newId();
    entry.changed();
    this.#book.open.delete(entry);
    for (const [key, strand] of this.#strands) {
      if (strand.recordings.includes(entry) || strand.recordings.length === 0) this.#retire(key, strand);
    }
    if (entry.state === "gone") return;
    if (entry.messages > 0) {
      this.#book.changed(entry);
      this.#parts.rewrite(entry);
    } else if (entry.pending === 0) void this.#parts.erasure.remove([entry]).catch(nothing);
  }

  referenceOf(owner: string): string | null {
    const entry = this.#members.get(owner)?.entry ?? null;
    return entry === null || entry.messages === 0 ? null : entry.reference;
  }

  sees(owner: string, party: HistoryParty): void {
    const member = this.#members.get(owner);
    if (member === undefined) return;
    const { entry, facts } = member;
    const known = entry === null ? facts.parties : [...entry.facts.parties, ...entry.seen];
    if (known.length >= MAX_PARTIES || known.some(({ uri }) => uri === party.uri)) return;
    const own = ownParty(party);
    if (entry === null) member.facts = { ...facts, parties: [...facts.parties, own] };
    else {
      entry.seen = [...entry.seen, own];
      this.#parts.rewrite(entry);
    }
  }

  append(message: HistoryMessage, owners: Iterable<string>, done: Done): void {
    const book = this.#book;
    const { content } = message;
    if (content !== null) {
      try {
        book.contents.claim(content);
      } catch (cause) {
        return answer(done, asStorageError(cause, "the content cannot be kept"), NOBODY);
      }
    }
    const octets = content === null ? message.body.length : content.octets;
    const seq = this.#seq + 1;
    const last = owners === this.#lastOwners ? this.#lastStrand : null;
    if (last !== null && this.#hasRoom(last, octets)) {
      this.#seq = seq;
      return this.#write(message, octets, seq, last, NOBODY, done);
    }
    let count = 0;
    let full: string[] | null = null;
    let fresh = 0;
    const noRoom = book.admittedOctets + octets > book.limits.totalOctets;
    for (const aor of owners) {
      const member = this.#members.get(aor);
      if (member === undefined || member.stamp === seq) continue;
      const { entry } = member;
      const isNew = entry === null;
      const noMore = isNew && book.admittedRecordings + fresh >= book.limits.totalRecordings;
      if (noRoom || noMore || book.isFull(isNew ? book.owners.get(aor) : entry.owner, octets, isNew)) {
        (full ??= []).push(aor);
        continue;
      }
      member.stamp = seq;
      if (isNew) fresh++;
      count++;
    }
    if (full !== null) { for (const aor of full) this.leave(aor); }
    if (count === 0) {
      if (content !== null) book.contents.release(content);
      return answer(done, null, full ?? NOBODY);
    }
    this.#seq = seq;
    let strand: Strand;
    try {
      strand = this.#strandFor(seq, count);
    } catch (cause) {
      if (content !== null) book.contents.release(content);
      return answer(done, asStorageError(cause, "the message cannot be kept"), full ?? NOBODY);
    }
    this.#lastOwners = owners;
    this.#lastStrand = strand;
    this.#write(message, octets, seq, strand, full ?? NOBODY, done);
  }

  close(): void {
    for (const owner of [...this.recorders]) this.leave(owner);
  }

  /** So many octets more are within all quotas of those who are recorded in a strand. */
  #hasRoom({ recordings }: Strand, octets: number): boolean {
    const book = this.#book;
    if (book.admittedOctets + octets > book.limits.totalOctets) return false;
    for (const { owner } of recordings) if (book.isFull(owner, octets, false)) return false;
    return true;
  }

  #write(
    message: HistoryMessage,
    octets: number,
    seq: number,
    strand: Strand,
    full: readonly string[],
    done: Done,
  ): void {
    const book = this.#book;
    const { content } = message;
    const at = Math.max(message.at, this.#lastAt);
    let record: Uint8Array;
    try {
      record = encodeFresh(book.cipher, book.slots.key(strand.slot), strand, seq, at, message);
      if (record.length > MAX_MESSAGE_OCTETS) {
        throw new RangeError(`it takes ${record.length} octets; at most ${MAX_MESSAGE_OCTETS} are allowed`);
      }
    } catch (cause) {
      if (content !== null) book.contents.release(content);
      return answer(done, asStorageError(cause, "the message cannot be kept"), full);
    }
    this.#lastAt = at;
    const size = record.length;
    const isNew = isUnwritten(strand);
    // The record is put together in memory that the others are made in, too.
    if (isNew) record = record.slice();
    if (isNew) book.writeNew(strand);
    const fresh: Fresh = { id: book.log.newId(), seq, at, octets, size, content, state: "writing" };
    strand.fresh.push(fresh);
    strand.freshOctets += size;
    book.admittedOctets += octets;
    const { recordings } = strand;
    for (const entry of recordings) {
      entry.pending++;
      entry.owner.messages++;
      entry.owner.octets += octets;
    }
    book.log.put(fresh.id, record, false, (error) => {
      const failed = this.#settle(fresh, strand, recordings, error);
      done({ error: failed, full });
    });
  }

  /** The commit of a message is over: what became of it. */
  #settle(
    fresh: Fresh,
    strand: Strand,
    recordings: readonly RecordingEntry[],
    error: StorageError | null,
  ): StorageError | null {
    const book = this.#book;
    const wanted = strand.recordings.length > 0;
    if (error === null && wanted && !isWhole(strand)) {
      error = new StorageError("failed", "the recording of the message could not be begun");
    }
    const kept = error === null && wanted;
    if (kept) {
      fresh.state = "stored";
      book.messages++;
      book.octets += fresh.octets;
    } else {
      strand.fresh.splice(strand.fresh.indexOf(fresh), 1);
      strand.freshOctets -= fresh.size;
      book.admittedOctets -= fresh.octets;
      // Where all have removed it meanwhile, it was written all the same.
      if (error === null) book.discard(fresh.id, fresh.content);
      else book.withdraw(fresh.id, fresh.content, error);
    }
    for (const entry of recordings) {
      entry.pending--;
      if (!kept || entry.state === "gone") {
        entry.owner.messages--;
        entry.owner.octets -= fresh.octets;
        if (entry.state === "gone") book.tidy(entry.owner);
        else if (entry.messages === 0 && entry.pending === 0 && !entry.open) {
          void this.#parts.erasure.remove([entry]).catch(nothing);
        }
      } else count(book, entry, fresh);
    }
    if (kept) { for (const entry of recordings) if (entry.state !== "gone") book.changed(entry); }
    this.#parts.putAway.look(strand);
    return error;
  }

  /** The strand for the members who bear this number; begun where there is none. */
  #strandFor(seq: number, count: number): Strand {
    const everyone = count === this.#members.size;
    if (everyone && this.#everyone !== null) return this.#everyone;
    const book = this.#book;
    const entries: RecordingEntry[] = [];
    for (const [owner, member] of this.#members) {
      if (member.stamp !== seq) continue;
      if (member.entry === null) {
        const entry = member.entry = book.newRecording(owner, this.kind, member.facts);
        entry.open = true;
        book.open.set(entry, this);
      }
      entries.push(member.entry);
    }
    const key = entries.map(({ id }) => id).join();
    let strand = this.#strands.get(key);
    if (strand === undefined) {
      strand = book.newStrand(entries);
      this.#strands.set(key, strand);
      this.#limit();
    }
    if (everyone) this.#everyone = strand;
    return strand;
  }

  #limit(): void {
    for (const [key, strand] of this.#strands) {
      if (this.#strands.size <= MAX_STRANDS) return;
      if (strand !== this.#everyone) this.#retire(key, strand);
    }
  }

  /** Nothing more is said in it. */
  #retire(key: string, strand: Strand): void {
    this.#strands.delete(key);
    if (this.#everyone === strand) this.#everyone = null;
    if (this.#lastStrand === strand) this.#lastOwners = this.#lastStrand = null;
    strand.live = false;
    this.#parts.putAway.look(strand);
  }
}

/** Something of it is to be written first. */
function isUnwritten(strand: Strand): boolean {
  if (strand.state === "unwritten") return true;
  for (const { state } of strand.recordings) if (state === "unwritten") return true;
  return false;
}

/** It and the recordings it is for are stored. */
function isWhole(strand: Strand): boolean {
  if (strand.state !== "stored") return false;
  for (const { state } of strand.recordings) if (state !== "stored") return false;
  return true;
}

/** One message more. */
function count(book: HistoryBook, entry: RecordingEntry, { id, at, octets }: Fresh): void {
  if (entry.messages++ === 0) {
    entry.startedAt = at;
    book.list(entry);
  }
  entry.octets += octets;
  if (at > entry.endedAt) entry.endedAt = at;
  if (id > entry.version) entry.version = id;
  entry.owner.order = null;
  entry.changed();
}

function answer(done: Done, error: StorageError | null, full: readonly string[]): void {
  queueMicrotask(() => done({ error, full }));
}
