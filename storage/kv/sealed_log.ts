import { letGo, type Log } from "../../foundation/mod.ts";
import { type Committed, StorageError } from "../repositories.ts";
import { BlobCache } from "./blob_cache.ts";
import { BlobStore, DamageError, PART_OVERHEAD, partsFor } from "./blob_store.ts";
import { type BlobOwner, BlobUnit } from "./blob_unit.ts";
import { gatherMoves, type LiveRecords, type Move, MOVE_OCTETS } from "./log_compaction.ts";
import { answerLater, ConflictError, type GroupCommit, type KvStore, type Source, type Unit } from "./group_commit.ts";
import {
  BLOB_HEAD,
  nextIdOf,
  oldestOf,
  PUT,
  RECORD_HEAD,
  REMOVE,
  visitRecords,
  writeBlobHead,
  writeRecord,
} from "./log_blob.ts";
import { BlobLedger } from "./blob_ledger.ts";
import { LogSegment, SEGMENT_OCTETS } from "./log_segment.ts";
import { RecordIndex } from "./record_index.ts";
import { reasonOf } from "./refusal.ts";
import type { Sealer } from "./sealer.ts";

/**
 * Told of every record when the log is opened, in the order they were written; of one that compaction moved perhaps twice.
 * `payload` is valid during the call only.
 */
export interface Replay {
  onPut(id: number, payload: Uint8Array): void;
  /** `note` is what `remove` was given. Compaction forgets removals after a while. */
  onRemoved(id: number, note: Uint8Array): void;
  /** A record was written after all, long after its writer was told that it failed because the store did not answer. */
  onLate?(id: number): void;
}

export interface SealedLogOptions {
  readonly kv: KvStore;
  readonly sealer: Sealer;
  readonly commit: GroupCommit;
  readonly log: Log;
  readonly name: string;
  /** Octets of blobs kept as text in memory for reads; 0 when only compaction reads. */
  readonly cacheOctets?: number;
  /** Octets of dead records that may stay beyond the octets of live ones. */
  readonly slackOctets?: number;
}

/** The largest record. */
export const MAX_RECORD_OCTETS = SEGMENT_OCTETS - RECORD_HEAD;
/** Values that one commit deletes. */
const DELETES = 64;

/** A blob of this many octets, and deletes beside it, fit into what is left of a commit. */
function fits(blobOctets: number, mutations: number, octets: number): boolean {
  const changes = partsFor(blobOctets) + DELETES;
  return changes <= mutations && blobOctets + changes * PART_OVERHEAD <= octets;
}
const NOTHING = new Uint8Array(0);

/**
 * A table of sealed records, written as a log. All records of one group commit are sealed together in one blob, because sealing
 * and writing cost by the piece, not by the octet; where each live record is stands in memory. A removal is a record too. When
 * dead octets outweigh live ones, each commit also writes the live records of the oldest blob again and deletes blobs of which
 * nothing lives, in the same atomic commit, so a crash at any point leaves exactly one truth: the blobs there are, in order.
 *
 * Each blob is written on condition that its number is free. Where it is not, another process writes this store: everything is
 * refused then, rather than mix two truths.
 */
export class SealedLog implements Source, BlobOwner, LiveRecords {
  readonly #store: BlobStore;
  readonly #commit: GroupCommit;
  readonly #log: Log;
  readonly #slack: number;
  readonly #cache: BlobCache;
  readonly #late: (id: number) => void;
  readonly #index = new RecordIndex();
  readonly #ledger = new BlobLedger();
  readonly #reading = new Map<number, Promise<Uint8Array | null>>();
  #segments: LogSegment[] = [];
  #spare: LogSegment | null = null;
  #nextId = 1;
  #moves: readonly Move[] | null = null;
  #inFlight = false;
  admitted = 0;
  settledSoFar = 0;
  #preparing = false;
  #refused: StorageError | null = null;

  private constructor(options: SealedLogOptions, replay: Replay) {
    this.#store = new BlobStore(options.kv, options.sealer, options.name);
    this.#commit = options.commit;
    this.#log = options.log;
    this.#slack = options.slackOctets ?? 1024 * 1024;
    this.#cache = new BlobCache(options.cacheOctets ?? 0);
    this.#late = (id) => replay.onLate?.(id);
  }

  /** Reads the whole log. Throws DamageError, naming the record, when a blob does not open or one is missing. */
  static async open(options: SealedLogOptions, replay: Replay): Promise<SealedLog> {
    const log = new SealedLog(options, replay);
    await log.#replay(replay);
    options.commit.join(log);
    return log;
  }

  /** Live records, and the octets they and the dead ones take. */
  get size(): number {
    return this.#index.size;
  }
  get liveOctets(): number {
    return this.#ledger.live;
  }
  get deadOctets(): number {
    return this.#ledger.total - this.#ledger.live;
  }
  /** Blobs stored. */
  get blobs(): number {
    return this.#ledger.size;
  }

  /** An id that was never used before, larger than all. */
  newId(): number {
    return this.#nextId++;
  }

  has(id: number): boolean {
    return this.#index.find(id) >= 0;
  }

  /** Writes or replaces a record; `payload` is copied before the call returns. */
  put(id: number, payload: Uint8Array, lazily: boolean, done: Committed | null): void {
    this.#add(PUT, id, payload, lazily, done);
  }

  /** Removes a record. `note` is told at the next opening, if that is soon. */
  remove(id: number, note: Uint8Array | null, lazily: boolean, done: Committed | null): void {
    this.#add(REMOVE, id, note, lazily, done);
  }

  /** A committed record from memory: null when there is none, undefined when it has to be read. Valid until the next turn. */
  peek(id: number): Uint8Array | null | undefined {
    const slot = this.#index.find(id);
    if (slot < 0) return null;
    const blob = this.#cache.get(this.#index.blobAt(slot));
    if (blob === undefined) return undefined;
    const offset = this.#index.offsetAt(slot);
    return blob.subarray(offset, offset + this.#index.sizeAt(slot));
  }

  /** A committed record, or null. Rejects with StorageError, or DamageError. */
  async read(id: number): Promise<Uint8Array | null> {
    for (let attempt = 0; attempt < 3; attempt++) {
      const slot = this.#index.find(id);
      if (slot < 0) return null;
      const seq = this.#index.blobAt(slot);
      const offset = this.#index.offsetAt(slot);
      const size = this.#index.sizeAt(slot);
      const blob = await this.#blob(seq);
      if (blob !== null) return blob.subarray(offset, offset + size);
      // Compaction may have moved the record meanwhile: it stands somewhere else now.
    }
    throw new DamageError(`record ${id} of log "${this.#store.name}" is not where it was written`);
  }

  next(mutations: number, checks: number, octets: number): Unit | null {
    // One blob at a time: its number and what it drops are certain only when the one before is settled.
    if (this.#inFlight || this.#refused !== null || checks < 1) return null;
    const segment = this.#segments[0] ?? null;
    let moves = this.#moves;
    if (segment === null && moves === null && !this.#overdue()) return null;
    const segmentOctets = segment === null ? 0 : segment.length;
    if (!fits(BLOB_HEAD + segmentOctets + (moves === null ? 0 : MOVE_OCTETS), mutations, octets)) {
      // Callers go first; what compaction has prepared waits for a commit with room.
      if (segment === null || !fits(BLOB_HEAD + segmentOctets, mutations, octets)) return null;
      moves = null;
    }
    if (segment !== null) this.#segments.shift();
    if (moves !== null) this.#moves = null;
    this.#inFlight = true;
    return this.#unit(segment, moves);
  }

  shed(error: StorageError): void {
    for (const segment of this.#segments.splice(0)) this.#settleSegment(segment, error);
  }

  fail(error: StorageError): void {
    this.#refused ??= error;
    this.shed(error);
  }

  #add(kind: number, id: number, payload: Uint8Array | null, lazily: boolean, done: Committed | null): void {
    const size = payload === null ? 0 : payload.length;
    if (size > MAX_RECORD_OCTETS) {
      const text = `a record of ${size} octets is too large (at most ${MAX_RECORD_OCTETS})`;
      return answerLater(done, new StorageError("failed", text));
    }
    const refused = this.#refused ?? this.#commit.admit(RECORD_HEAD + size);
    if (refused !== null) return answerLater(done, refused);
    let segment = this.#segments[this.#segments.length - 1];
    if (segment === undefined || !segment.fits(size)) {
      segment = this.#spare ?? new LogSegment();
      this.#spare = null;
      this.#segments.push(segment);
    }
    this.admitted++;
    segment.add(kind, id, payload, done);
    this.#commit.wake(lazily);
  }

  #unit(segment: LogSegment | null, moves: readonly Move[] | null): Unit {
    const ledger = this.#ledger;
    const seq = ledger.next;
    const leaving = new Map<number, number>();
    const live: { blob: Uint8Array; id: number; offset: number; size: number }[] = [];
    let moved = 0;
    for (const { seq: from, blob, records } of moves ?? []) {
      let octets = 0;
      for (let i = 0; i < records.length; i += 3) {
        const [id, offset, size] = [records[i], records[i + 1], records[i + 2]];
        if (!this.isAt(id, from, offset)) continue;
        live.push({ blob, id, offset, size });
        octets += RECORD_HEAD + size;
      }
      leaving.set(from, octets);
      moved += octets;
    }
    const plain = new Uint8Array(BLOB_HEAD + moved + (segment === null ? 0 : segment.length));
    let at = BLOB_HEAD;
    for (const { blob, id, offset, size } of live) {
      at = writeRecord(plain, at, PUT, id, blob.subarray(offset, offset + size));
    }
    // Callers' records come behind, and so hold.
    if (segment !== null) plain.set(segment.buffer.subarray(0, segment.length), at);
    const dropped = this.#excess() ? ledger.droppable(leaving, DELETES) : 0;
    writeBlobHead(plain, ledger.first + dropped, this.#nextId);
    return new BlobUnit(this, this.#store, ledger, seq, plain, dropped, segment);
  }

  /** What the unit tells when its commit is over; called by it alone. */
  settled(
    seq: number,
    plain: Uint8Array,
    parts: number,
    dropped: number,
    segment: LogSegment | null,
    error: StorageError | null,
  ): void {
    this.#inFlight = false;
    if (error === null) {
      const { first } = this.#ledger;
      this.#ledger.add(plain.length, parts);
      this.#cache.put(seq, plain);
      this.#apply(seq, plain);
      this.#ledger.drop(dropped);
      for (let gone = first; gone < first + dropped; gone++) this.#cache.delete(gone);
      this.#prepare();
      if (segment !== null && segment.despaired) this.#landedLate(plain, plain.length - segment.length);
    } else if (error instanceof ConflictError) {
      const text =
        `another process writes this store (log "${this.#store.name}", blob ${seq}); restart when only one does`;
      error = new StorageError("failed", text);
      this.#commit.condemn(error);
    }
    if (segment !== null) this.#settleSegment(segment, error);
    if (this.#refused !== null) this.shed(this.#refused);
  }

  despaired(segment: LogSegment, error: StorageError): void {
    segment.despaired = true;
    const waiting = segment.waiting.slice();
    segment.waiting.fill(null);
    this.#tell(waiting, error);
  }

  /** Records from `start` on are there, against what their writers were told. */
  #landedLate(plain: Uint8Array, start: number): void {
    const late = this.#late;
    visitRecords(plain, {
      onRecord(kind, id, offset) {
        if (kind === PUT && offset > start) late(id);
      },
    });
  }

  #settleSegment(segment: LogSegment, error: StorageError | null): void {
    const waiting = segment.waiting.slice();
    this.settledSoFar += waiting.length;
    this.#commit.release(waiting.length, segment.length);
    segment.clear();
    this.#spare = segment;
    this.#tell(waiting, error);
  }

  #tell(waiting: readonly (Committed | null)[], error: StorageError | null): void {
    for (const done of waiting) {
      if (done === null) continue;
      try {
        done(error);
      } catch (cause) {
        this.#log.error("a writer failed while it was told of its commit", { reason: reasonOf(cause) });
      }
    }
  }

  #apply(seq: number, plain: Uint8Array, replay: Replay | null = null): void {
    const index = this.#index;
    const ledger = this.#ledger;
    const whole = visitRecords(plain, {
      onRecord(kind, id, offset, size) {
        const slot = index.find(id);
        if (slot >= 0) ledger.died(index.blobAt(slot), RECORD_HEAD + index.sizeAt(slot));
        if (kind === PUT) {
          index.set(id, seq, offset, size);
          ledger.lives(seq, RECORD_HEAD + size);
          replay?.onPut(id, plain.subarray(offset, offset + size));
        } else {
          if (slot >= 0) index.removeAt(slot);
          replay?.onRemoved(id, size === 0 ? NOTHING : plain.subarray(offset, offset + size));
        }
      },
    });
    if (!whole) throw new DamageError(`record ["log","${this.#store.name}",${seq}] is damaged: its framing is wrong`);
  }

  /** True when that is where the record of `id` stands, and lives. */
  isAt(id: number, seq: number, offset: number): boolean {
    const slot = this.#index.find(id);
    return slot >= 0 && this.#index.blobAt(slot) === seq && this.#index.offsetAt(slot) === offset;
  }

  /** More dead octets than live ones and the slack: time to compact. */
  #excess(): boolean {
    const { total, live, size } = this.#ledger;
    return size > 1 && total - live > live + this.#slack;
  }

  /** Dead blobs leave with the next write; where none comes and they are many, by themselves. */
  #overdue(): boolean {
    const { total, live, oldestIsDead } = this.#ledger;
    return oldestIsDead && total - live > live + 2 * this.#slack;
  }

  /** Reads what the next commit is to write again. It goes with the next write, or by itself within a second. */
  #prepare(): void {
    if (this.#preparing || this.#moves !== null || this.#ledger.oldestIsDead || !this.#excess()) return;
    this.#preparing = true;
    void gatherMoves(this.#ledger, this.#slack, (seq) => this.#blob(seq), this).then(
      (moves) => this.#prepared(moves),
      (error) => {
        this.#preparing = false;
        this.#log.error("compaction cannot read a blob", { log: this.#store.name, reason: reasonOf(error) });
      },
    );
  }

  #prepared(moves: readonly Move[]): void {
    this.#preparing = false;
    if (this.#refused !== null || moves.length === 0) return;
    this.#moves = moves;
    this.#commit.wake(true);
  }

  #blob(seq: number): Promise<Uint8Array | null> {
    const cached = this.#cache.get(seq);
    if (cached !== undefined) return Promise.resolve(cached);
    let reading = this.#reading.get(seq);
    if (reading === undefined) {
      reading = this.#store.read(seq).then((blob) => {
        if (blob !== null && this.#ledger.has(seq)) this.#cache.put(seq, blob.plain);
        return blob === null ? null : blob.plain;
      }).finally(() => this.#reading.delete(seq));
      this.#reading.set(seq, reading);
    }
    return reading;
  }

  async #replay(replay: Replay): Promise<void> {
    let oldest = 0;
    let last = 0;
    for await (const { seq, plain, parts } of this.#store.list()) {
      if (last === 0) this.#ledger.start(seq);
      else if (seq !== last + 1) {
        throw new DamageError(`log "${this.#store.name}" is damaged: after blob ${last} comes blob ${seq}`);
      }
      this.#ledger.add(plain.length, parts);
      this.#apply(seq, plain, replay);
      oldest = oldestOf(plain);
      this.#nextId = nextIdOf(plain);
      // Hundreds of MB may come by.
      letGo(plain);
      last = seq;
    }
    if (last !== 0 && oldest !== this.#ledger.first) {
      throw new DamageError(
        `log "${this.#store.name}" is damaged: it begins with blob ${this.#ledger.first}, and should with ${oldest}`,
      );
    }
  }
}
