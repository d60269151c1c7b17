import type { Clock, Log, Timers } from "../../../foundation/mod.ts";
import { type History, type HistoryMessage, StorageError, type TalkKind } from "../../../storage/mod.ts";
import { KeyTable } from "../../../transport/sip/mod.ts";
import type { Teller } from "../../deferred/mod.ts";
import type { HistorySettings } from "../history_settings.ts";
import type { CommandRefusal, Conversation, ConversationFacts, Listener, RecordingDesk } from "./desk_types.ts";
import { EarlierMessages } from "./earlier_messages.ts";
import { FillNotices } from "./fill_notices.ts";
import { type About, ABOUT_NOTHING, Keeper } from "./keeper.ts";
import { type ConversationHost, OpenConversation } from "./open_conversation.ts";
import { PagerTalks } from "./pager_talks.ts";
import { foldedOf, StartNotices, userOf } from "./start_notices.ts";
import { StoreTrouble } from "./store_trouble.ts";
import type { Wishes } from "./wishes.ts";

export interface DeskParts {
  readonly history: Pick<History, "begin" | "change" | "find" | "list" | "read" | "taken">;
  /** Live. */
  readonly settings: HistorySettings;
  readonly wishes: Wishes;
  /** True for the folded address of a user of ours. */
  readonly isUser: (aor: string) => boolean;
  /** True for a folded address that can be written to by MESSAGE: a user, a group, anybody of other domains. */
  readonly isWrittenTo: (uri: string) => boolean;
  readonly teller: Teller;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: Log;
}

const NOT_ALLOWED: CommandRefusal = { status: 403, reason: "Recording Is Not Allowed Here" };
const NO_SUCH: CommandRefusal = { status: 404, reason: "You Take Part In No Such Conversation" };
const FULL: CommandRefusal = { status: 480, reason: "Your Recordings Are Full" };
const TOO_MANY: CommandRefusal = { status: 480, reason: "Too Many Conversations Are Recorded By Command" };
const NOT_STORED: CommandRefusal = { status: 480, reason: "The Command Could Not Be Stored" };

/** Where conversations are recorded: knows those that go on, who wants what, and puts what is said into the history. */
export class Desk implements RecordingDesk, ConversationHost {
  readonly keeper: Keeper;
  readonly notices: StartNotices;
  readonly wishes: Wishes;
  readonly #parts: DeskParts;
  readonly #fill: FillNotices;
  readonly #trouble: StoreTrouble;
  readonly #pager: PagerTalks;
  /** Conversations that go on, by who takes part, and as a list through themselves. No `Map`: see `KeyTable`. */
  readonly #of = new KeyTable<OpenConversation[]>();
  #first: OpenConversation | null = null;
  /** Participants who record by command. */
  #ordered = 0;
  #stopped = false;

  constructor(parts: DeskParts) {
    this.#parts = parts;
    const { history, settings, wishes, isUser, teller, clock, timers, log } = parts;
    this.wishes = wishes;
    this.#fill = new FillNotices({ history, settings, teller, log });
    this.#trouble = new StoreTrouble({ teller, clock, timers, log });
    this.keeper = new Keeper({ history, settings, fill: this.#fill, trouble: this.#trouble, clock, log });
    this.notices = new StartNotices({ settings, teller, isUser, log });
    this.#pager = new PagerTalks({
      keeper: this.keeper,
      wishes,
      notices: this.notices,
      earlier: new EarlierMessages(history, clock),
      settings,
      clock,
      timers,
      log,
    });
    wishes.onChanged = (aor) => this.#review(aor);
  }

  get idle(): boolean {
    return !this.#parts.settings.enabled || (this.#ordered === 0 && this.wishes.idle);
  }

  get enabled(): boolean {
    return this.#parts.settings.enabled;
  }

  wants(aor: string, kind: TalkKind): boolean {
    // With whom a large message is, and whether that was ordered, its conversation knows.
    return this.wishes.wants(aor, kind) || (kind === "large" && this.wishes.hasPairs(aor));
  }

  wantsWith(aor: string, other: string, kind: TalkKind): boolean {
    return kind === "large" ? this.wishes.wantsWith(aor, other, kind) : this.wishes.wants(aor, kind);
  }

  open(facts: ConversationFacts): Conversation {
    const conversation = new OpenConversation(this, facts);
    conversation.next = this.#first;
    if (this.#first !== null) this.#first.previous = conversation;
    return this.#first = conversation;
  }

  /** `about`: the group it is written to, and what it is about, for a conversation that begins with it. */
  pager(
    message: HistoryMessage,
    owners: readonly Listener[],
    kind: "pager" | "large",
    done: () => void,
    about: About = ABOUT_NOTHING,
  ): void {
    if (this.idle) return queueMicrotask(done);
    this.#pager.say(message, owners, kind, about, done);
  }

  /** Something that these wanted recorded could not be kept: its content, say. They are told. */
  couldNotKeep(aors: Iterable<string>, error: StorageError): void {
    this.keeper.couldNotKeep(aors, error);
  }

  command(aor: string, name: string, action: "start" | "stop", recordingName: string): CommandRefusal | null {
    const outcome = this.#carryOut(aor, name, action, recordingName);
    if (!(outcome instanceof Promise)) return outcome;
    outcome.catch((error: unknown) =>
      this.#parts.log.error("a command to record failed", { user: aor, error: String(error) })
    );
    return null;
  }

  /** The same, told when what is to outlast a restart is stored. Rejects with a fault of ours only. */
  async order(
    aor: string,
    name: string,
    action: "start" | "stop",
    recordingName: string,
  ): Promise<CommandRefusal | null> {
    return await this.#carryOut(aor, name, action, recordingName);
  }

  /** A recording of this owner is another one, or gone: there may be room again. For `History.onChanged`. */
  recordingChanged(owner: string): void {
    if (this.keeper.emptied(owner)) {
      for (const conversation of this.#of.get(owner) ?? []) conversation.review(owner, true);
    }
    this.#fill.look(owner);
  }

  /** What has expired goes now, wall time ms: of conversations that go on, nothing that is said from now on goes with it. */
  renew(now: number): void {
    for (const one of this.#all()) for (const aor of one.aors) one.renew(aor, now);
  }

  /** The live settings are others. */
  settingsChanged(): void {
    this.keeper.limitsChanged();
    this.wishes.settingsChanged();
  }

  /** The user is gone: nothing more of theirs is recorded, and their wishes go. Rejects with StorageError. */
  async forget(aor: string): Promise<void> {
    for (const conversation of [...this.#of.get(aor) ?? []]) conversation.leave(aor);
    this.#pager.forget(aor);
    this.keeper.forget(aor);
    await this.wishes.forget(aor);
  }

  /** Conversations by MESSAGE end with the box; sessions and rooms end theirs. */
  stop(): void {
    this.#stopped = true;
    this.#pager.close();
    this.#trouble.stop();
  }

  /** Conversations that go on. */
  get conversations(): number {
    return [...this.#all()].length + this.#pager.size;
  }

  orderOf(aor: string, room: string): "start" | "stop" | null {
    return this.wishes.orderOf(aor, room);
  }

  unorder(aor: string, room: string): void {
    // Rooms end with the box, and go on after it.
    if (this.#stopped) return;
    this.wishes.unorder(aor, room).catch((error: unknown) =>
      this.#parts.log.warn("a command about a room that is over is still stored", { user: aor, error: String(error) })
    );
  }

  ordered(more: number): void {
    this.#ordered += more;
  }

  entered(conversation: OpenConversation, aor: string): void {
    const there = this.#of.get(aor);
    if (there === undefined) this.#of.add(aor, [conversation]);
    else there.push(conversation);
  }

  left(conversation: OpenConversation, aor: string): void {
    const there = this.#of.get(aor);
    const at = there?.indexOf(conversation) ?? -1;
    if (there === undefined || at < 0) return;
    if (there.length === 1) this.#of.delete(aor);
    else there.splice(at, 1);
  }

  closed(conversation: OpenConversation): void {
    const { previous, next } = conversation;
    if (previous !== null) previous.next = next;
    else if (this.#first === conversation) this.#first = next;
    if (next !== null) next.previous = previous;
    conversation.previous = conversation.next = null;
  }

  *#all(): Generator<OpenConversation> {
    for (let one = this.#first; one !== null; one = one.next) yield one;
  }

  #carryOut(
    aor: string,
    name: string,
    action: "start" | "stop",
    recordingName: string,
  ): CommandRefusal | null | Promise<CommandRefusal | null> {
    if (!this.enabled) return NOT_ALLOWED;
    const other = foldedOf(name);
    const names = [name, other, userOf(name)].filter((each) => each !== "");
    const named = (this.#of.get(aor) ?? []).filter((one) => one.facts.names.some((each) => names.includes(each)));
    if (named.length > 0) {
      const refusal = this.#each(named, aor, action, recordingName);
      const room = named.find(({ isRoom }) => isRoom);
      // It is recorded by now; stored it is for a restart only.
      return refusal !== null || room === undefined
        ? refusal
        : this.#store(aor, room.peerOf(aor)!, action).then(() => null);
    }
    if (other === "" || other === aor || !this.#parts.isWrittenTo(other)) return NO_SUCH;
    if (action === "start" && !this.keeper.hasRoom(aor)) return FULL;
    // What they have open with each other besides goes along.
    const open = [...this.#of.get(aor) ?? []].filter((one) => one.peerOf(aor) === other);
    this.#each(open, aor, action, recordingName);
    if (action === "start" && recordingName !== "") this.#pager.name(aor, other, recordingName);
    if (action === "stop") this.#pager.stop(aor, other);
    return this.#store(aor, other, action);
  }

  #store(aor: string, other: string, action: "start" | "stop"): Promise<CommandRefusal | null> {
    return this.wishes.order(aor, other, action).then(() => null, (error: unknown) => {
      if (!(error instanceof RangeError || error instanceof StorageError)) throw error;
      this.#parts.log.warn("a command to record could not be stored", { user: aor, error: error.message });
      return error instanceof RangeError ? TOO_MANY : NOT_STORED;
    });
  }

  #each(
    conversations: readonly OpenConversation[],
    aor: string,
    action: "start" | "stop",
    name: string,
  ): CommandRefusal | null {
    let refusal: CommandRefusal | null = null;
    for (const conversation of new Set(conversations)) refusal = conversation.command(aor, action, name) ?? refusal;
    return refusal;
  }

  #review(aor: string | null): void {
    if (aor !== null) {
      for (const conversation of this.#of.get(aor) ?? []) conversation.review(aor);
    } else {
      for (const one of this.#all()) for (const each of one.aors) one.review(each, true);
    }
    this.#pager.review(aor);
  }
}
