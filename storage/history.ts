import { type Timed, Turns } from "../foundation/mod.ts";
import { type BookOptions, committed, HistoryBook } from "./history_book.ts";
import { encodeMark } from "./history_codec.ts";
import type { MarkEntry, Owner, RecordingEntry, RecordingState, Strand } from "./history_entries.ts";
import { HistoryErasure, recordingsOf } from "./history_erasure.ts";
import { PutAway } from "./history_put_away.ts";
import { readRecording } from "./history_reading.ts";
import { HistoryReplay, type StartingVault } from "./history_replay.ts";
import { HistorySearch } from "./history_search.ts";
import { LiveTalk, type TalkParts } from "./history_talk.ts";
import type {
  History,
  HistoryHits,
  HistoryQuery,
  ReadMark,
  Recording,
  SaidMessage,
  Talk,
  TalkKind,
} from "./history_types.ts";
import { reasonOf } from "./kv/refusal.ts";
import type { Vault } from "./kv/vault.ts";
import { SealedLog, type SealedLogOptions } from "./kv/sealed_log.ts";
import { StorageError } from "./repositories.ts";

/** Blobs kept as text: what is put away soon after it was said, also of some hundred conversations, is not read again from the store. */
const CACHE_OCTETS = 16 * 1024 * 1024;
/** Most messages have been put away before this much has come behind them: with less room they were all written twice. */
const SLACK_OCTETS = 8 * 1024 * 1024;
/** That one is closed, or who was seen, is written so much later, with what comes meanwhile. */
const REWRITE_MS = 2_000;
/** Versions that may have been told before a crash, and stand nowhere, are not given again. */
const SKIPPED_IDS = 1 << 20;
/** Records that are removed at once: others write meanwhile. */
const EXPIRE_AT_ONCE = 1000;
const STALE_AT_ONCE = 1000;

/** What of a vault the history uses. */
export type HistoryVault = BookOptions["slots"] & StartingVault & Pick<Vault, "begin">;

export interface HistoryOptions
  extends Omit<BookOptions, "slots">, Omit<SealedLogOptions, "name" | "cacheOctets" | "slackOctets"> {
  /** Null where there is none. */
  readonly vault: HistoryVault | null;
  /** Makes one. `needed`: something is stored that was encrypted with the one that is not there. Throws StoreRefusal. */
  readonly makeVault: (needed: boolean) => HistoryVault;
}

/** Recorded conversations, as records of a sealed log and values of their own; what is needed to list and find them is in memory. */
export class LogHistory implements History, Timed {
  readonly #book: HistoryBook;
  readonly #erasure: HistoryErasure;
  readonly #putAway: PutAway;
  readonly #parts: TalkParts;
  readonly #turns = new Turns();
  /** To be written again. */
  readonly #rewriting = new Set<RecordingEntry>();

  private constructor(book: HistoryBook) {
    this.#book = book;
    this.#erasure = new HistoryErasure(book);
    this.#putAway = new PutAway(book, (strand) => this.#erasure.released(strand));
    const rewrite = (entry: RecordingEntry) => {
      if (this.#rewriting.size === 0) book.timers.start(REWRITE_MS, this, 0);
      this.#rewriting.add(entry);
    };
    this.#parts = { book, erasure: this.#erasure, putAway: this.#putAway, rewrite };
  }

  /** Before `contents.begin`: what the records name is claimed. Rejects with StoreRefusal, DamageError. */
  static async open(options: HistoryOptions): Promise<LogHistory> {
    let { vault } = options;
    const slots = {
      claim: () => vault!.claim(),
      key: (slot: number) => vault!.key(slot),
      renew: (those: readonly number[]) => vault!.renew(those),
    };
    const book = new HistoryBook({ ...options, slots });
    const history = new LogHistory(book);
    const replay = new HistoryReplay(book);
    const logOptions = { ...options, name: "history", cacheOctets: CACHE_OCTETS, slackOctets: SLACK_OCTETS };
    book.log = await SealedLog.open(logOptions, {
      onPut: (id, payload) => replay.onPut(id, payload),
      onRemoved: (id) => replay.onRemoved(id),
      onLate: (id) => history.#late(id),
    });
    vault ??= options.makeVault(!replay.isEmpty);
    for (let i = 0; i < SKIPPED_IDS; i++) book.log.newId();
    const { stale, strands } = await replay.apply(vault);
    vault.begin();
    if (vault.restored) void history.#tidyRestored(vault, stale, strands);
    else {
      for (const id of stale) book.discard(id);
      void history.#erasure.clear(strands);
    }
    for (const strand of book.strands.values()) history.#putAway.look(strand);
    return history;
  }

  get recordings(): number {
    return this.#book.recordings;
  }
  get messages(): number {
    return this.#book.messages;
  }
  get octets(): number {
    return this.#book.octets;
  }
  get nextExpiry(): number {
    return this.#book.nextExpiry;
  }
  get onChanged(): History["onChanged"] {
    return this.#book.onChanged;
  }
  set onChanged(listener: History["onChanged"]) {
    this.#book.onChanged = listener;
  }
  /** Octets of all signatures: what a search is narrowed down by. */
  get signatureOctets(): number {
    let octets = 0;
    for (const { segments } of this.#book.strands.values()) {
      for (const { signature } of segments) octets += signature.length;
    }
    return octets;
  }
  /** What is being put away, and cleared away, or waits for it. */
  get background(): number {
    return this.#putAway.pending + this.#erasure.pending;
  }

  begin(kind: TalkKind): Talk {
    return new LiveTalk(kind, this.#parts);
  }

  list(owner: string): readonly Recording[] {
    const known = this.#book.owners.get(owner);
    if (known === undefined) return [];
    known.order ??= [...known.listed.values()].sort((a, b) => b.endedAt - a.endedAt || b.version - a.version);
    return known.order.map(({ shown }) => shown);
  }

  find(owner: string, reference: string): Recording | undefined {
    return this.#find(owner, reference)?.shown;
  }

  async read(owner: string, reference: string, after: number, most: number): Promise<readonly SaidMessage[]> {
    const entry = this.#find(owner, reference);
    return entry === undefined ? [] : await readRecording(this.#book, entry, after, most);
  }

  change(
    owner: string,
    reference: string,
    change: { readonly name?: string; readonly subject?: string; readonly expiresAt?: number },
  ): Promise<Recording | null> {
    return this.#turns.run(reference, async () => {
      const entry = this.#find(owner, reference);
      if (entry === undefined) return null;
      const { facts } = entry;
      const { name, subject, expiresAt } = { ...facts, ...change };
      return await this.#write(entry, { ...facts, name, subject, expiresAt });
    });
  }

  async remove(owner: string, references: Iterable<string>): Promise<number> {
    const entries = new Set<RecordingEntry>();
    for (const reference of references) {
      const entry = this.#find(owner, reference);
      if (entry !== undefined) entries.add(entry);
    }
    await this.#erasure.remove([...entries]);
    return entries.size;
  }

  async removeOwner(owner: string): Promise<void> {
    const known = this.#book.owners.get(owner);
    const removal = known === undefined ? null : this.#erasure.remove(recordingsOf(known));
    // Also where nothing has been said yet.
    for (const talk of this.#book.talks) talk.leave(owner);
    await removal;
  }

  async search(owner: string, query: HistoryQuery, most: number): Promise<HistoryHits> {
    const known = this.#book.owners.get(owner);
    if (known === undefined || most < 1) return { hits: [], more: false, bounded: false };
    return await new HistorySearch(this.#book, query, most).run(known);
  }

  mark(owner: string, peer: string, mark: ReadMark, back = false): Promise<void> {
    return this.#turns.run(`${owner} ${peer}`, async () => {
      const known = this.#book.owners.get(owner);
      if (known === undefined || !known.peers.has(peer)) return;
      const before = known.marks.get(peer);
      const present = before?.mark ?? null;
      if (present !== null && !back && isBehind(mark, present)) return;
      await this.#writeMark(known, peer, before ?? this.#newMark(), mark);
    });
  }

  marks(owner: string): ReadonlyMap<string, ReadMark> {
    const marks = new Map<string, ReadMark>();
    for (const [peer, { mark }] of this.#book.owners.get(owner)?.marks ?? []) if (mark !== null) marks.set(peer, mark);
    return marks;
  }

  taken(owner: string): { readonly recordings: number; readonly messages: number; readonly octets: number } {
    const known = this.#book.owners.get(owner);
    if (known === undefined) return { recordings: 0, messages: 0, octets: 0 };
    const { listed, unlisted, messages, octets } = known;
    let recordings = listed.size;
    // What could not be begun is tried again with the next message, and counts then.
    if (unlisted.size > 0) { for (const { pending } of unlisted) if (pending > 0) recordings++; }
    return { recordings, messages, octets };
  }

  *owners(): Iterable<string> {
    for (const { aor, listed } of this.#book.owners.values()) if (listed.size > 0) yield aor;
  }

  async expire(now: number): Promise<readonly Recording[]> {
    const shown: Recording[] = [];
    while (now >= this.#book.nextExpiry) {
      const expired = this.#expired(now);
      for (const entry of expired) shown.push(entry.shown);
      await this.#erasure.remove(expired);
    }
    return shown;
  }

  /** Some of those that have; `nextExpiry` is that of the others then. */
  #expired(now: number): RecordingEntry[] {
    const book = this.#book;
    const expired: RecordingEntry[] = [];
    book.nextExpiry = Infinity;
    for (const { listed } of book.owners.values()) {
      for (const entry of listed.values()) {
        if (entry.expiresAt <= now && expired.length < EXPIRE_AT_ONCE) expired.push(entry);
        else book.expires(entry.expiresAt);
      }
    }
    return expired;
  }

  onTimer(): void {
    const entries = [...this.#rewriting];
    this.#rewriting.clear();
    for (const entry of entries) {
      this.#turns.run(entry.reference, async () => {
        if (entry.state === "stored") {
          const { facts } = entry;
          await this.#write(entry, { ...facts, parties: [...facts.parties, ...entry.seen] });
        } else if (entry.state !== "gone") this.#parts.rewrite(entry);
      }).catch((error) => {
        if (!(error instanceof StorageError && error.kind === "closed")) this.#parts.rewrite(entry);
      });
    }
  }

  /** What a restored vault does not open goes. Until all of it has gone, the next start has to pass over it, too. */
  async #tidyRestored(vault: HistoryVault, stale: readonly number[], strands: readonly Strand[]): Promise<void> {
    const { log, report } = this.#book;
    try {
      for (let at = 0; at < stale.length; at += STALE_AT_ONCE) {
        const some = stale.slice(at, at + STALE_AT_ONCE);
        await Promise.all(some.map((id) => committed((done) => log.remove(id, null, false, done))));
      }
      await this.#erasure.clear(strands);
      if (this.#erasure.pending === 0) vault.trust();
    } catch (error) {
      report.warn("a restored store could not be tidied; the next start does it", { reason: reasonOf(error) });
    }
  }

  #find(owner: string, reference: string): RecordingEntry | undefined {
    return this.#book.owners.get(owner)?.listed.get(reference);
  }

  async #write(entry: RecordingEntry, state: RecordingState): Promise<Recording> {
    const book = this.#book;
    const seen = entry.seen.length;
    const parties = state.parties.length - entry.facts.parties.length;
    let version = 0;
    await committed((done) => version = book.putRecording(entry, state, done));
    entry.facts = state;
    entry.seen = entry.seen.slice(Math.min(seen, parties));
    if (version > entry.version) entry.version = version;
    entry.owner.order = null;
    entry.changed();
    // Removed while it was written: what was told of it holds no more.
    if (entry.state === "gone") return entry.shown;
    book.expires(state.expiresAt);
    book.changed(entry);
    return entry.shown;
  }

  #newMark(): MarkEntry {
    return { slot: this.#book.slots.claim(), id: this.#book.log.newId(), mark: null };
  }

  async #writeMark(owner: Owner, peer: string, entry: MarkEntry, mark: ReadMark): Promise<void> {
    const book = this.#book;
    owner.marks.set(peer, entry);
    const record = encodeMark(book.cipher, book.slots.key(entry.slot), entry.slot, { owner: owner.aor, peer, ...mark });
    try {
      await committed((done) => book.log.put(entry.id, record, false, done));
    } catch (error) {
      // The first of its `with`, and perhaps written after all: then that goes again.
      if (
        entry.mark === null && error instanceof StorageError && error.kind === "failed" &&
        owner.marks.get(peer) === entry
      ) {
        owner.marks.delete(peer);
        book.discard(entry.id);
      }
      throw error;
    }
    entry.mark = mark;
  }

  /** Written after all, long after it was told that it was not: what is in memory holds. */
  #late(id: number): void {
    const book = this.#book;
    for (const strand of book.strands.values()) {
      if (strand.id === id || strand.unsure === id || strand.segments.some((segment) => segment.id === id)) return;
    }
    for (const owner of book.owners.values()) {
      for (const entry of recordingsOf(owner)) {
        if (entry.id !== id) continue;
        if (entry.state === "stored") book.putRecording(entry, entry.facts, () => {});
        return;
      }
      for (const [peer, entry] of owner.marks) {
        if (entry.id !== id) continue;
        if (entry.mark === null) return;
        void this.#writeMark(owner, peer, entry, entry.mark).catch(() => {}); // as late as before
        return;
      }
    }
    book.discard(id);
  }
}

function isBehind(mark: ReadMark, other: ReadMark): boolean {
  return mark.at < other.at || (mark.at === other.at && mark.seq <= other.seq);
}
