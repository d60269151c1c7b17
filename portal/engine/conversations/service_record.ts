import { type ReadonlySignal, type Signal, signal } from "@preact/signals-core";
import type { Timed, Timer } from "../../../foundation/mod.ts";
import { type EngineParts, RestProblem } from "../doors.ts";
import { isPairOf, isTexts, storedList } from "../local_json.ts";
import { asProblem } from "../outcomes.ts";
import { sameAddress } from "./conversation_key.ts";
import type { ConversationTable } from "./conversation_table.ts";
import type { Conversation } from "./conversation.ts";
import type { HistoryPages, RecordedConversation, ServerMark } from "./history_pages.ts";

/** Conversations of one list; whose latest messages are read at the start. */
const LIST = 100, FIRST = 20;
/** Changes that are told in quick succession are looked at together. */
const TOLD_MS = 5_000;
/** What is not told: how far other devices have read. */
const POLL_MS = 60_000;
/** A failure is followed by the next try. */
const RETRY_MS = 10_000;
/** How far it is read is told when nobody has read on for so long. */
const MARK_MS = 1_500;

const LOOK = 1, MARK = 2;
/** Kept over a reload: conversations that are read farther than the service knows. */
const READ = "read", MOST_READ = 50;

/** Where messages to many go. */
const EXPLODER = /^sip:exploder@/i;

/** Brings conversations and what the service has recorded of them together: what was said elsewhere, and how far it is read. */
export class ServiceRecord implements Timed {
  readonly #parts: EngineParts;
  readonly #pages: HistoryPages;
  readonly #table: ConversationTable;
  readonly #state: Signal<"loading" | "ready" | "failed"> = signal("loading");
  readonly #document: string;
  /** How far these are read the service does not know yet. */
  readonly #read = new Set<Conversation>();
  /** The service keeps conversations of this user, as far as it has said. */
  #keeps = false;
  #looking: Promise<void> | null = null;
  #again = false;
  #look: Timer | null = null;
  #lookDue = Infinity;
  #lookedAt = -Infinity;
  #mark: Timer | null = null;

  constructor(parts: EngineParts, pages: HistoryPages, table: ConversationTable) {
    this.#parts = parts;
    this.#pages = pages;
    this.#table = table;
    const { link } = parts;
    this.#document = `org.openmobilealliance.conv-history/users/${link.me.uri}/conv-history`;
    link.client.watchDocuments([this.#document]);
    link.listen({
      onDocuments: (paths) => {
        if (paths.includes(this.#document)) this.#lookIn(TOLD_MS);
      },
    });
    link.state.subscribe((state) => {
      if (state !== "online") return;
      this.#lookIn(0);
      if (this.#read.size > 0) this.#markIn(0);
    });
    // Who comes back to this page may have read elsewhere.
    link.woken?.subscribe(() => {
      if (link.state.peek() === "online" && parts.clock.monotonic() - this.#lookedAt > TOLD_MS) this.#lookIn(0);
    });
  }

  get state(): ReadonlySignal<"loading" | "ready" | "failed"> {
    return this.#state;
  }

  /** How far this one is read is to be told: by this page, or by its next life. */
  read(conversation: Conversation): void {
    this.#read.add(conversation);
    this.#keepRead();
    this.#markIn(MARK_MS);
  }

  /** What an earlier life of this page has seen, and could not tell. */
  recall(): void {
    for (const [key, ids] of storedList(this.#parts.store, READ, isPairOf(isTexts))) {
      const conversation = this.#table.with({ uri: key, name: "" });
      conversation.seenElsewhere(ids);
      this.#read.add(conversation);
    }
  }

  onTimer(kind: number): void {
    if (kind === LOOK) {
      this.#look = null;
      this.#lookDue = Infinity;
      void this.#lookNow();
    } else {
      this.#mark = null;
      void this.#tellMarks();
    }
  }

  #lookIn(ms: number): void {
    const due = this.#parts.clock.monotonic() + ms;
    if (due >= this.#lookDue) return;
    this.#look?.stop();
    this.#lookDue = due;
    this.#look = this.#parts.timers.start(ms, this, LOOK);
  }

  #markIn(ms: number): void {
    this.#mark ??= this.#parts.timers.start(ms, this, MARK);
  }

  async #lookNow(): Promise<void> {
    if (this.#looking !== null) {
      this.#again = true;
      return;
    }
    if (this.#parts.link.state.peek() !== "online") return;
    this.#looking = this.#lookOnce().finally(() => this.#looking = null);
    await this.#looking;
    if (!this.#again) return;
    this.#again = false;
    this.#lookIn(TOLD_MS);
  }

  async #lookOnce(): Promise<void> {
    this.#lookedAt = this.#parts.clock.monotonic();
    try {
      const [{ conversations }, marks] = await Promise.all([this.#pages.conversations(LIST), this.#pages.marks(LIST)]);
      this.#keeps = true;
      const groups = this.#grouped(conversations);
      for (const mark of marks) this.#marked(mark);
      let first = 0, isWhole = true;
      for (const [conversation, recorded] of groups) {
        const wanted = conversation.record.past.known || first++ < FIRST;
        if (wanted && conversation.record.past.behind(recorded)) {
          isWhole = await conversation.record.catchUp(recorded) && isWhole;
        }
      }
      // Once more: what was counted may be here now.
      for (const mark of marks) this.#marked(mark);
      this.#table.moved();
      this.#state.value = "ready";
      this.#lookIn(isWhole ? POLL_MS : RETRY_MS);
    } catch (error) {
      const { status, retryAfter } = asProblem(error);
      // No conversations are kept for this user, or by this box.
      const isNone = status === 403 || status === 404;
      if (isNone) this.#keeps = false;
      if (isNone) this.#state.value = "ready";
      else if (this.#state.peek() === "loading") this.#state.value = "failed";
      if (status !== 401) this.#lookIn(Math.max(isNone ? POLL_MS : RETRY_MS, retryAfter * 1000));
    }
  }

  /** By conversation, the latest first; their recordings the latest first, too. */
  #grouped(recorded: readonly RecordedConversation[]): Map<Conversation, RecordedConversation[]> {
    const groups = new Map<Conversation, RecordedConversation[]>();
    for (const one of recorded) {
      const isRoom = one.kind === "room" || one.group !== null;
      const name = one.group?.name ?? one.parties.find(({ uri }) => sameAddress(uri, one.with))?.name ?? "";
      // What was sent to many stands in the conversations with them.
      if (EXPLODER.test(one.with)) continue;
      const conversation = isRoom
        ? this.#table.roomAt({
          key: this.#table.keyOf(one.with),
          uri: one.with,
          name,
          subject: one.subject,
          isPublic: false,
          alias: "",
        })
        : this.#table.with({ uri: one.with, name });
      conversation.endedAt = Math.max(conversation.endedAt, one.ended_at);
      const group = groups.get(conversation);
      if (group === undefined) groups.set(conversation, [one]);
      else group.push(one);
    }
    return groups;
  }

  #marked(mark: ServerMark): void {
    const conversation = this.#table.find(mark.with);
    // What was read here counts, until the service knows it.
    if (conversation !== null && !this.#read.has(conversation)) conversation.marked(mark);
  }

  async #tellMarks(): Promise<void> {
    if (this.#parts.link.state.peek() !== "online") return;
    for (const conversation of [...this.#read]) {
      this.#read.delete(conversation);
      try {
        await this.#tellMark(conversation);
      } catch (error) {
        const { status } = asProblem(error);
        // Signed out, the next life tells it; what is not recorded (any more) nobody else has to know.
        const isOver = status >= 400 && status < 500 && status !== 401 && status !== 429;
        if (!isOver) {
          this.#read.add(conversation);
          return this.#markIn(RETRY_MS);
        }
      }
      this.#keepRead();
    }
  }

  #keepRead(): void {
    const { store } = this.#parts;
    const kept = [...this.#read].slice(-MOST_READ).map((one) => [one.key, one.lastRead]);
    if (kept.length === 0) store.remove(READ);
    else store.set(READ, JSON.stringify(kept));
  }

  async #tellMark(conversation: Conversation): Promise<void> {
    // The last ones are here, but not their places in the record. What has just begun was not recorded when it was looked at.
    if (
      !conversation.record.past.known ||
      (conversation.record.readUpTo.unknown && (this.#keeps || conversation.older.peek() !== "unrecorded"))
    ) {
      if (!await conversation.record.catchUp()) {
        throw new RestProblem({ status: 0, text: "", retryAfter: 0, fields: {} });
      }
    }
    const place = conversation.record.readUpTo.place?.place;
    if (place == null) return;
    const mark = await this.#pages.mark(conversation.address, place.reference, place.seq);
    if (!this.#read.has(conversation)) conversation.marked(mark);
  }
}
