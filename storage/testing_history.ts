import { randomFillSync } from "node:crypto";
import { silentLog } from "../foundation/mod.ts";
import type { FakeTime } from "../foundation/testing.ts";
import type { KvContents } from "./contents.ts";
import { type HistoryVault, LogHistory } from "./history.ts";
import {
  type Appended,
  DEFAULT_HISTORY_LIMITS,
  type History,
  type HistoryLimits,
  type HistoryMessage,
  type HistoryQuery,
  type HistoryWords,
  type RecordingFacts,
  type SaidMessage,
  type Talk,
} from "./history_types.ts";
import type { KvStore } from "./kv/group_commit.ts";
import { SLOT_OCTETS } from "./kv/vault.ts";
import { WriteQueue } from "./kv/write_queue.ts";
import { contentsOver, memoryWorld, type World } from "./testing.ts";

/** Keys in memory; it remembers which were renewed. For tests only, as all of this file. */
export class MemorySlots implements HistoryVault {
  readonly path = "memory";
  /** As of a vault that comes from a backup. */
  restored = false;
  readonly #keys: Uint8Array[] = [];
  readonly #free = new Set<number>();
  readonly #used = new Set<number>();

  get size(): number {
    return this.#keys.length;
  }
  /** Slots in use. */
  get used(): number {
    return this.#used.size;
  }
  claim(): number {
    const [free] = this.#free;
    const slot = free ?? this.#keys.length;
    this.#free.delete(slot);
    if (free === undefined) this.#keys.push(randomFillSync(new Uint8Array(SLOT_OCTETS)));
    this.#used.add(slot);
    return slot;
  }
  key(slot: number): Uint8Array {
    return this.#keys[slot];
  }
  renew(slots: readonly number[]): Promise<void> {
    for (const slot of slots) {
      // Somebody else's by now, perhaps: that would destroy what they have.
      if (!this.#used.delete(slot)) throw new Error(`slot ${slot} is given up twice`);
      this.#renew(slot);
    }
    return Promise.resolve();
  }
  use(slot: number): void {
    this.#used.add(slot);
  }
  begin(): void {
    for (let slot = 0; slot < this.#keys.length; slot++) if (!this.#used.has(slot)) this.#renew(slot);
  }
  trust(): void {
    this.restored = false;
  }
  /** Another process: it has to be told again what is in use. */
  restarted(): this {
    this.#used.clear();
    this.#free.clear();
    return this;
  }
  #renew(slot: number): void {
    randomFillSync(this.#keys[slot]);
    this.#free.add(slot);
  }
}

/** A history over a store in memory. */
export interface TestHistory {
  readonly history: LogHistory;
  readonly contents: KvContents;
  readonly world: World;
  readonly time: FakeTime;
  readonly slots: MemorySlots;
  close(): Promise<void>;
}

export interface TestHistoryOptions {
  readonly limits?: Partial<HistoryLimits>;
  readonly words?: HistoryWords;
  /** Puts a troublemaker between the store and the history. */
  readonly wrap?: (kv: Deno.Kv) => KvStore;
}

/** Opens a real history over a store in memory, for tests of whoever uses one. */
export async function openTestHistory(options: TestHistoryOptions = {}): Promise<TestHistory> {
  const world = await memoryWorld(options.wrap);
  return await historyOver(world, new MemorySlots(), options);
}

/** A history over a world that stands, as after a restart with another `commit`. */
export async function historyOver(
  world: World,
  slots: MemorySlots,
  { limits = {}, words }: TestHistoryOptions = {},
): Promise<TestHistory> {
  const { kv, commit, sealer, time } = world;
  const contents = contentsOver(world);
  const history = await LogHistory.open({
    kv,
    sealer,
    commit,
    contents,
    log: silentLog,
    clock: time,
    timers: time.timers,
    queue: new WriteQueue(kv, commit),
    limits: { ...DEFAULT_HISTORY_LIMITS, ...limits },
    words: words ?? null,
    patience_ms: 10_000,
    vault: slots.restarted(),
    makeVault: () => slots,
  });
  await contents.begin();
  const close = async () => {
    await contents.stop();
    await commit.close();
    kv.close();
  };
  return { history, contents, world, time, slots, close };
}

/** Facts of a recording. */
export function facts(owner: string, more: Partial<RecordingFacts> = {}): RecordingFacts {
  return {
    owner,
    with: "sip:bob@example.test",
    parties: [{ uri: owner, name: "Alice" }, { uri: "sip:bob@example.test", name: "Bob" }],
    group: { uri: "", name: "" },
    subject: "",
    expiresAt: Infinity,
    ...more,
  };
}

/** The n-th message of a conversation. */
export function said(n: number, more: Partial<HistoryMessage> = {}): HistoryMessage {
  return {
    at: Date.UTC(2026, 0, 1) + n * 1000,
    from: { uri: "sip:alice@example.test", name: "Alice" },
    to: "sip:bob@example.test",
    messageId: `m${n}`,
    contentType: "text/plain",
    headers: "",
    file: "",
    body: new TextEncoder().encode(`message ${n}`),
    content: null,
    ...more,
  };
}

/** Appends and waits. */
export function append(talk: Talk, message: HistoryMessage, ...owners: string[]): Promise<Appended> {
  return new Promise((resolve) => talk.append(message, owners, resolve));
}

/** All messages of a recording, in pages. */
export async function readAll(history: History, owner: string, reference: string, page = 50): Promise<SaidMessage[]> {
  const all: SaidMessage[] = [];
  for (;;) {
    const some = await history.read(owner, reference, all.at(-1)?.seq ?? 0, page);
    if (some.length === 0) return all;
    all.push(...some);
  }
}

/** Until everything is put away and cleared away, and what is written lazily is written. */
export async function settled({ history, world, time }: TestHistory): Promise<void> {
  for (let calm = 0; calm < 3;) {
    time.advance(1_100);
    await world.commit.flush();
    await new Promise((resolve) => setTimeout(resolve, 0));
    calm = history.background === 0 && world.commit.waiting === 0 ? calm + 1 : 0;
  }
}

/** A query for everything that `matches`. */
export function query(matches: HistoryQuery["matches"], more: Partial<HistoryQuery> = {}): HistoryQuery {
  return { terms: [], matches, longMatch: () => null, of: () => true, from: 0, until: Infinity, ...more };
}

/** As `settled`, for a whole storage. */
export async function calm({ history }: { readonly history: History }, time: FakeTime): Promise<void> {
  for (let quiet = 0; quiet < 3;) {
    time.advance(1_100);
    // A commit takes as long as it takes.
    await new Promise((resolve) => setTimeout(resolve, 5));
    quiet = (history as LogHistory).background === 0 ? quiet + 1 : 0;
  }
}
