import type { Clock, Log, Timed, Timers } from "../../foundation/mod.ts";
import { type Committed, StorageError } from "../repositories.ts";
import { AnswerWatch } from "./answer_watch.ts";
import { reasonOf } from "./refusal.ts";

/** What is used of DenoKV; a test can stand in for it. */
export type KvStore = Pick<Deno.Kv, "get" | "getMany" | "list" | "atomic" | "close">;

/** A check failed: somebody else wrote what this writer relied on. */
export class ConflictError extends StorageError {
  constructor(message: string) {
    super("failed", message);
    this.name = "ConflictError";
  }
}

/**
 * Limits of one atomic commit: DenoKV's own (1,000 mutations, 819,200 octets) with room for its overhead, and the 10 checks that
 * a KV Connect service takes (denokv, proto/limits.rs; an embedded store takes 100).
 */
export const MAX_MUTATIONS = 1000;
export const MAX_COMMIT_OCTETS = 780_000;
export const MAX_CHECKS = 10;

/** The part of a commit that belongs to one writer: it takes place as a whole, or not at all. */
export interface Unit {
  readonly mutations: number;
  readonly checks: number;
  /** Octets of its keys and values, about. */
  readonly octets: number;
  apply(atomic: Deno.AtomicOperation): void;
  /** Looks whether it took place, after an answer that leaves that open. */
  landed(): Promise<boolean>;
  settle(error: StorageError | null): void;
  /** The store does not answer: whoever cannot wait is told now; `settle` comes all the same if it ever does. */
  despair(error: StorageError): void;
}

/** A writer that makes its part when a commit begins, so that everything which came meanwhile goes into one. */
export interface Source {
  /** The next part that fits into what is left of this commit; null when there is none. */
  next(mutations: number, checks: number, octets: number): Unit | null;
  /** Writes it ever took in, and those of them that are settled, in the same order. */
  readonly admitted: number;
  readonly settledSoFar: number;
  /** The store does not answer: writes that have not begun are refused. */
  shed(error: StorageError): void;
  /** The store is closing or gone: tell all who wait. */
  fail(error: StorageError): void;
}

export interface GroupCommitOptions {
  readonly kv: KvStore;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: Log;
  /** Writes and octets that may wait; more are refused. */
  readonly maxWaiting?: number;
  readonly maxWaitingOctets?: number;
  /**
   * The least time between the beginnings of two commits while few writes wait. A commit costs about 250 µs of CPU however little is in it; a few
   * milliseconds of company make that a few µs a write.
   */
  readonly pace_ms?: number;
  /** How long the store may take for one answer; then writes are refused until it comes. */
  readonly patience_ms?: number;
}

/** Somebody waits until each source has settled so many. */
interface Flush {
  readonly until: readonly { readonly source: Source; readonly count: number }[];
  readonly resolve: () => void;
}

const LAZY = 1;
const PROBE = 2;
const LAZY_MS = 1000;
const PROBE_MS = 5000;
const PROBE_OCTETS = 32_000;
/** So many writes are company enough. */
const COMPANY = 24;
const PATIENCE_MS = 10_000;

/**
 * Puts the writes of many into shared atomic commits: while one is in flight, the next is collected. First in, first out for
 * each source. A failure is found out writer by writer, so that it fails only its own; a full disk fails all of that commit.
 */
export class GroupCommit implements Timed {
  readonly #kv: KvStore;
  readonly #clock: Clock;
  readonly #timers: Timers;
  readonly #log: Log;
  readonly #maxWaiting: number;
  readonly #maxOctets: number;
  readonly #pace: number;
  readonly #watch: AnswerWatch;
  readonly #sources: Source[] = [];
  #turn = 0;
  #waiting = 0;
  #octets = 0;
  #running = false;
  #lazy = false;
  #closed: StorageError | null = null;
  #trouble: string | null = null;
  /** A commit must have been at least this large to prove that there is space again. */
  #proof = 0;
  #probing = false;
  #began = -1e9;
  /** It did not answer in time, and has not yet. */
  #silent: StorageError | null = null;
  /** Not settled yet, of the commit in flight. */
  readonly #inFlight = new Set<Unit>();
  #closing: StorageError | null = null;
  #condemned: StorageError | null = null;
  #flushes: Flush[] = [];
  /** Commits and units written since start, and octets of them with their keys, about: for metrics and the bench. */
  commits = 0;
  units = 0;
  octets = 0;

  constructor(options: GroupCommitOptions) {
    this.#kv = options.kv;
    this.#clock = options.clock;
    this.#timers = options.timers;
    this.#log = options.log;
    this.#maxWaiting = options.maxWaiting ?? 100_000;
    this.#maxOctets = options.maxWaitingOctets ?? 64 * 1024 * 1024;
    this.#pace = options.pace_ms ?? 4;
    this.#watch = new AnswerWatch({
      clock: options.clock,
      timers: options.timers,
      patience_ms: options.patience_ms ?? PATIENCE_MS,
      onSilent: (reason) => this.#fellSilent(reason),
      onAnswer: () => this.#answered(),
    });
  }

  join(source: Source): void {
    this.#sources.push(source);
  }

  /** Why nothing can be written at the moment; null when it can. Clears by itself. */
  get trouble(): string | null {
    if (this.#condemned !== null) return this.#condemned.message;
    if (this.#trouble !== null) return this.#trouble;
    return this.#watch.reason;
  }

  /** Writes and octets that wait or are in flight. */
  get waiting(): number {
    return this.#waiting;
  }
  get waitingOctets(): number {
    return this.#octets;
  }

  /** Takes a write into the count, or says why not. Whoever was taken in calls `release` once it is settled. */
  admit(octets: number): StorageError | null {
    if (this.#closing !== null) return this.#closing;
    if (this.#condemned !== null) return this.#condemned;
    if (this.#silent !== null) return this.#silent;
    if (this.#waiting >= this.#maxWaiting || this.#octets + octets > this.#maxOctets) {
      return new StorageError(
        "failed",
        `queue full: ${this.#waiting} writes of ${this.#octets} octets wait for the store ` +
          `(at most ${this.#maxWaiting} and ${this.#maxOctets})`,
      );
    }
    this.#waiting++;
    this.#octets += octets;
    return null;
  }

  release(writes: number, octets: number): void {
    this.#waiting -= writes;
    this.#octets -= octets;
  }

  /** What is in memory is not what is stored any more: nothing is written from now on, by nobody. */
  condemn(error: StorageError): void {
    if (this.#condemned !== null) return;
    this.#condemned = error;
    this.#log.error("nothing can be stored", { reason: error.message });
    for (const source of this.#sources) source.fail(error);
  }

  /** Something waits. `lazily`: it may wait a second for company. */
  wake(lazily: boolean): void {
    if (this.#running || this.#closed !== null) return;
    if (lazily) {
      if (!this.#lazy) {
        this.#lazy = true;
        this.#timers.start(LAZY_MS, this, LAZY);
      }
      return;
    }
    this.#running = true;
    queueMicrotask(() => void this.#run());
  }

  onTimer(kind: number): void {
    if (kind === LAZY) {
      this.#lazy = false;
      this.wake(false);
    } else void this.#probe();
  }

  /** Resolves when all that waits now is settled, or the store does not answer. */
  flush(): Promise<void> {
    this.wake(false);
    if (!this.#running || this.#silent !== null) return Promise.resolve();
    const until = this.#sources.map((source) => ({ source, count: source.admitted }));
    return new Promise((resolve) => this.#flushes.push({ until, resolve }));
  }

  /** Writes what waits; then every writer is refused. */
  async close(): Promise<void> {
    this.#closing ??= new StorageError("closed", "the store is being closed");
    await this.flush();
    this.#closed ??= new StorageError("closed", "the store is closed");
    for (const source of this.#sources) source.fail(this.#closed);
    for (const unit of this.#inFlight) unit.despair(this.#closed);
  }

  async #run(): Promise<void> {
    for (;;) {
      // Between one busy and one idle: after a pause the first write never waits, and a full house does not wait either.
      if (this.#waiting < COMPANY && this.#flushes.length === 0) {
        const early = this.#began + this.#pace - this.#clock.monotonic();
        if (early > 0.5) {
          // A pause for nobody costs a timer; whoever comes begins anew. What sources do by themselves waits a second.
          if (this.#waiting === 0) {
            this.#running = false;
            return this.wake(true);
          }
          await pause(Math.min(Math.ceil(early), this.#pace));
        }
      }
      const units = this.#collect();
      if (units.length === 0) break;
      await this.#commit(units);
      this.#flushed();
    }
    this.#running = false;
    // What a source holds back, because the disk is full, is not waited for.
    for (const { resolve } of this.#flushes.splice(0)) resolve();
  }

  #flushed(): void {
    this.#flushes = this.#flushes.filter(({ until, resolve }) => {
      if (until.some(({ source, count }) => source.settledSoFar < count)) return true;
      resolve();
      return false;
    });
  }

  #collect(): Unit[] {
    const units: Unit[] = [];
    let mutations = MAX_MUTATIONS;
    let checks = MAX_CHECKS;
    let octets = MAX_COMMIT_OCTETS;
    const { length } = this.#sources;
    // The first to be asked changes from commit to commit: none is crowded out by the others.
    this.#turn++;
    for (let i = 0; i < length; i++) {
      const source = this.#sources[(this.#turn + i) % length];
      for (;;) {
        const unit = source.next(mutations, checks, octets);
        if (unit === null) break;
        units.push(unit);
        mutations -= unit.mutations;
        checks -= unit.checks;
        octets -= unit.octets;
      }
    }
    return units;
  }

  async #commit(units: Unit[]): Promise<void> {
    for (const unit of units) this.#inFlight.add(unit);
    const error = await this.#attempt(units);
    if (error === null || error.kind === "full") {
      for (const unit of units) this.#settle(unit, error);
    } else if (units.length === 1) {
      await this.#judge(units[0], error);
    } else {
      // Somebody's part is bad: each has another try by itself, in order.
      for (const unit of units) {
        if (this.#condemned !== null) {
          this.#settle(unit, this.#condemned);
          continue;
        }
        const own = await this.#attempt([unit]);
        if (own === null || own.kind === "full") this.#settle(unit, own);
        else await this.#judge(unit, own);
      }
    }
  }

  async #judge(unit: Unit, error: StorageError): Promise<void> {
    let landed = false;
    try {
      landed = await this.#watch.over(() => unit.landed());
    } catch (cause) {
      this.#log.error("a failed write cannot be looked up", { reason: reasonOf(cause) });
    }
    this.#settle(unit, landed ? null : error);
  }

  #settle(unit: Unit, error: StorageError | null): void {
    this.#inFlight.delete(unit);
    try {
      unit.settle(error);
    } catch (cause) {
      this.#log.error("a writer failed while it was told of its commit", { reason: reasonOf(cause) });
    }
  }

  async #attempt(units: readonly Unit[]): Promise<StorageError | null> {
    let octets = 0;
    try {
      const atomic = this.#kv.atomic();
      for (const unit of units) {
        unit.apply(atomic);
        octets += unit.octets;
      }
      this.#began = this.#clock.monotonic();
      const result = await this.#watch.over(() => atomic.commit());
      if (!result.ok) return new ConflictError("what this write relied on was changed by another writer");
    } catch (cause) {
      const error = storageErrorOf(cause);
      // A value that is too large says nothing about the store.
      if (!/too large/i.test(error.message)) this.#troubled(error, octets);
      return error;
    }
    this.commits++;
    this.units += units.length;
    this.octets += octets;
    if (this.#trouble !== null && octets >= this.#proof) this.#recovered();
    return null;
  }

  #fellSilent(reason: string): void {
    this.#log.error("nothing can be stored", { reason });
    this.#silent = new StorageError("failed", reason);
    for (const source of this.#sources) source.shed(this.#silent);
    for (const unit of this.#inFlight) unit.despair(this.#silent);
    for (const { resolve } of this.#flushes.splice(0)) resolve();
  }

  #answered(): void {
    this.#silent = null;
    this.#log.info("the store answers again");
  }

  #troubled(error: StorageError, octets: number): void {
    if (this.#trouble === null) this.#log.error("nothing can be stored", { reason: error.message });
    this.#trouble = error.message;
    this.#proof = Math.min(octets, PROBE_OCTETS);
    if (!this.#probing) {
      this.#probing = true;
      this.#timers.start(PROBE_MS, this, PROBE);
    }
  }

  #recovered(): void {
    this.#trouble = null;
    this.#log.info("the store takes writes again");
  }

  /** Writes a little now and then while there is trouble and nobody else writes. */
  async #probe(): Promise<void> {
    this.#probing = false;
    if (this.#trouble === null || this.#closed !== null) return;
    try {
      await this.#kv.atomic().set(["parley", "probe"], new Uint8Array(PROBE_OCTETS)).commit();
    } catch (cause) {
      if (this.#closed === null) this.#troubled(storageErrorOf(cause), PROBE_OCTETS);
      return;
    }
    if (this.#trouble !== null) this.#recovered();
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** DenoKV says everything with TypeError; only the text tells a full disk (SQLITE_FULL, ENOSPC) from the rest. */
export function storageErrorOf(cause: unknown): StorageError {
  if (cause instanceof StorageError) return cause;
  const reason = reasonOf(cause);
  if (/disk is full|no space left|ENOSPC|quota exceeded/i.test(reason)) {
    return new StorageError("full", `disk full: ${reason}`, { cause });
  }
  return new StorageError("failed", `the store failed: ${reason}`, { cause });
}

/** Calls back soon, never inside the call that asked. */
export function answerLater(done: Committed | null, error: StorageError | null): void {
  if (done !== null) queueMicrotask(() => done(error));
}
