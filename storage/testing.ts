import { join } from "node:path";
import { FakeTime } from "../foundation/testing.ts";
import { silentLog } from "../foundation/mod.ts";
import { type ContentsOptions, KvContents } from "./contents.ts";
import { GroupCommit, type GroupCommitOptions, type KvStore } from "./kv/group_commit.ts";
import { newKeyRing } from "./kv/key_file.ts";
import { Sealer } from "./kv/sealer.ts";
import type { DeferredMessage, StorageError, Subscriber } from "./repositories.ts";
import { openStorage, type ParleyStorage, type StorageOptions } from "./open_storage.ts";

/** A folder that goes when the test ends. For tests only, as all of this file. */
export class TemporaryFolder implements Disposable {
  readonly path = Deno.makeTempDirSync({ prefix: "parley-storage-" });
  /** A file in it, unless the database is elsewhere. */
  readonly kv: string;
  readonly keyFile = join(this.path, "parley.key");

  constructor(kv?: string) {
    this.kv = kv ?? join(this.path, "parley.kv");
  }

  join(name: string): string {
    return join(this.path, name);
  }
  [Symbol.dispose](): void {
    Deno.removeSync(this.path, { recursive: true });
  }
}

/** An embedded store in memory with a group commit over it. */
export interface World {
  readonly kv: Deno.Kv;
  readonly commit: GroupCommit;
  readonly sealer: Sealer;
  readonly time: FakeTime;
}

/** Opens a store in memory; `wrap` puts a troublemaker between it and the group commit. */
export async function memoryWorld(
  wrap: (kv: Deno.Kv) => KvStore = (kv) => kv,
  options: Partial<GroupCommitOptions> = {},
): Promise<World> {
  const kv = await Deno.openKv(":memory:");
  const time = new FakeTime();
  return { kv, time, sealer: new Sealer(newKeyRing(time.now())), commit: commitOver(wrap(kv), time, options) };
}

/** Contents over a world that stands, as after a restart with another `commit`; not begun. */
export function contentsOver({ kv, sealer, time, commit }: World, more: Partial<ContentsOptions> = {}): KvContents {
  return new KvContents({ kv, sealer, commit, timers: time.timers, log: silentLog, ...more });
}

export function commitOver(kv: KvStore, time: FakeTime, options: Partial<GroupCommitOptions> = {}): GroupCommit {
  return new GroupCommit({ kv, clock: time, timers: time.timers, log: silentLog, pace_ms: 0, ...options });
}

/** A whole storage over a folder. */
export function storageIn(
  folder: TemporaryFolder,
  time = new FakeTime(),
  options: Partial<StorageOptions> = {},
): Promise<ParleyStorage> {
  const { kv, keyFile } = folder;
  return openStorage({ kv, keyFile, clock: time, timers: time.timers, log: silentLog, ...options });
}

/** What a callback-style write was told. */
export function told(start: (done: (error: StorageError | null) => void) => void): Promise<StorageError | null> {
  return new Promise((resolve) => start(resolve));
}

/** A store that fails commits on demand. */
export class FaultyKv implements KvStore {
  readonly #kv: Deno.Kv;
  /** Thrown by each commit while set. */
  fault: Error | null = null;
  /** Set: commits of at least this many octets of values fail as a full disk does. */
  fullAbove = Infinity;
  /** The next commit takes place, and then fails all the same, as when the answer of a remote store is lost. */
  loseAnswer = false;
  commits = 0;

  constructor(kv: Deno.Kv) {
    this.#kv = kv;
  }
  get get() {
    return this.#kv.get.bind(this.#kv);
  }
  get getMany() {
    return this.#kv.getMany.bind(this.#kv);
  }
  get list() {
    return this.#kv.list.bind(this.#kv);
  }
  close(): void {
    this.#kv.close();
  }
  atomic(): Deno.AtomicOperation {
    const atomic = this.#kv.atomic();
    const set = atomic.set.bind(atomic);
    const commit = atomic.commit.bind(atomic);
    let octets = 0;
    atomic.set = (key, value, options) => {
      if (value instanceof Uint8Array) octets += value.length;
      set(key, value, options);
      return atomic;
    };
    atomic.commit = async () => {
      this.commits++;
      if (this.fault !== null) throw this.fault;
      if (octets >= this.fullAbove) throw new TypeError("database or disk is full");
      const result = await commit();
      if (!this.loseAnswer) return result;
      this.loseAnswer = false;
      throw new TypeError("connection reset");
    };
    return atomic;
  }
}

export function subscriber(n: number, more: Partial<Subscriber> = {}): Subscriber {
  return {
    aor: `sip:user${String(n).padStart(5, "0")}@example.test`,
    displayName: `User ${n}`,
    e164: `+1555${String(n).padStart(7, "0")}`,
    state: "active",
    deferral: "offline",
    credentials: {
      realm: "example.test",
      md5: "0".repeat(32),
      sha256: "1".repeat(64),
      md5WithDomain: "2".repeat(32),
      sha256WithDomain: "3".repeat(64),
    },
    createdAt: 1,
    changedAt: 2,
    ...more,
  };
}

export function deferred(n: number, more: Partial<DeferredMessage> = {}): DeferredMessage {
  return {
    recipient: "sip:bob@example.test",
    device: "",
    sender: "sip:alice@example.test",
    arrivedAt: Date.UTC(2026, 0, 1),
    expiresAt: Date.UTC(2026, 0, 8),
    transaction: `call-${n}@host;tag;${n} MESSAGE`,
    headers: "Content-Type: text/plain\r\n",
    body: new TextEncoder().encode(`message ${n}`),
    ...more,
  };
}
