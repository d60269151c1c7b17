import { silentLog } from "../../../../foundation/mod.ts";
import type { History, HistoryMessage, RecordingFacts, StoredContent, TalkKind } from "../../../../storage/mod.ts";
import { append, openTestHistory, settled, type TestHistory } from "../../../../storage/testing_history.ts";
import { writeContent } from "../../../../storage/testing_contents.ts";
import { ListWorld, settle } from "../../../deferred/list/testing/list_world.ts";
import type { Received } from "../../../sip_core/testing/core_world.ts";
import { DEFAULT_HISTORY, type HistorySettings } from "../../history_settings.ts";
import { RecordedConversations } from "../../recorded_conversations.ts";
import { naming, offer, Reader } from "./reader.ts";
import { ALICE, BEGIN, BOB, saying } from "./said.ts";

export const HISTORY = "sip:history@example.test";

/** Pages of messages and blocks of contents so far; `fail`: what further pages reject with. */
interface Reads {
  pages: number;
  blocks: number;
  fail: Error | null;
}

/** What users of example.test have recorded, over a real store in memory, and beside it what waits for them. For tests only. */
export class HistoryWorld extends ListWorld {
  readonly kept: TestHistory;
  readonly history: History;
  readonly recorded: RecordedConversations;
  readonly terms: HistorySettings = { ...DEFAULT_HISTORY };
  readonly reads: Reads;

  private constructor(kept: TestHistory) {
    const made: { recorded?: RecordedConversations } = {};
    const reads: Reads = { pages: 0, blocks: 0, fail: null };
    super({
      others: {
        isOne: (reference) => made.recorded!.isOne(reference),
        hasAll: (aor, references) => made.recorded!.hasAll(aor, references),
        remove: (aor, references) => made.recorded!.remove(aor, references),
      },
      contents: {
        read: (...asked) => {
          reads.blocks++;
          return kept.contents.read(...asked);
        },
      },
    });
    this.kept = kept;
    this.reads = reads;
    this.history = kept.history;
    const { history } = kept;
    this.recorded = made.recorded = new RecordedConversations({
      history: {
        list: (...asked) => history.list(...asked),
        find: (...asked) => history.find(...asked),
        change: (...asked) => history.change(...asked),
        remove: (...asked) => history.remove(...asked),
        read: (...asked) => {
          reads.pages++;
          if (reads.fail !== null) return Promise.reject(reads.fail);
          return history.read(...asked);
        },
      },
      settings: this.terms,
      push: this.push,
      remade: ({ auid, owner, name }) => this.remade.push(`${auid} ${owner} ${name}`),
      clock: this.time,
      timers: this.time.timers,
      log: silentLog,
    });
    history.onChanged = (owner) => this.recorded.changed(owner);
    this.serve(this.recorded.row);
  }

  static async open(): Promise<HistoryWorld> {
    return new HistoryWorld(await openTestHistory());
  }

  /** What was said with alice, and bob records; the recording's reference. */
  async talk(
    messages: readonly (string | Partial<HistoryMessage>)[],
    { kind = "session", more = {}, open = false }: {
      kind?: TalkKind;
      more?: Partial<RecordingFacts>;
      open?: boolean;
    } = {},
  ): Promise<string> {
    const talk = this.history.begin(kind);
    const owner = more.owner ?? BOB;
    talk.join({
      owner,
      with: ALICE,
      parties: [{ uri: owner, name: "Bob" }, { uri: ALICE, name: "Alice" }],
      group: { uri: "", name: "" },
      subject: "",
      expiresAt: Infinity,
      ...more,
    });
    let at = BEGIN;
    for (const message of messages) {
      const facts = typeof message === "string" ? { body: new TextEncoder().encode(message) } : message;
      const { error, full } = await append(talk, saying("", { at: at++, ...facts }), owner);
      if (error !== null || full.length > 0) throw error ?? new Error("full");
    }
    const reference = talk.referenceOf(owner)!;
    if (!open) talk.close();
    await settled(this.kept);
    return reference;
  }

  content(octets: Uint8Array): Promise<StoredContent> {
    return writeContent(this.kept.contents, octets);
  }

  /** bob's INVITE that names these. */
  fetch(references: readonly string[], facts: { from?: string; uri?: string; sdp?: string } = {}): Received {
    const { uri = HISTORY, from, sdp = offer() } = facts;
    return this.ask("INVITE", uri, { ...naming(references, sdp), from });
  }

  /** The same, and everything that comes. */
  async read(...references: string[]): Promise<Reader> {
    const invited = this.fetch(references);
    if (invited.last.status !== 200) throw new Error(`${invited.last.status} ${invited.last.reason}`);
    const reader = new Reader(this, invited);
    await this.until(() => reader.closed !== "" || this.sentOf("BYE").some(({ pending }) => pending));
    return reader;
  }

  /** Lets everything happen until it is so. Throws where it does not come to be. */
  async until(isSo: () => boolean): Promise<void> {
    for (let turns = 0; !isSo(); turns++) {
      if (turns === 2000) throw new Error("it does not come to be");
      await settle();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.recorded.stop();
    await this.kept.close();
  }
}
