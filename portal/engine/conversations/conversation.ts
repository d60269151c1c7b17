import { computed, type ReadonlySignal, type Signal, signal } from "@preact/signals-core";
import type { ReceivedMessage } from "../../../client/mod.ts";
import type {
  ConversationKind,
  ConversationModel,
  EventCode,
  LocalFile,
  LocationPart,
  MessageModel,
  RoomModel,
  SendProblem,
  SessionState,
} from "../../model/mod.ts";
import { ConversationFiles } from "./conversation_files.ts";
import type { ConversationHost } from "./conversation_host.ts";
import { sameAddress } from "./conversation_key.ts";
import { ConversationRecord, GAP } from "./conversation_record.ts";
import { ConversationSending } from "./conversation_sending.ts";
import { Draft } from "./draft.ts";
import type { ServerMark } from "./history_pages.ts";
import { partOf } from "./message_part.ts";
import { Message } from "./message.ts";
import { newIdentity } from "./new_identity.ts";
import type { OutgoingEntry } from "./outgoing_entry.ts";
import type { Room } from "./room.ts";
import { plainMessages, type TabMessage } from "./tab_talk.ts";
import { Timeline } from "./timeline.ts";
import { Unread } from "./unread.ts";
import { Writers } from "./writers.ts";

/** A clock that goes before ours by more is wrong. */
const AHEAD_MS = 5_000;
/** Messages that another tab is told of. */
const TOLD = 100;
/** Of the latest messages that are read: enough to know in another life how far. */
const READ = 10;

/** What is said with one person, in one room, or by the service. */
export class Conversation implements ConversationModel {
  readonly key: string;
  readonly kind: ConversationKind;
  readonly title: ReadonlySignal<string>;
  readonly last: ReadonlySignal<MessageModel | null>;
  readonly #draft: Draft;
  readonly session: Signal<SessionState> = signal("none");
  readonly muted: ReadonlySignal<boolean>;
  readonly writers = new Writers();
  readonly files: ConversationFiles;
  /** Its room as the engine sees it; null for one person. */
  readonly inRoom: Room | null;
  readonly #host: ConversationHost;
  readonly #timeline = new Timeline();
  readonly #unread = new Unread(this.#timeline.messages);
  readonly record: ConversationRecord;
  readonly #sending: ConversationSending;
  readonly #name: Signal<string>;
  #address: string;
  #events = 0;
  /** When something was said last that may not be in memory. */
  endedAt = 0;
  /** The user has it open, or has opened it: it is listed though nothing was said. */
  listed = false;

  /** `address`: as it is written to; `name`: what it was called by whoever made it known. */
  constructor(
    host: ConversationHost,
    key: string,
    kind: ConversationKind,
    address: string,
    name: string,
    room: Room | null,
  ) {
    this.#host = host;
    this.key = key;
    this.kind = kind;
    this.#address = address;
    this.#name = signal(name);
    this.inRoom = room;
    this.#draft = new Draft(host.parts, key);
    this.record = new ConversationRecord(host, this, this.#timeline, this.#unread);
    this.#sending = new ConversationSending(host, this);
    this.files = new ConversationFiles(host, this);
    this.last = computed(() => this.messages.value.findLast(({ part }) => part.kind !== "event") ?? null);
    this.muted = computed(() => host.muted.value.has(key));
    this.title = computed(() => {
      const said = this.#name.value;
      if (room !== null) return room.name.value || room.subject.value || said || key.replace(/^sip:/, "");
      host.people.contacts.value;
      return host.people.nameOf(this.#address, said || undefined);
    });
  }

  get draft(): Signal<string> {
    return this.#draft.signal;
  }
  get messages(): ReadonlySignal<readonly Message[]> {
    return this.#timeline.messages;
  }
  get older(): ConversationModel["older"] {
    return this.record.past.older;
  }
  get unread(): ReadonlySignal<number> {
    return this.#unread.count;
  }
  get firstUnread(): ReadonlySignal<string> {
    return this.#unread.first;
  }
  get writing(): ReadonlySignal<readonly string[]> {
    return this.writers.names;
  }
  get room(): RoomModel | null {
    return this.inRoom;
  }
  get isRoom(): boolean {
    return this.inRoom !== null;
  }
  /** Where it is written to. */
  get address(): string {
    return this.inRoom?.uri || this.#address;
  }
  /** When something was said last, and what keeps the order of the list. */
  get touched(): number {
    return Math.max(this.#timeline.last?.order ?? 0, this.endedAt);
  }

  // What the user does.

  send(text: string): SendProblem | null {
    return this.#isOver ? { code: "over" } : this.#sending.text(text, "", "");
  }

  whisper(to: string, text: string): SendProblem | null {
    if (this.#isOver) return { code: "over" };
    const said = this.inRoom?.members.peek().find(({ uri }) => uri === to)?.name;
    return this.#sending.text(text, to, this.#host.people.nameOf(to, said));
  }

  sendLocation(location: Omit<LocationPart, "kind">): SendProblem | null {
    return this.#isOver ? { code: "over" } : this.#sending.location(location);
  }

  sendFile(file: LocalFile): SendProblem | null {
    return this.#isOver ? { code: "over" } : this.files.send(file);
  }

  retry(id: string): boolean {
    const message = this.find(id);
    if (message === undefined || message.state.peek() !== "failed" || !message.own) return false;
    if (message.part.kind === "file") return this.files.retry(message);
    const problem = message.problem.peek();
    message.set("queued");
    if (this.#host.outgoing.retry(id)) return true;
    message.set("failed", problem);
    return false;
  }

  discard(id: string): void {
    const message = this.find(id);
    const state = message?.state.peek();
    if (message === undefined || (state !== "failed" && state !== "queued")) return;
    this.#host.outgoing.discard(id);
    if (message.part.kind === "file") message.part.cancel();
    this.gone(id);
    this.#host.talk.say({ kind: "gone", key: this.key, id });
  }

  async loadOlder(): Promise<void> {
    this.#timeline.widen(100);
    await this.record.past.back();
  }

  async show(id: string, at: number): Promise<boolean> {
    this.#timeline.widen(Infinity);
    const isHere = () => this.find(id) !== undefined;
    return isHere() || await this.record.past.backTo(at, isHere);
  }

  seen(): void {
    const { talk, settings, parts } = this.#host;
    this.#host.opened(this);
    const read = this.#unread.seen(parts.clock.now());
    if (read === null) return;
    const tells = settings.privacy.tellDisplayed.peek();
    for (const message of read) {
      if (tells) message.tellDisplayed?.();
      message.tellDisplayed = null;
    }
    talk.say({ kind: "seen", key: this.key, ids: read.map(({ id }) => id) });
    this.#host.read(this);
  }

  typed(): void {
    if (this.#host.settings.privacy.tellWriting.peek()) this.#host.chatWith(this)?.typed();
  }

  invite(): boolean {
    return this.#host.invite(this);
  }

  endSession(): void {
    this.#host.endChat(this);
  }

  keepDraft(): void {
    this.#draft.keep();
  }

  mute(on: boolean): void {
    this.#host.mute(this.key, on);
    this.#host.talk.say({ kind: "muted", key: this.key, on });
  }

  close(): void {
    this.#host.closed(this);
    this.#host.talk.say({ kind: "closed", key: this.key });
  }

  /** The user looks at another one now. */
  left(): void {
    this.#unread.left();
    this.#timeline.narrow();
    this.merged();
  }

  // What comes.

  /** A message that came live. */
  received(message: ReceivedMessage): void {
    const { people } = this.#host;
    const { body, contentType, displayed, from, isPrivate, mode, request, sentAt, text } = message;
    const id = message.id || request || newIdentity().id;
    const known = this.find(id);
    if (known !== undefined) {
      // The record of it was faster, or another tab: who sent it still wants to know.
      if (!known.own && known.tellDisplayed === null && !known.read) known.tellDisplayed = displayed;
      return;
    }
    if (this.inRoom === null) this.#called(from, message.fromName);
    const own = this.#isSelf(from);
    const fromName = people.nameOf(from, message.fromName || undefined);
    const made = new Message({
      id,
      own,
      from,
      fromName,
      at: this.#timeOf(sentAt),
      part: partOf(contentType, body, text),
      state: own ? "sent" : "received",
      privateWith: isPrivate ? fromName : "",
      request,
    });
    made.tellDisplayed = displayed;
    this.add(made);
    // Everything that comes by MESSAGE comes to all tabs.
    if (mode !== "pager") this.#tellTabs(made);
  }

  /** Puts a message at the end, and tells of it. False where it is there already. */
  add(message: Message): boolean {
    this.#unread.known(message);
    this.writers.ends(message.from);
    // Whoever looks at it has read it as soon as it is there, and may want to be told all the same.
    const isNew = message.counts && !message.read && !this.muted.peek();
    if (!this.#timeline.append(message)) return false;
    this.merged();
    if (isNew) this.#host.alerting.message(this, message);
    return true;
  }

  /** One of ours, to be sent; other tabs are told. */
  written(message: Message): void {
    if (!this.#timeline.append(message)) return;
    this.listed = true;
    this.merged();
    this.#tellTabs(message);
  }

  /** One of ours of another life of this page. */
  recall(entry: OutgoingEntry): void {
    this.#sending.recall(entry);
  }

  /** A message that goes to others as well: it appears here, too. */
  copy(id: string, text: string, at: number): void {
    this.#sending.copy(id, text, at);
  }

  /** Something happened. */
  happened(code: EventCode, who: string): void {
    const at = this.#host.parts.clock.now();
    const id = code === GAP ? GAP : `event-${++this.#events}-${at}`;
    const part = { kind: "event" as const, code, who };
    this.#timeline.append(new Message({ id, own: false, from: "", fromName: "", at, part, state: "received" }));
    this.merged();
  }

  gap(): void {
    this.happened(GAP, "");
  }

  find(id: string): Message | undefined {
    return this.#timeline.find(id);
  }

  gone(id: string): void {
    this.#timeline.remove(id);
    this.merged();
  }

  /** Messages are others than before: too many are let go, and what is counted is counted. */
  merged(): void {
    for (const { place, at } of this.#timeline.trim()) {
      if (place !== null) this.record.past.gone(place.reference, place.seq, at);
    }
    this.#unread.recount();
    this.#host.moved();
  }

  // Other tabs.

  told(messages: readonly TabMessage[], fresh: boolean): void {
    const made = messages.map(({ read, ...facts }) => {
      const message = new Message(facts);
      message.read = read;
      return message;
    });
    if (fresh) { for (const message of made) this.add(message); }
    else {
      for (const message of made) this.#unread.known(message);
      this.#timeline.merge(made);
      this.merged();
    }
  }

  /** The latest messages, for a tab that has just begun. */
  get recent(): TabMessage[] {
    return plainMessages(this.messages.peek().slice(-TOLD).filter(({ id }) => id !== GAP));
  }

  seenElsewhere(ids: readonly string[]): void {
    this.#unread.seenElsewhere(ids);
    for (const id of ids) {
      const message = this.find(id);
      if (message !== undefined) message.tellDisplayed = null;
    }
  }

  // The service's record.

  marked(mark: ServerMark): void {
    this.#unread.marked(mark);
  }

  /** Ids of the latest messages of others that are read. */
  get lastRead(): string[] {
    return this.messages.peek().filter(({ counts, read }) => counts && read).slice(-READ).map(({ id }) => id);
  }

  get #isOver(): boolean {
    return this.kind === "service" || (this.inRoom !== null && this.inRoom.state.peek() === "out");
  }

  #tellTabs(message: Message): void {
    const messages = plainMessages([message]);
    this.#host.talk.say({ kind: "said", key: this.key, inRoom: this.isRoom, messages, fresh: true });
  }

  /** In a room: what another device of ours has said there. */
  #isSelf(from: string): boolean {
    if (this.inRoom === null) return false;
    return sameAddress(from, this.#host.parts.link.me.uri) ||
      this.inRoom.members.peek().some(({ me, uri }) => me && sameAddress(uri, from));
  }

  /** What somebody calls themselves, and how their address is written. */
  #called(address: string, name: string): void {
    if (this.#address === this.key) this.#address = address;
    if (name !== "") this.#name.value = name;
  }

  #timeOf(sentAt: string): number {
    const now = this.#host.parts.clock.now();
    const at = Date.parse(sentAt);
    return at > 0 && at <= now + AHEAD_MS ? at : now;
  }
}
