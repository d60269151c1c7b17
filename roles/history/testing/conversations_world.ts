import { utf8 } from "../../../foundation/mod.ts";
import type { FakeTime } from "../../../foundation/testing.ts";
import type { Appended, HistoryMessage, RecordingFacts, StoredContent, Talk, TalkKind } from "../../../storage/mod.ts";
import { openTestHistory, settled, type TestHistory } from "../../../storage/testing_history.ts";
import { DEFAULT_HISTORY, type HistorySettings } from "../history_settings.ts";
import type { CommandRefusal } from "../recording/desk_types.ts";
import type { RecordWish, UserWishes } from "../recording/wishes.ts";
import { HISTORY_WORDS } from "../search/terms.ts";
import { BoxConversations } from "../service/box_conversations.ts";
import { ALICE, BOB, messageOf } from "./messages.ts";

/** Users' conversations over a real history in memory. For tests only. */
export class ConversationsWorld implements AsyncDisposable {
  readonly history: TestHistory["history"];
  readonly contents: TestHistory["contents"];
  readonly time: FakeTime;
  readonly settings: HistorySettings = { ...DEFAULT_HISTORY };
  readonly wishes = new Map<string, RecordWish>();
  readonly commands: string[] = [];
  refusal: CommandRefusal | null = null;
  readonly conversations: BoxConversations;
  readonly #test: TestHistory;

  private constructor(test: TestHistory) {
    this.#test = test;
    this.history = test.history;
    this.contents = test.contents;
    this.time = test.time;
    this.conversations = new BoxConversations({
      history: test.history,
      contents: test.contents,
      wishes: {
        get: (aor) => this.#wishesOf(aor),
        set: async (aor, record) => {
          if (record === null) this.wishes.delete(aor);
          else this.wishes.set(aor, record);
        },
      },
      desk: {
        order: (aor, name, action, recordingName) => {
          this.commands.push(`${aor} ${action} ${name} ${recordingName}`);
          return Promise.resolve(this.refusal);
        },
      },
      settings: this.settings,
      clock: test.time,
    });
  }

  static async open(): Promise<ConversationsWorld> {
    return new ConversationsWorld(await openTestHistory({ words: HISTORY_WORDS }));
  }

  /** A conversation that these record, with what is said in it, a second after each other; closed. Gives alice's, or the first one's, reference. */
  async record(
    messages: readonly (string | Partial<HistoryMessage>)[],
    more: Partial<RecordingFacts> & {
      readonly kind?: TalkKind;
      readonly owners?: readonly string[];
      readonly open?: boolean;
    } = {},
  ): Promise<string> {
    const { kind = "pager", owners = [ALICE], open = false, ...facts } = more;
    const talk = this.history.begin(kind);
    for (const owner of owners) talk.join(factsOf(owner, facts));
    for (const message of messages) {
      const given = typeof message === "string" ? { body: utf8(message) } : message;
      this.time.jump(1000);
      await said(talk, messageOf(new Uint8Array(), { at: this.time.now(), ...given }), owners);
    }
    const reference = talk.referenceOf(owners[0])!;
    if (!open) talk.close();
    return reference;
  }

  /** A content, for a message that is too large for a record. */
  async content(octets: Uint8Array): Promise<StoredContent> {
    const writer = this.contents.write();
    for (let at = 0; at < octets.length; at += 200_000) {
      while (writer.full) await new Promise<void>((resolve) => writer.onRoom = resolve);
      writer.write(octets.subarray(at, at + 200_000));
    }
    return await new Promise((resolve, reject) =>
      writer.finish((outcome) => "sha256" in outcome ? resolve(outcome) : reject(outcome))
    );
  }

  /** Until what was said is put away. */
  async settled(): Promise<void> {
    await settled(this.#test);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#test.close();
  }

  #wishesOf(aor: string): UserWishes {
    const record = this.wishes.get(aor) ?? null;
    return { record, published: null, inForce: record ?? this.settings.record, pairs: [], without: [] };
  }
}

function factsOf(owner: string, more: Partial<RecordingFacts>): RecordingFacts {
  const other = owner === BOB ? ALICE : BOB;
  return {
    owner,
    with: other,
    parties: [{ uri: owner, name: nameOf(owner) }, { uri: other, name: nameOf(other) }],
    group: { uri: "", name: "" },
    subject: "",
    expiresAt: Infinity,
    ...more,
  };
}

function nameOf(aor: string): string {
  const user = aor.slice(4, aor.indexOf("@"));
  return user[0].toUpperCase() + user.slice(1);
}

async function said(talk: Talk, message: HistoryMessage, owners: readonly string[]): Promise<void> {
  const outcome = await new Promise<Appended>((resolve) => talk.append(message, owners, resolve));
  if (outcome.error !== null) throw outcome.error;
}
