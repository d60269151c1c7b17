import { type Clock, detached, type Log, randomToken, type Timed, type Timers } from "../foundation/mod.ts";
import { SlotCipher } from "./history_cipher.ts";
import { encodeRecording, encodeStrand } from "./history_codec.ts";
import { Owner, RecordingEntry, type RecordingState, Strand } from "./history_entries.ts";
import type { HistoryLimits, HistoryWords, TalkKind } from "./history_types.ts";
import { reasonOf } from "./kv/refusal.ts";
import type { SealedLog } from "./kv/sealed_log.ts";
import type { Slots } from "./kv/vault.ts";
import type { WriteQueue } from "./kv/write_queue.ts";
import { type Committed, type Contents, StorageError, type StoredContent } from "./repositories.ts";

/** What the parts of the history stand on. */
export interface BookOptions {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: Log;
  readonly contents: Contents;
  readonly slots: Slots;
  /** For segments. */
  readonly queue: WriteQueue;
  readonly limits: HistoryLimits;
  readonly words: HistoryWords | null;
  /** How long a read may take. */
  readonly patience_ms: number;
}

/** A conversation that goes on, as it hears of its recordings. */
export interface Leaver {
  leave(owner: string): void;
}

/** A record that is to go, and the content it names. */
interface Unwanted {
  readonly id: number;
  readonly content: StoredContent | null;
}

const RETRY_MS = 5_000;
/** Characters of 6 random bits behind `h-`; letters and digits alone are kept. */
const REFERENCE = 24;

/** Everything the history has in memory, and the writing of its heads. */
export class HistoryBook implements Timed {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly report: Log;
  readonly contents: Contents;
  readonly slots: Slots;
  readonly queue: WriteQueue;
  readonly limits: HistoryLimits;
  readonly words: HistoryWords | null;
  readonly patience: number;
  readonly cipher = new SlotCipher();
  readonly owners = new Map<string, Owner>();
  readonly strands = new Map<number, Strand>();
  /** Conversations that somebody records. */
  readonly talks = new Set<Leaver>();
  /** The same by the recordings made of them. */
  readonly open = new Map<RecordingEntry, Leaver>();
  log!: SealedLog;
  nextExpiry = Infinity;
  /** Stored, over all owners: recordings; messages and octets once each. */
  recordings = 0;
  messages = 0;
  octets = 0;
  /** With what is being written. */
  admittedRecordings = 0;
  admittedOctets = 0;
  onChanged: ((owner: string, reference: string) => void) | null = null;
  /** Not to be there any more, and could not be removed yet. */
  #unwanted: Unwanted[] = [];

  constructor(options: BookOptions) {
    this.clock = options.clock;
    this.timers = options.timers;
    this.report = options.log;
    this.contents = options.contents;
    this.slots = options.slots;
    this.queue = options.queue;
    this.limits = options.limits;
    this.words = options.words;
    this.patience = options.patience_ms;
  }

  owner(aor: string): Owner {
    const known = this.owners.get(aor);
    if (known !== undefined) return known;
    const owner = new Owner(detached(aor));
    this.owners.set(owner.aor, owner);
    return owner;
  }

  /** Claims a slot. Throws StorageError. */
  newRecording(
    aor: string,
    kind: TalkKind,
    { with: peer, ...facts }: { readonly with: string } & RecordingState,
  ): RecordingEntry {
    const slot = this.slots.claim();
    const owner = this.owner(aor);
    const entry = new RecordingEntry(this.log.newId(), slot, owner, {
      kind,
      with: peer,
      expiresAt: facts.expiresAt,
      reference: newReference(),
    }, facts);
    owner.unlisted.add(entry);
    owner.recordings++;
    this.admittedRecordings++;
    return entry;
  }

  /** Claims a slot. Throws StorageError. */
  newStrand(recordings: readonly RecordingEntry[]): Strand {
    const slot = this.slots.claim();
    const strand = new Strand(this.log.newId(), slot, recordings);
    this.strands.set(strand.id, strand);
    for (const entry of recordings) entry.strands.push(strand);
    return strand;
  }

  /** Writes what is not stored yet. */
  writeNew(strand: Strand): void {
    for (const entry of strand.recordings) {
      if (entry.state !== "unwritten") continue;
      entry.state = "writing";
      this.putRecording(entry, entry.facts, (error) => {
        if (entry.state === "writing") entry.state = error === null ? "stored" : "unwritten";
      });
    }
    if (strand.state !== "unwritten") return;
    strand.state = "writing";
    this.log.put(strand.id, encodeStrand(strand.slot, strand.recordings), false, (error) => {
      if (strand.state === "writing") strand.state = error === null ? "stored" : "unwritten";
    });
  }

  /** Gives the version that the recording has when it is written. */
  putRecording(entry: RecordingEntry, state: RecordingState, done: Committed): number {
    const { kind, reference, owner, slot, id } = entry;
    const version = this.log.newId();
    const form = { ...state, kind, open: entry.open, version, owner: owner.aor, reference, with: entry.with };
    this.log.put(id, encodeRecording(this.cipher, this.slots.key(slot), slot, form), false, done);
    return version;
  }

  /** Its first message is stored. */
  list(entry: RecordingEntry): void {
    const { owner } = entry;
    owner.unlisted.delete(entry);
    owner.listed.set(entry.reference, entry);
    owner.peers.set(entry.with, (owner.peers.get(entry.with) ?? 0) + 1);
    owner.order = null;
    this.recordings++;
    this.expires(entry.expiresAt);
  }

  expires(at: number): void {
    if (at < this.nextExpiry) this.nextExpiry = at;
  }

  /** So many octets more, in a new recording or one that there is, are beyond the owner's quota. */
  isFull(owner: Owner | undefined, octets: number, isNew: boolean): boolean {
    const { limits } = this;
    if ((owner === undefined ? 0 : owner.octets) + octets > limits.octets) return true;
    return isNew && (owner === undefined ? 0 : owner.recordings) >= limits.recordings;
  }

  changed(entry: RecordingEntry): void {
    this.onChanged?.(entry.owner.aor, entry.reference);
  }

  /** An owner of whom nothing is left is forgotten. */
  tidy(owner: Owner): void {
    if (owner.isIdle && this.owners.get(owner.aor) === owner) this.owners.delete(owner.aor);
  }

  /** A record with a key of its own goes, and then its key: nothing that is there may not be opened. Rejects with StorageError. */
  async forget(id: number, slot: number): Promise<void> {
    try {
      await committed((done) => this.log.remove(id, null, false, done));
    } catch (error) {
      // Its key is renewed with the next start, which finds nobody who names it.
      this.discard(id);
      throw error;
    }
    await this.slots.renew([slot]);
  }

  /** Removes a record, sooner or later; its content goes behind it. */
  discard(id: number, content: StoredContent | null = null): void {
    this.log.remove(id, null, true, (error) => {
      if (error === null) {
        if (content !== null) this.contents.release(content);
      } else if (error.kind !== "closed") this.#later({ id, content });
    });
  }

  /** As `discard`, for records without contents. */
  discardAll(ids: readonly number[]): void {
    let failed = false;
    const done = (error: StorageError | null) => {
      if (error === null || error.kind === "closed" || failed) return;
      // Which it was is not told: to remove again what has gone does nothing.
      failed = true;
      for (const id of ids) this.#later({ id, content: null });
    };
    for (const id of ids) this.log.remove(id, null, true, done);
  }

  /** A message's record was not written, or not for certain. */
  withdraw(id: number, content: StoredContent | null, error: StorageError): void {
    if (error.kind === "full") {
      if (content !== null) this.contents.release(content);
    } else if (error.kind === "failed") this.discard(id, content);
  }

  #later(unwanted: Unwanted): void {
    if (this.#unwanted.length === 0) this.timers.start(RETRY_MS, this, 0);
    this.#unwanted.push(unwanted);
  }

  onTimer(): void {
    for (const { id, content } of this.#unwanted.splice(0)) this.discard(id, content);
  }
}

/** As a promise. Rejects with StorageError. */
export function committed(start: (done: Committed) => void): Promise<void> {
  return new Promise((resolve, reject) => start((error) => error === null ? resolve() : reject(error)));
}

/** What went wrong, as an error of the store. */
export function asStorageError(cause: unknown, what: string): StorageError {
  if (cause instanceof StorageError) return cause;
  return new StorageError("failed", `${what}: ${reasonOf(cause)}`, { cause });
}

/** 22 letters and digits: 131 bits. */
function newReference(): string {
  let text = "";
  while (text.length < 22) text += randomToken(REFERENCE).replace(/[-_]/g, "");
  return `h-${text.slice(0, 22)}`;
}
