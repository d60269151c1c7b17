import { silentLog, type Timers, utf8 } from "../../../../foundation/mod.ts";
import type { FakeTime } from "../../../../foundation/testing.ts";
import { KvRecords } from "../../../../storage/records.ts";
import { WriteQueue } from "../../../../storage/kv/write_queue.ts";
import { commitOver, FaultyKv } from "../../../../storage/testing.ts";
import { historyOver, openTestHistory, type TestHistory } from "../../../../storage/testing_history.ts";
import type { HistoryLimits, HistoryMessage, Recording, SaidMessage, TalkKind } from "../../../../storage/mod.ts";
import type { Teller } from "../../../deferred/mod.ts";
import { DEFAULT_HISTORY, type HistorySettings } from "../../history_settings.ts";
import { Desk } from "../desk.ts";
import type { Conversation, Listener } from "../desk_types.ts";
import { HISTORY_WISHES, type WishRecord } from "../wish_record.ts";
import { type PublishedRecording, Wishes } from "../wishes.ts";

export const ALICE = "sip:alice@example.test";
export const BOB = "sip:bob@example.test";
export const CAROL = "sip:carol@example.test";
export const FRIENDS = "sip:friends@example.test";

/** Says nothing to anybody, and remembers it. */
export class FakeTeller implements Teller {
  readonly told: { readonly aor: string; readonly cause: string; readonly text: string }[] = [];
  readonly #marks = new Set<string>();

  tell(aor: string, cause: string, text: string): Promise<boolean> {
    const mark = `${cause} ${aor}`;
    if (this.#marks.has(mark)) return Promise.resolve(false);
    this.#marks.add(mark);
    this.told.push({ aor, cause, text });
    return Promise.resolve(true);
  }
  forget(aor: string, cause: string): Promise<void> {
    this.#marks.delete(`${cause} ${aor}`);
    return Promise.resolve();
  }
  /** Texts for one user. */
  to(aor: string): string[] {
    return this.told.filter((one) => one.aor === aor).map(({ text }) => text);
  }
}

/** A store whose commits wait where a test says so, and fail where it says so. */
export class HeldKv extends FaultyKv {
  #gate: Promise<void> = Promise.resolve();
  #open: () => void = () => {};

  hold(): void {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#gate = promise;
    this.#open = resolve;
  }
  release(): void {
    this.#open();
  }
  override atomic(): Deno.AtomicOperation {
    const atomic = super.atomic();
    const commit = atomic.commit.bind(atomic);
    atomic.commit = async () => {
      await this.#gate;
      return await commit();
    };
    return atomic;
  }
}

/** A desk over a real history in memory, in a time that stands still. For tests only, as all of this file. */
export class RecordingWorld {
  readonly kept: TestHistory;
  readonly kv: HeldKv;
  readonly time: FakeTime;
  readonly timers: Timers;
  readonly settings: HistorySettings;
  readonly published: Map<string, PublishedRecording>;
  readonly teller: FakeTeller;
  readonly users: Set<string>;
  readonly wishes: Wishes;
  readonly desk: Desk;

  private constructor(kept: TestHistory, kv: HeldKv, records: KvRecords<WishRecord>, before: RecordingWorld | null) {
    this.kept = kept;
    this.kv = kv;
    this.time = kept.time;
    this.timers = kept.time.timers;
    this.settings = before?.settings ?? { ...DEFAULT_HISTORY };
    this.published = before?.published ?? new Map();
    this.teller = before?.teller ?? new FakeTeller();
    this.users = before?.users ?? new Set([ALICE, BOB, CAROL]);
    const { published, settings, users, time, teller } = this;
    const isUser = (aor: string) => users.has(aor);
    this.wishes = new Wishes({
      records,
      published: { recordingOf: (aor) => published.get(aor) ?? null, publishers: () => published.keys() },
      settings,
      isUser,
    });
    this.desk = new Desk({
      history: kept.history,
      settings,
      wishes: this.wishes,
      isUser,
      isWrittenTo: (uri) => users.has(uri) || uri === FRIENDS || !uri.endsWith("example.test"),
      teller,
      clock: time,
      timers: time.timers,
      log: silentLog,
    });
    kept.history.onChanged = (owner) => this.desk.recordingChanged(owner);
  }

  static async open(limits: Partial<HistoryLimits> = {}): Promise<RecordingWorld> {
    let kv: HeldKv | null = null;
    const kept = await openTestHistory({ limits, wrap: (inner) => kv = new HeldKv(inner) });
    return new RecordingWorld(kept, kv!, await recordsOf(kept), null);
  }

  /** The same store after a restart; what is held back is lost, as by a kill. */
  async restarted(): Promise<RecordingWorld> {
    const kv = new HeldKv(this.kept.world.kv);
    const world = { ...this.kept.world, commit: commitOver(kv, this.time) };
    const kept = await historyOver(world, this.kept.slots);
    return new RecordingWorld(kept, kv, await recordsOf(kept), this);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.desk.stop();
    await this.kept.close();
  }

  publish(aor: string, recording: PublishedRecording | null): void {
    if (recording === null) this.published.delete(aor);
    else this.published.set(aor, recording);
    this.wishes.publishedChanged(aor);
  }

  room(names: readonly string[], kind: TalkKind = "room"): Conversation {
    return this.desk.open({ kind, names, group: { uri: names[0], name: "" }, subject: "" });
  }

  /** Resolves when it may be acknowledged. */
  pager(message: HistoryMessage, owners: readonly Listener[], kind: "pager" | "large" = "pager"): Promise<void> {
    return new Promise((resolve) => this.desk.pager(message, owners, kind, resolve));
  }

  /** Everything that has been begun is written. */
  async settled(): Promise<void> {
    for (let i = 0; i < 4; i++) {
      for (let turn = 0; turn < 20; turn++) await Promise.resolve();
      await this.kept.world.commit.flush();
    }
  }

  list(owner: string): readonly Recording[] {
    return this.kept.history.list(owner);
  }

  /** All that an owner has been recorded, in order of their conversations, the latest last. */
  async messages(owner: string): Promise<SaidMessage[]> {
    const all: SaidMessage[] = [];
    for (const { reference } of [...this.list(owner)].reverse()) {
      all.push(...await this.kept.history.read(owner, reference, 0, 1000));
    }
    return all;
  }

  async texts(owner: string): Promise<string[]> {
    return (await this.messages(owner)).map(({ body }) => new TextDecoder().decode(body));
  }
}

async function recordsOf({ world: { kv, commit, sealer } }: TestHistory): Promise<KvRecords<WishRecord>> {
  return await KvRecords.open(HISTORY_WISHES.name, HISTORY_WISHES.max, {
    kv,
    sealer,
    queue: new WriteQueue(kv, commit),
  });
}

let count = 0;

/** Something that alice says to bob. */
export function saying(text: string, more: Partial<HistoryMessage> = {}): HistoryMessage {
  return {
    at: Date.UTC(2026, 0, 1),
    from: { uri: ALICE, name: "Alice" },
    to: BOB,
    messageId: `call${++count} 1`,
    contentType: "text/plain",
    headers: "",
    file: "",
    body: utf8(text),
    content: null,
    ...more,
  };
}

export function listener(aor: string, other: string): Listener {
  return { aor, with: other, parties: [{ uri: aor, name: "" }, { uri: other, name: "" }] };
}

/** Resolves when it may be acknowledged. */
export function said(conversation: Conversation, message: HistoryMessage, aors: readonly string[]): Promise<void> {
  return new Promise((resolve) => conversation.said(message, aors, resolve));
}
