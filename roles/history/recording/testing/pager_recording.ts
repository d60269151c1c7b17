import { silentLog } from "../../../../foundation/mod.ts";
import type { ServerTransaction } from "../../../../transport/sip/mod.ts";
import { type Handler, insertBefore, rowsFrom } from "../../../sip_core/mod.ts";
import type { MemoryStore } from "../../../deferred/testing/memory_store.ts";
import type { AccessRules } from "../../../participating/mod.ts";
import { PagerWorld, settle } from "../../../participating/testing/pager_world.ts";
import type { Received } from "../../../sip_core/testing/core_world.ts";
import { HistoryCommands } from "../history_commands.ts";
import { RecordingRows } from "../recording_rows.ts";
import { FRIENDS, RecordingWorld } from "./recording_world.ts";

export const EXPLODER = "sip:exploder@example.test";

/** A whole pager service whose messages are recorded. For tests only, as all of this file. */
export class PagerRecording {
  readonly recording: RecordingWorld;
  readonly pager: PagerWorld;
  readonly commands: HistoryCommands;
  readonly faults: unknown[] = [];
  /** Transactions behind the rows. */
  readonly passed: ServerTransaction[] = [];
  /** The rows from the target class on, for messages of the box's own. */
  inside: Handler = () => {};
  /** What the list function answers; it is not there in these tests. */
  listAnswer = 202;

  private constructor(recording: RecordingWorld, access?: AccessRules, store?: MemoryStore) {
    this.recording = recording;
    const { desk, kept, time } = recording;
    this.commands = new HistoryCommands({
      desk,
      clock: time,
      host: "example.test",
      failed: (error) => this.faults.push(error),
    });
    const rows = new RecordingRows({
      desk,
      contents: kept.contents,
      pager: { limit_bytes: 1300 },
      clock: time,
      log: silentLog,
      isGroup: (uri) => uri === FRIENDS,
      exploder: EXPLODER,
    });
    this.pager = new PagerWorld(
      { limit_bytes: 200_000, types: [{ type: "*/*", maxBytes: 200_000 }] },
      store,
      undefined,
      access,
      (table) => {
        rows.joinMessages(table);
        insertBefore(table, "terminating", {
          name: "watch",
          element: (next) => (exchange) => {
            this.passed.push(exchange.transaction);
            next(exchange);
          },
        });
        this.inside = rowsFrom(table, "target class");
        insertBefore(table, "content rules", {
          name: "messages to lists",
          element: (next) => (exchange) => {
            const isOurs = exchange.target === EXPLODER || exchange.target === FRIENDS;
            if (isOurs) exchange.reply(this.listAnswer);
            else next(exchange);
          },
        });
        rows.joinLists(table);
        insertBefore(table, "subscribe", this.commands.row);
      },
    );
    this.pager.user("carol");
  }

  /** The same store after a kill; `store`: what is stored for later. */
  static async after({ recording }: PagerRecording, store?: MemoryStore): Promise<PagerRecording> {
    return new PagerRecording(await recording.restarted(), undefined, store);
  }

  static async open(access?: AccessRules): Promise<PagerRecording> {
    return new PagerRecording(await RecordingWorld.open(), access);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.recording[Symbol.asyncDispose]();
  }

  /** Alice writes to bob, whose one device is there and answers 200. */
  async deliver(text: string, facts: Parameters<PagerWorld["message"]>[1] = {}): Promise<Received> {
    const before = this.pager.sent.length;
    const received = this.pager.message(text, facts);
    await settle();
    for (const sent of this.pager.sent.slice(before)) sent.answer(200);
    await this.recording.settled();
    return received;
  }
}
