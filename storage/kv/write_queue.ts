import { type Committed, StorageError } from "../repositories.ts";
import {
  answerLater,
  type GroupCommit,
  type KvStore,
  MAX_COMMIT_OCTETS,
  MAX_MUTATIONS,
  type Source,
  type Unit,
} from "./group_commit.ts";

/** One value to set (`value` present) or a key to delete. */
export interface Mutation {
  readonly key: Deno.KvKey;
  readonly value?: unknown;
  /** Octets of `value`, where it is not a Uint8Array. */
  readonly size?: number;
}

/** DenoKV's limit for one value; its own overhead is counted. */
export const MAX_VALUE_OCTETS = 65_000;
const KEY_OCTETS = 160;

class Write implements Unit {
  readonly mutations: number;
  readonly checks: number;
  readonly octets: number;
  readonly #queue: WriteQueue;
  readonly #list: readonly Mutation[];
  readonly #check: Deno.AtomicCheck | null;
  readonly #done: Committed | null;
  #told = false;

  constructor(queue: WriteQueue, list: readonly Mutation[], check: Deno.AtomicCheck | null, done: Committed | null) {
    this.#queue = queue;
    this.#list = list;
    this.#check = check;
    this.#done = done;
    this.mutations = list.length;
    this.checks = check === null ? 0 : 1;
    this.octets = list.reduce((sum, mutation) => sum + octetsOf(mutation), 0);
  }

  apply(atomic: Deno.AtomicOperation): void {
    if (this.#check !== null) atomic.check(this.#check);
    for (const { key, value } of this.#list) {
      if (value === undefined) atomic.delete(key);
      else atomic.set(key, value);
    }
  }

  // Sets and deletes may be repeated: a writer who was told "failed" writes the same again, whatever became of the first.
  landed(): Promise<boolean> {
    return Promise.resolve(false);
  }

  settle(error: StorageError | null): void {
    this.#queue.settled(this);
    this.#tell(error);
  }

  // What is in memory follows what is told: it waits for the truth, unless there will be none.
  despair(error: StorageError): void {
    if (error.kind === "closed" || this.#queue.impatient) this.#tell(error);
  }

  #tell(error: StorageError | null): void {
    if (!this.#told) this.#done?.(error);
    this.#told = true;
  }
}

function octetsOf({ value, size }: Mutation): number {
  return KEY_OCTETS + (value instanceof Uint8Array ? value.length : size ?? 0);
}

/** How a queue differs from one whose writers wait for the truth and take a whole commit where they can. */
export interface WriteQueueOptions {
  /** While the store does not answer, writers are told that it failed, whatever becomes of the write: they never look at it again. */
  readonly impatient?: boolean;
  /** Octets of each commit that are left to others. */
  readonly leaves?: number;
}

/** Plain writes: each call is one unit of a shared commit, first in, first out. */
export class WriteQueue implements Source {
  readonly kv: KvStore;
  readonly impatient: boolean;
  readonly #leaves: number;
  readonly #commit: GroupCommit;
  #queue: Write[] = [];
  admitted = 0;
  settledSoFar = 0;

  constructor(kv: KvStore, commit: GroupCommit, { impatient = false, leaves = 0 }: WriteQueueOptions = {}) {
    this.kv = kv;
    this.impatient = impatient;
    this.#leaves = leaves;
    this.#commit = commit;
    commit.join(this);
  }

  /** All of `list` or none; with `check`, only if that still holds (else a ConflictError). */
  write(
    list: readonly Mutation[],
    done: Committed | null,
    check: Deno.AtomicCheck | null = null,
    lazily = false,
  ): void {
    const write = new Write(this, list, check, done);
    const large = list.find((mutation) => octetsOf(mutation) > KEY_OCTETS + MAX_VALUE_OCTETS);
    if (large !== undefined || list.length > MAX_MUTATIONS || write.octets > MAX_COMMIT_OCTETS) {
      const text =
        `too large for one commit: ${list.length} changes of ${write.octets} octets (at most ${MAX_MUTATIONS}, ` +
        `${MAX_COMMIT_OCTETS} in all and ${MAX_VALUE_OCTETS} a value)`;
      answerLater(done, new StorageError("failed", text));
      return;
    }
    const refused = this.#commit.admit(write.octets);
    if (refused !== null) return answerLater(done, refused);
    this.admitted++;
    this.#queue.push(write);
    this.#commit.wake(lazily);
  }

  /** `write` as a promise. Rejects with StorageError. */
  written(list: readonly Mutation[], check: Deno.AtomicCheck | null = null): Promise<void> {
    return new Promise((resolve, reject) => {
      this.write(list, (error) => error === null ? resolve() : reject(error), check);
    });
  }

  next(mutations: number, checks: number, octets: number): Unit | null {
    const first = this.#queue[0];
    if (first === undefined || first.mutations > mutations || first.checks > checks) return null;
    if (first.octets > octets - this.#leaves) return null;
    this.#queue.shift();
    return first;
  }

  settled(write: Unit): void {
    this.settledSoFar++;
    this.#commit.release(1, write.octets);
  }

  shed(error: StorageError): void {
    for (const write of this.#queue.splice(0)) write.settle(error);
  }

  fail(error: StorageError): void {
    this.shed(error);
  }
}
