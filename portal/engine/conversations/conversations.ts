import { computed, type ReadonlySignal } from "@preact/signals-core";
import type { SentMessage } from "../../../client/mod.ts";
import type { Timed, Timer } from "../../../foundation/mod.ts";
import type { ConversationModel, ConversationsModel, MessageState, Problem, SendProblem } from "../../model/mod.ts";
import type { EngineParts } from "../doors.ts";
import { addressOf } from "../rooms/address.ts";
import type { RoomConversations, RoomFacts } from "../rooms/room_conversations.ts";
import { Alerting } from "./alerting.ts";
import { ClientEars } from "./client_ears.ts";
import type { Conversation } from "./conversation.ts";
import type { ConversationHost, ConversationOthers } from "./conversation_host.ts";
import { ConversationTable } from "./conversation_table.ts";
import { HistoryPages } from "./history_pages.ts";
import { KeptStates } from "./kept_states.ts";
import { ManyMessages } from "./many_messages.ts";
import { newIdentity } from "./new_identity.ts";
import { Outgoing } from "./outgoing.ts";
import type { OutgoingEntry } from "./outgoing_entry.ts";
import { ServiceRecord } from "./service_record.ts";
import { TabTalk, type TabWord } from "./tab_talk.ts";

/** Other tabs answer within so long. */
const TABS_MS = 500;
/** Conversations that a new tab is told of. */
const TOLD = 50;

/** All that is being said: by message, in chats, in rooms, and by the service. */
export class Conversations implements ConversationsModel, RoomConversations, Timed {
  readonly unread: ReadonlySignal<number>;
  readonly #parts: EngineParts;
  readonly #others: ConversationOthers;
  readonly #host: ConversationHost;
  readonly #table: ConversationTable;
  readonly #record: ServiceRecord;
  readonly #outgoing: Outgoing;
  readonly #many: ManyMessages;
  readonly #talk: TabTalk;
  /** Other tabs that have answered. */
  readonly #tabs = new Set<string>();
  #timer: Timer | null = null;

  constructor(parts: EngineParts, others: ConversationOthers) {
    this.#parts = parts;
    this.#others = others;
    const { link } = parts;
    const talk = this.#talk = new TabTalk(link.instance ?? newIdentity().id, parts.tabs, (word) => this.#heard(word));
    const table = this.#table = new ConversationTable(parts, () => this.#host);
    const outgoing = this.#outgoing = new Outgoing(parts, talk.tab, {
      give: (entry) => this.#give(entry),
      isRecorded: (entry) => this.#isRecorded(entry),
      changed: (entry, state, problem) => this.#changed(entry.id, entry.key, state, problem),
    });
    const pages = new HistoryPages(parts.rest);
    this.#host = {
      ...others,
      parts,
      pages,
      outgoing,
      talk,
      alerting: new Alerting(parts, talk, (text) => others.people.asksIn(text)),
      muted: table.muted,
      states: new KeptStates(parts),
      transfers: new Map(),
      mute: (key, on) => table.mute(key, on),
      moved: () => table.moved(),
      opened: (conversation) => table.opened(conversation),
      read: (conversation) => this.#record.read(conversation),
      closed: (conversation) => table.close(conversation),
      chatWith: (conversation) => table.chatWith(conversation),
      invite: (conversation) => table.invite(conversation),
      endChat: (conversation) => table.endChat(conversation),
    };
    this.#many = new ManyMessages(parts, outgoing, (person) => this.open(person));
    this.#record = new ServiceRecord(parts, pages, table);
    this.unread = computed(() => {
      let sum = 0;
      for (const each of table.list.value) if (!each.muted.value) sum += each.unread.value;
      return sum;
    });
    table.recallRooms();
    this.#recallOutgoing();
    this.#record.recall();
    link.listen(new ClientEars(table, this.#host, { changed: (...told) => this.#toldOf(...told) }));
    link.state.subscribe((state) => {
      if (state === "online") this.#online();
    });
    this.#ask();
  }

  get list(): ReadonlySignal<readonly ConversationModel[]> {
    return this.#table.list;
  }
  get state(): ReadonlySignal<"loading" | "ready" | "failed"> {
    return this.#record.state;
  }
  get queued(): ReadonlySignal<number> {
    return this.#outgoing.queued;
  }

  keepDrafts(): void {
    for (const each of this.#table.all()) each.keepDraft();
  }

  find(key: string): Conversation | null {
    return this.#table.find(key);
  }

  open(address: string): Conversation | null {
    const uri = addressOf(address, this.#parts.link.me.domain);
    if (uri === "") return null;
    const conversation = this.#table.with({ uri, name: "" });
    this.#table.show(conversation);
    if (!conversation.record.past.known) void conversation.record.catchUp();
    return conversation;
  }

  sendToMany(people: readonly string[], text: string): SendProblem | null {
    return this.#many.send(people, text);
  }

  // RoomConversations

  openRoom(people: readonly string[], subject: string): Conversation | null {
    const { client, me, state } = this.#parts.link;
    const isOnline = state.peek() === "online";
    const chat = isOnline ? client.openRoom(people, subject) : null;
    if (isOnline && chat === null) return null;
    // Its address is not known yet, and what a conversation is known by does not change.
    const key = `sip:conf-new-${newIdentity().tag.toLowerCase()}@${me.domain}`;
    const name = subject === "" ? people.map((each) => this.#others.people.nameOf(each)).join(", ") : "";
    const conversation = this.#table.room({ key, uri: "", name, subject, isPublic: false, alias: "" });
    if (chat === null) conversation.inRoom!.beginWith(people);
    else conversation.inRoom!.take(chat);
    this.#table.show(conversation);
    return conversation;
  }

  joinRoom(uri: string, { name, subject, isPublic }: RoomFacts): Conversation | null {
    const key = this.#table.keyOf(uri);
    if (key === "") return null;
    const conversation = this.#table.roomAt({ key, uri, name, subject, isPublic, alias: "" });
    this.#table.show(conversation);
    void conversation.inRoom!.join();
    if (!conversation.record.past.known) void conversation.record.catchUp();
    return conversation;
  }

  /** Other tabs have answered: what no living one sends is ours to send. */
  onTimer(): void {
    this.#timer = null;
    for (const entry of this.#outgoing.stored()) {
      if (entry.tab === this.#talk.tab || this.#tabs.has(entry.tab)) continue;
      this.#recall(entry);
      this.#outgoing.adopt(entry);
    }
    this.#outgoing.release();
  }

  // Sending.

  #give(entry: OutgoingEntry): SentMessage | null | "later" {
    const { client } = this.#parts.link;
    const body = new TextEncoder().encode(entry.text);
    if (entry.people !== null) return client.sendMessage("", entry.contentType, body, entry, entry.people);
    const conversation = this.#table.get(entry.key);
    const chat = conversation === undefined ? null : this.#table.chatWith(conversation);
    if (conversation !== undefined && conversation.inRoom !== null) {
      if (chat !== null) return chat.sendContent(entry.contentType, body, entry.whisper, entry.id);
      conversation.inRoom.enter();
      return "later";
    }
    // In the chat that the other side has begun; once more by message, where the service knows it again.
    if (chat !== null && entry.tries <= 1) return chat.sendContent(entry.contentType, body, "", entry.id);
    return client.sendMessage(entry.to, entry.contentType, body, entry);
  }

  async #isRecorded(entry: OutgoingEntry): Promise<boolean | null> {
    const conversation = this.#table.get(entry.key);
    const state = this.#others.settings.recording.state.peek();
    if (conversation === undefined || state === "off" || state === "forbidden") return false;
    if (state === "loading" || !await conversation.record.catchUp()) return null;
    const place = conversation.find(entry.id)?.place;
    return place !== undefined && place !== null;
  }

  /** What an earlier life of this page, or another tab, has not sent. Nothing new overtakes it. */
  #recallOutgoing(): void {
    const waiting = this.#outgoing.stored();
    for (const entry of waiting) {
      this.#recall(entry);
      if (entry.tab === this.#talk.tab) this.#outgoing.adopt(entry);
    }
    this.#outgoing.hold(waiting.filter(({ tab }) => tab !== this.#talk.tab).map(({ key }) => key));
  }

  #recall(entry: OutgoingEntry): void {
    if (entry.people !== null) return this.#many.recall(entry);
    const known = this.#table.get(entry.key);
    (known ?? this.#table.with({ uri: entry.to || entry.key, name: "" })).recall(entry);
  }

  /** What recipients tell of a message to many is of one of them: it says nothing of the others. */
  #toldOf(id: string, state: MessageState, problem: Problem | null): void {
    if (this.#many.of(id) === null) this.#changed(id, "", state, problem);
  }

  /** `key`: the conversation it is in; "" for any. */
  #changed(id: string, key: string, state: MessageState, problem: Problem | null): void {
    const one = this.#table.get(key);
    const candidates = this.#many.of(id) ?? (one === undefined ? this.#table.all() : [one]);
    let isChanged = false;
    for (const each of candidates) isChanged = each.find(id)?.follow(state, problem) === true || isChanged;
    if (!isChanged) return;
    this.#host.states.note(id, state);
    this.#talk.say({ kind: "state", id, state, problem });
  }

  #online(): void {
    for (const each of this.#table.all()) {
      each.inRoom?.enter();
      each.files.flush();
    }
    // A tab may have been closed meanwhile, and left something.
    this.#tabs.clear();
    this.#ask();
  }

  // Other tabs.

  #ask(): void {
    this.#talk.say({ kind: "who", tab: this.#talk.tab });
    this.#timer ??= this.#parts.timers.start(TABS_MS, this, 0);
  }

  #heard(word: TabWord): void {
    switch (word.kind) {
      case "who":
        this.#tabs.add(word.tab);
        return this.#tellTab();
      case "here":
        return void this.#tabs.add(word.tab);
      case "said": {
        const known = this.find(word.key);
        // A room is come into in each tab by itself; until then the service's record tells of it.
        if (known === null && word.inRoom === true) return;
        const conversation = known ?? this.#table.with({ uri: word.key, name: "" });
        if (word.fresh) this.#table.reopen(conversation);
        return conversation.told(word.messages, word.fresh);
      }
      case "state":
        // What waits, or failed, there may be with the service by our own hand.
        if (word.state === "queued" || word.state === "sending" || word.state === "failed") return;
        this.#outgoing.settled(word.id);
        this.#host.states.note(word.id, word.state);
        for (const each of this.#table.all()) each.find(word.id)?.become(word.state, word.problem);
        return;
      case "seen":
        return this.find(word.key)?.seenElsewhere(word.ids);
      case "gone":
        return this.find(word.key)?.gone(word.id);
      case "muted":
        return this.#table.mute(word.key, word.on);
      case "closed": {
        // A room is left in each tab by itself: this one may be looked at.
        const conversation = this.find(word.key);
        return conversation === null || conversation.inRoom !== null ? undefined : this.#table.close(conversation);
      }
      case "alerted":
        return this.#host.alerting.alerted(word.id);
    }
  }

  #tellTab(): void {
    this.#talk.say({ kind: "here", tab: this.#talk.tab });
    for (const each of this.#table.list.peek().slice(0, TOLD)) {
      const messages = each.recent;
      if (messages.length > 0) {
        this.#talk.say({ kind: "said", key: each.key, inRoom: each.isRoom, messages, fresh: false });
      }
    }
  }
}
