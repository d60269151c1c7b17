import { type Clock, detached, type Log } from "../foundation/mod.ts";
import {
  decodeDeferred,
  decodeHead,
  decodeRemoval,
  encodeDeferred,
  encodeRemoval,
  transactionOf,
} from "./deferred_codec.ts";
import { answerLater } from "./kv/group_commit.ts";
import { reasonOf } from "./kv/refusal.ts";
import { SealedLog, type SealedLogOptions } from "./kv/sealed_log.ts";
import {
  type Committed,
  type Contents,
  type DeferredEntry,
  type DeferredMessage,
  type DeferredMessages,
  StorageError,
  type StoredContent,
  type StoreOutcome,
  type StoreRefused,
} from "./repositories.ts";
import { Entry, FORGOTTEN, type Mailbox, type Outcome } from "./deferred_entry.ts";
import { DEFAULT_DEFERRED_LIMITS, type DeferredLimits } from "./deferred_limits.ts";
import { Fingerprints } from "./fingerprints.ts";

/** Blobs kept as text: a burst that comes and goes is not read again from the store. */
const CACHE_OCTETS = 4 * 1024 * 1024;
/** Removals are remembered over a restart for as long as their blobs stay. */
const SLACK_OCTETS = 4 * 1024 * 1024;
/** What the box itself may store beyond a quota: its word that the store is full. */
const RESERVE_COUNT = 5;
const RESERVE_OCTETS = 32 * 1024;

export interface DeferredOptions extends Omit<SealedLogOptions, "name" | "cacheOctets" | "slackOctets"> {
  readonly clock: Clock;
  readonly contents: Contents;
  readonly limits?: DeferredLimits;
}

/** A record that is to go from the store, and the content it names. */
interface Unwanted {
  readonly id: number;
  readonly content: StoredContent | null;
}

const NOTHING = { count: 0, octets: 0 };

/** Messages that wait, as records of a sealed log; in memory a mailbox for each recipient, without text. */
export class LogDeferredMessages implements DeferredMessages {
  readonly #clock: Clock;
  readonly #limits: DeferredLimits;
  readonly #report: Log;
  readonly #contents: Contents;
  #log!: SealedLog;
  readonly #mailboxes = new Map<string, Mailbox>();
  readonly #entries = new Map<number, Entry>();
  readonly #known = new Fingerprints();
  /** Removals that could not be written: the entry is hidden, and its removal is tried again. */
  #unremoved: Entry[] = [];
  /** Stored late, against what was said; to be removed when the store lets us. */
  #unwanted: Unwanted[] = [];
  #nextExpiry = Infinity;
  #count = 0;
  #octets = 0;
  #admitted = 0;
  #admittedOctets = 0;

  private constructor(options: DeferredOptions) {
    this.#clock = options.clock;
    this.#limits = options.limits ?? DEFAULT_DEFERRED_LIMITS;
    this.#report = options.log;
    this.#contents = options.contents;
  }

  static async open(options: DeferredOptions): Promise<LogDeferredMessages> {
    const messages = new LogDeferredMessages(options);
    const logOptions = { ...options, name: "deferred", cacheOctets: CACHE_OCTETS, slackOctets: SLACK_OCTETS };
    messages.#log = await SealedLog.open(logOptions, {
      onPut: (id, record) => messages.#replayPut(id, record),
      onRemoved: (id, note) => messages.#replayRemoved(id, note),
      onLate: (id) => messages.#withdraw({ id, content: null }),
    });
    // Compaction writes old messages again behind younger ones.
    for (const { entries } of messages.#mailboxes.values()) entries.sort((a, b) => a.id - b.id);
    return messages;
  }

  get count(): number {
    return this.#count;
  }
  get bytes(): number {
    return this.#octets;
  }

  store(message: DeferredMessage, done: Outcome): void {
    const { content = null } = message;
    if (content !== null) {
      try {
        this.#contents.claim(content);
      } catch (error) {
        if (!(error instanceof StorageError)) throw error;
        return this.#refuse(null, { kind: "failed", error }, done);
      }
    }
    const twin = this.#known.find(message.transaction, message.recipient, message.device) as Entry | null;
    if (twin !== null) {
      if (twin.state !== "writing") return this.#refuse(content, { kind: "duplicate", id: twin.id }, done);
      if (content !== null) this.#contents.release(content);
      (twin.waiting ??= []).push(done);
      return;
    }
    const size = message.headers.length + message.body.length + (content === null ? 0 : content.octets);
    const known = this.#mailboxes.get(message.recipient);
    const refusal = this.#refusal(message.recipient, known, size, message.reserve === true);
    if (refusal !== null) return this.#refuse(content, refusal, done);
    let record: Uint8Array;
    try {
      record = encodeDeferred(message);
    } catch (cause) {
      const error = new StorageError("failed", `the message cannot be stored: ${reasonOf(cause)}`, { cause });
      return this.#refuse(content, { kind: "failed", error }, done);
    }
    const mailbox = known ?? this.#newMailbox(message.recipient);
    const { headers, body, arrivedAt, expiresAt, mode = "pager" } = message;
    const device = message.device === "" ? "" : detached(message.device);
    const transaction = transactionOf(record, message.transaction, headers, body);
    const head = { recipient: mailbox.recipient, device, arrivedAt, expiresAt, mode, size, transaction, content };
    const entry = new Entry(this.#log.newId(), head);
    this.#admit(entry, mailbox);
    this.#known.add(entry);
    this.#log.put(entry.id, record, false, (error) => this.#written(entry, mailbox, error, done));
  }

  refusal(recipient: string, octets: number): StoreRefused | null {
    return this.#refusal(recipient, this.#mailboxes.get(recipient), octets, false);
  }

  knows(transaction: string): boolean {
    for (let known = this.#known.first(transaction); known !== null; known = known.nextKnown) {
      if ((known as Entry).state !== "writing") return true;
    }
    return false;
  }

  pending(recipient: string): readonly DeferredEntry[] {
    const mailbox = this.#mailboxes.get(recipient);
    if (mailbox === undefined) return [];
    const now = this.#clock.now();
    return mailbox.entries.filter((entry) => entry.expiresAt > now);
  }

  taken(recipient: string): { readonly count: number; readonly octets: number } {
    return this.#mailboxes.get(recipient) ?? NOTHING;
  }

  *recipients(): Iterable<string> {
    for (const { recipient, entries } of this.#mailboxes.values()) if (entries.length > 0) yield recipient;
  }

  read(id: number, expired = false): Promise<DeferredMessage | null> {
    const entry = this.#entries.get(id);
    if (entry === undefined || (!expired && entry.expiresAt <= this.#clock.now())) return Promise.resolve(null);
    const record = this.#log.peek(id);
    if (record === undefined) return this.#log.read(id).then((found) => found === null ? null : decodeDeferred(found));
    return Promise.resolve(record === null ? null : decodeDeferred(record));
  }

  remove(id: number, done: Committed | null): void {
    const entry = this.#entries.get(id);
    // One that is being removed: the log keeps the order, so this is answered when that is committed.
    if (entry === undefined && this.#log.has(id)) return this.#log.remove(id, null, false, done);
    if (entry === undefined) return answerLater(done, null);
    this.#hide(entry);
    this.#erase(entry, false, done);
  }

  get nextExpiry(): number {
    return this.#nextExpiry;
  }

  expiring(now: number): DeferredEntry[] {
    if (now < this.#nextExpiry) return [];
    return [...this.#entries.values()].filter((entry) => entry.expiresAt <= now);
  }

  expire(now: number): DeferredEntry[] {
    this.#known.forget(now);
    for (const entry of this.#unremoved.splice(0)) this.#erase(entry, true, null);
    for (const id of this.#unwanted.splice(0)) this.#withdraw(id);
    if (now < this.#nextExpiry) return [];
    const expired: Entry[] = [];
    this.#nextExpiry = Infinity;
    for (const entry of this.#entries.values()) {
      if (entry.expiresAt <= now) expired.push(entry);
      else if (entry.expiresAt < this.#nextExpiry) this.#nextExpiry = entry.expiresAt;
    }
    for (const entry of expired) {
      this.#hide(entry);
      this.#erase(entry, true, null);
    }
    return expired;
  }

  #refuse(content: StoredContent | null, outcome: StoreOutcome, done: Outcome): void {
    if (content !== null) this.#contents.release(content);
    queueMicrotask(() => done(outcome));
  }

  #refusal(recipient: string, mailbox: Mailbox | undefined, size: number, reserve: boolean): StoreRefused | null {
    const { totalCount, totalOctets = DEFAULT_DEFERRED_LIMITS.totalOctets } = this.#limits;
    const { count, octets } = this.#limits.quotaOf?.(recipient) ?? this.#limits;
    const [moreCount, moreOctets] = reserve ? [RESERVE_COUNT, RESERVE_OCTETS] : [0, 0];
    if ((mailbox?.count ?? 0) + 1 > count + moreCount) return { kind: "quota", limit: "count", allowed: count };
    if ((mailbox?.octets ?? 0) + size > octets + moreOctets) return { kind: "quota", limit: "bytes", allowed: octets };
    let text: string;
    if (this.#admitted >= totalCount) {
      text = `${this.#admitted} messages wait for delivery (at most ${totalCount})`;
    } else if (this.#admittedOctets + size > totalOctets) {
      text = `${this.#admittedOctets} octets wait for delivery (at most ${totalOctets})`;
    } else return null;
    return { kind: "failed", error: new StorageError("full", text) };
  }

  #written(entry: Entry, mailbox: Mailbox, error: StorageError | null, done: Outcome): void {
    const { waiting } = entry;
    entry.waiting = null;
    if (error === null) {
      this.#enter(entry, mailbox);
      done({ kind: "stored", id: entry.id });
      if (waiting !== null) { for (const other of waiting) other({ kind: "duplicate", id: entry.id }); }
      return;
    }
    this.#known.remove(entry);
    this.#leave(entry, mailbox);
    this.#abandon(entry, error);
    done({ kind: "failed", error });
    if (waiting !== null) { for (const other of waiting) other({ kind: "failed", error }); }
  }

  #enter(entry: Entry, mailbox: Mailbox): void {
    entry.state = "stored";
    mailbox.entries.push(entry);
    this.#entries.set(entry.id, entry);
    this.#count++;
    this.#octets += entry.size;
    if (entry.expiresAt < this.#nextExpiry) this.#nextExpiry = entry.expiresAt;
  }

  /** Takes it into the quota. */
  #admit(entry: Entry, mailbox: Mailbox): void {
    mailbox.count++;
    mailbox.octets += entry.size;
    this.#admitted++;
    this.#admittedOctets += entry.size;
  }

  /** Takes it out of the quota. */
  #leave(entry: Entry, mailbox: Mailbox): void {
    mailbox.count--;
    mailbox.octets -= entry.size;
    this.#admitted--;
    this.#admittedOctets -= entry.size;
    if (mailbox.count === 0) this.#mailboxes.delete(mailbox.recipient);
  }

  /** Out of sight; what became of it is remembered, for a retransmission. */
  #hide(entry: Entry): void {
    const mailbox = this.#mailboxes.get(entry.recipient)!;
    mailbox.entries.splice(mailbox.entries.indexOf(entry), 1);
    this.#leave(entry, mailbox);
    this.#entries.delete(entry.id);
    this.#count--;
    this.#octets -= entry.size;
    entry.state = "removed";
    entry.removedAt = this.#clock.now();
    this.#known.retire(entry);
  }

  #erase(entry: Entry, lazily: boolean, done: Committed | null): void {
    const note = encodeRemoval(entry.removedAt, entry.transaction);
    this.#log.remove(entry.id, note, lazily, (error) => {
      if (error === null) this.#release(entry);
      else if (error.kind !== "closed") this.#unremoved.push(entry);
      done?.(error);
    });
  }

  /** Its record is gone, or never was. */
  #release(entry: Entry): void {
    const { content } = entry;
    // What is remembered of it for a retransmission is the same object.
    entry.content = null;
    if (content !== null) this.#contents.release(content);
  }

  /** Its record was not written, or not in time: then it may be there yet, and has to go before its content does. */
  #abandon(entry: Entry, error: StorageError): void {
    if (entry.content === null || error.kind === "closed") return;
    if (error.kind === "full") return this.#release(entry);
    const { id, content } = entry;
    entry.content = null;
    this.#withdraw({ id, content });
  }

  /** Its sender was told that it failed, and may have sent it again; so it must not be delivered, nor known. */
  #withdraw(unwanted: Unwanted): void {
    const { id, content } = unwanted;
    this.#log.remove(id, null, false, (error) => {
      if (error === null) {
        if (content !== null) this.#contents.release(content);
      } else if (error.kind !== "closed") this.#unwanted.push(unwanted);
    });
  }

  #newMailbox(recipient: string): Mailbox {
    const own = detached(recipient);
    const mailbox: Mailbox = { recipient: own, entries: [], count: 0, octets: 0 };
    this.#mailboxes.set(own, mailbox);
    return mailbox;
  }

  #replayPut(id: number, record: Uint8Array): void {
    if (this.#entries.has(id)) return;
    const head = decodeHead(record);
    const mailbox = this.#mailboxes.get(head.recipient) ?? this.#newMailbox(head.recipient);
    const entry = new Entry(id, { ...head, recipient: mailbox.recipient });
    if (entry.content !== null) this.#contents.claim(entry.content);
    this.#admit(entry, mailbox);
    this.#known.add(entry);
    this.#enter(entry, mailbox);
  }

  #replayRemoved(id: number, note: Uint8Array): void {
    const stored = this.#entries.get(id);
    if (stored !== undefined) {
      this.#hide(stored);
      this.#release(stored);
      this.#known.remove(stored);
    }
    // Nearly all removals in the log are old; those of the last hour are known again.
    if (note.length === 0) return;
    const { removedAt, transaction } = decodeRemoval(note);
    if (this.#clock.now() - removedAt > Fingerprints.REMEMBERED_MS) return;
    const entry = stored ?? new Entry(id, { ...FORGOTTEN, transaction });
    entry.state = "removed";
    entry.removedAt = removedAt;
    this.#known.add(entry);
    this.#known.retire(entry);
    this.#report.debug("a removed message is remembered", { id });
  }
}
