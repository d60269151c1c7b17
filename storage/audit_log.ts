import type { Clock, Log, Timed, Timers } from "../foundation/mod.ts";
import { CHAIN_START, chained } from "./audit_chain.ts";
import { type AuditBlob, auditOctets, chainBehind, decodeAuditBlob, encodeAuditBlob, fitting } from "./audit_codec.ts";
import { verifyChain } from "./audit_verify.ts";
import { BlobStore, DamageError, PART_OVERHEAD, partsFor } from "./kv/blob_store.ts";
import { ConflictError, type GroupCommit, type KvStore, type Source, type Unit } from "./kv/group_commit.ts";
import { reasonOf } from "./kv/refusal.ts";
import type { Sealer } from "./kv/sealer.ts";
import { type AuditEntry, type AuditLog, type AuditRecord, type ChainReport, StorageError } from "./repositories.ts";

/** How long and how much is kept. */
export interface AuditLimits {
  readonly days: number;
  readonly count: number;
}

export const DEFAULT_AUDIT_LIMITS: AuditLimits = { days: 180, count: 200_000 };

export interface AuditOptions {
  readonly kv: KvStore;
  readonly sealer: Sealer;
  readonly commit: GroupCommit;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: Log;
  readonly limits?: AuditLimits;
}

const DAY_MS = 86_400_000;
const ENTRIES_A_BLOB = 500;
const OCTETS_A_BLOB = 400_000;
/** Entries of a walk between two pauses: some milliseconds. */
const ENTRIES_A_BREATH = 1000;
/** Entries that wait for the store; beyond them the oldest are lost, and that is said in the log. */
const MAX_WAITING = 10_000;
const RETRY_MS = 5_000;
const DROPS_A_COMMIT = 16;

/**
 * The audit log: sealed blobs of entries, numbered without gaps, each written on condition that its number is free, the
 * entries chained by hashes (audit_chain.ts), so that nothing can be changed or taken out in the middle unseen. Nothing of it
 * is in memory but what waits. Entries wait up to a second for company: a kill loses at most that second.
 */
export class KvAuditLog implements AuditLog, Source, Timed {
  readonly #store: BlobStore;
  readonly #commit: GroupCommit;
  readonly #clock: Clock;
  readonly #timers: Timers;
  readonly #log: Log;
  readonly #limits: AuditLimits;
  #waiting: AuditEntry[] = [];
  #inFlight: AuditEntry[] | null = null;
  #held = false;
  admitted = 0;
  settledSoFar = 0;
  #refused = false;
  #lost = 0;
  #oldest = 1;
  #next = 1;
  #nextId = 1;
  /** Chain value of the last entry that is stored. */
  #chain = CHAIN_START;
  /** The oldest blobs, too old or too many, that the next commit deletes: parts of each, from `#oldest` on. */
  #doomed: number[] = [];
  #gathering = false;

  private constructor(options: AuditOptions) {
    this.#store = new BlobStore(options.kv, options.sealer, "audit");
    this.#commit = options.commit;
    this.#clock = options.clock;
    this.#timers = options.timers;
    this.#log = options.log;
    this.#limits = options.limits ?? DEFAULT_AUDIT_LIMITS;
  }

  /** Looks at the first and the last blob only. Rejects with DamageError when they do not fit together. */
  static async open(options: AuditOptions): Promise<KvAuditLog> {
    const audit = new KvAuditLog(options);
    for await (const { seq, plain } of audit.#store.list({ reverse: true, limit: 1 })) {
      const blob = decodeAuditBlob(plain);
      audit.#oldest = blob.oldest;
      audit.#next = seq + 1;
      audit.#nextId = blob.firstId + blob.records.length;
      audit.#chain = chainBehind(blob);
    }
    for await (const { seq } of audit.#store.list({ limit: 1 })) {
      if (seq === audit.#oldest) break;
      throw new DamageError(`the audit log is damaged: it begins with blob ${seq}, and should with ${audit.#oldest}`);
    }
    options.commit.join(audit);
    await audit.#gather();
    return audit;
  }

  append(entry: AuditEntry): void {
    if (this.#waiting.length >= MAX_WAITING) this.#lose(1);
    this.admitted++;
    this.#waiting.push(fitting(entry));
    this.#commit.wake(true);
  }

  async list(
    { limit, before = Infinity, event, actor }: { limit: number; before?: number; event?: string; actor?: string },
  ): Promise<AuditRecord[]> {
    await this.#commit.flush();
    const since = this.#clock.now() - this.#limits.days * DAY_MS;
    const found: AuditRecord[] = [];
    const end = before >= this.#nextId ? this.#next : await this.#behind(before);
    let expected = end - 1;
    for await (const { seq, plain } of this.#store.list({ reverse: true, before: end })) {
      if (seq !== expected--) throw missing(expected + 1);
      const { records } = decodeAuditBlob(plain);
      for (let i = records.length - 1; i >= 0; i--) {
        const record = records[i];
        if (found.length === limit || record.at < since) return found;
        if (record.id >= before) continue;
        if ((event ?? record.event) !== record.event || (actor ?? record.actor) !== record.actor) continue;
        found.push(record);
      }
    }
    return found;
  }

  async *walk(from = 0): AsyncGenerator<AuditRecord> {
    for await (const { records } of this.#blobs(from)) {
      for (const record of records) if (record.id >= from) yield record;
    }
  }

  verify(): Promise<ChainReport> {
    return verifyChain(this.#blobs(0));
  }

  /**
   * The blobs from that of entry `from` on, oldest first, as of now; with pauses, so that others get their turn. Throws
   * DamageError at one that is missing or does not open.
   */
  async *#blobs(from: number): AsyncGenerator<AuditBlob> {
    await this.#commit.flush();
    const end = this.#next;
    // Those that go meanwhile are the oldest: the walk begins behind them.
    let expected = from <= 1 ? this.#oldest : Math.max(await this.#behind(from + 1) - 1, this.#oldest);
    let breath = 0;
    for await (const { seq, plain } of this.#store.list({ from: expected, before: end })) {
      if (seq !== expected && !await this.#wereDropped(seq)) throw missing(expected);
      expected = seq + 1;
      const blob = decodeAuditBlob(plain);
      yield blob;
      if ((breath += blob.records.length) < ENTRIES_A_BREATH) continue;
      breath = 0;
      await new Promise((resolve) => setTimeout(resolve, 0));
    }
    if (expected < end && !await this.#wereDropped(end)) throw missing(expected);
  }

  /** True when all blobs before this one have gone of age while they were walked over. */
  async #wereDropped(before: number): Promise<boolean> {
    if (before > this.#oldest) await this.#commit.flush();
    return before <= this.#oldest;
  }

  next(mutations: number, checks: number, octets: number): Unit | null {
    if (this.#waiting.length === 0 || this.#inFlight !== null || this.#held || this.#refused || checks < 1) return null;
    const drop = this.#doomed.slice(0, DROPS_A_COMMIT);
    const entries = this.#waiting.slice(0, this.#fill());
    const records = chained(this.#chain, this.#nextId, entries);
    const head = { oldest: this.#oldest + drop.length, firstId: this.#nextId, before: this.#chain };
    const plain = encodeAuditBlob({ ...head, records });
    const deletes = drop.reduce((sum, parts) => sum + parts, 0);
    const changes = partsFor(plain.length) + deletes;
    const cost = plain.length + changes * PART_OVERHEAD;
    if (changes > mutations || cost > octets) return null;
    this.#waiting.splice(0, entries.length);
    this.#inFlight = entries;
    const seq = this.#next;
    const oldest = this.#oldest;
    const parts = this.#store.seal(seq, plain);
    return {
      mutations: changes,
      checks: 1,
      octets: cost,
      apply: (atomic) => {
        this.#store.append(atomic, seq, parts);
        drop.forEach((count, i) => this.#store.delete(atomic, oldest + i, count));
      },
      landed: () => this.#store.holds(seq, parts),
      settle: (error) => this.#settled(entries, records[records.length - 1].chain, drop.length, error),
      despair: () => {},
    };
  }

  // Nobody waits for an entry: what there is stays until the store is back, within its limit.
  shed(): void {}

  fail(_error: StorageError): void {
    if (!this.#refused && this.#waiting.length > 0) this.#lose(this.#waiting.length);
    this.#refused = true;
  }

  onTimer(): void {
    this.#held = false;
    if (this.#waiting.length > 0) this.#commit.wake(true);
  }

  /** How many of those that wait go into one blob. */
  #fill(): number {
    let octets = 0;
    const most = Math.min(this.#waiting.length, ENTRIES_A_BLOB);
    for (let count = 0; count < most; count++) {
      octets += auditOctets(this.#waiting[count]);
      if (octets > OCTETS_A_BLOB && count > 0) return count;
    }
    return most;
  }

  #settled(entries: AuditEntry[], chain: string, dropped: number, error: StorageError | null): void {
    this.#inFlight = null;
    if (error === null) {
      this.#next++;
      this.#nextId += entries.length;
      this.#chain = chain;
      this.settledSoFar += entries.length;
      this.#oldest += dropped;
      this.#doomed.splice(0, dropped);
      if (this.#doomed.length === 0) {
        this.#gather().catch((cause) =>
          this.#log.error("old audit entries cannot be found", { reason: reasonOf(cause) })
        );
      }
      return;
    }
    // They are kept for another try; there may be space again.
    this.#waiting.unshift(...entries);
    if (this.#waiting.length > MAX_WAITING) this.#lose(this.#waiting.length - MAX_WAITING);
    if (error instanceof ConflictError) {
      const text = `another process writes this store (audit log, blob ${this.#next}); restart when only one does`;
      this.#commit.condemn(new StorageError("failed", text));
      return;
    }
    this.#held = true;
    this.#timers.start(RETRY_MS, this, 0);
  }

  #lose(count: number): void {
    this.#waiting.splice(0, count);
    this.#lost += count;
    this.settledSoFar += count;
    this.#log.error("audit entries are lost", { lost: this.#lost });
  }

  /** Finds the oldest blobs that are to go. */
  async #gather(): Promise<void> {
    if (this.#gathering) return;
    this.#gathering = true;
    try {
      const since = this.#clock.now() - this.#limits.days * DAY_MS;
      const doomed: number[] = [];
      for await (const { seq, plain, parts } of this.#store.list({ limit: DROPS_A_COMMIT })) {
        if (seq !== this.#oldest + doomed.length || seq === this.#next - 1) break;
        const { firstId, records } = decodeAuditBlob(plain);
        const end = firstId + records.length;
        if (records[records.length - 1].at >= since && this.#nextId - end < this.#limits.count) break;
        doomed.push(parts);
      }
      this.#doomed = doomed;
    } finally {
      this.#gathering = false;
    }
  }

  /** The number behind the blob that holds the entry before `id`. */
  async #behind(id: number): Promise<number> {
    let low = this.#oldest;
    let high = this.#next;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      const blob = await this.#store.read(middle);
      const first: Pick<AuditBlob, "firstId"> = blob === null ? { firstId: 0 } : decodeAuditBlob(blob.plain);
      if (first.firstId < id) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function missing(seq: number): DamageError {
  return new DamageError(`the audit log is damaged: blob ${seq} is missing`);
}
