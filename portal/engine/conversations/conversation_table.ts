import { type ReadonlySignal, type Signal, signal } from "@preact/signals-core";
import type { Chat } from "../../../client/mod.ts";
import type { EngineParts } from "../doors.ts";
import { isNumber, isPairOf, isText, storedList } from "../local_json.ts";
import { Conversation } from "./conversation.ts";
import type { ConversationHost } from "./conversation_host.ts";
import { keyOf, sameAddress } from "./conversation_key.ts";
import { isRoomRecord, Room, type RoomRecord } from "./room.ts";

/** Conversations in memory. */
const MOST = 500;
/** Rooms that are come into again. */
const ROOMS = 50;
/** Users of the service itself, in whose name it speaks. */
const SERVICE = /^sip:(?:system|deferred|history|exploder)@/;

/** The conversations that there are, by whom they are with, and which of them are shown in what order. Bounded: the silent go first. */
export class ConversationTable {
  readonly #parts: EngineParts;
  /** What the conversations stand on; it is there when the first is made. */
  readonly #host: () => ConversationHost;
  readonly #all = new Map<string, Conversation>();
  readonly #rooms = new Map<string, RoomRecord>();
  /** Chats between two that stand, and those that somebody was invited to, by conversation. */
  readonly #chats = new Map<string, Chat>();
  readonly #list: Signal<readonly Conversation[]> = signal([]);
  readonly #muted: Signal<ReadonlySet<string>>;
  /** Closed by the user, at that time. */
  readonly #closed: Map<string, number>;
  #looking: Conversation | null = null;
  #moving = false;

  constructor(parts: EngineParts, host: () => ConversationHost) {
    this.#parts = parts;
    this.#host = host;
    this.#muted = signal(new Set(storedList(parts.store, "muted", isText)));
    this.#closed = new Map(storedList(parts.store, "closed", isPairOf(isNumber)));
  }

  /** The latest first; none that the user has closed. */
  get list(): ReadonlySignal<readonly Conversation[]> {
    return this.#list;
  }
  get muted(): ReadonlySignal<ReadonlySet<string>> {
    return this.#muted;
  }
  /** All of them. */
  all(): Iterable<Conversation> {
    return this.#all.values();
  }

  get(key: string): Conversation | undefined {
    return this.#all.get(key);
  }

  /** What an address is known by; "" for none. All that is of the service is one. */
  keyOf(address: string): string {
    const { domain } = this.#parts.link.me;
    const key = keyOf(address, domain);
    return SERVICE.test(key) && key.endsWith(`@${domain}`) ? `sip:system@${domain}` : key;
  }

  /** The one that is there; null. */
  find(address: string): Conversation | null {
    const found = this.#all.get(address) ?? this.#all.get(this.keyOf(address));
    if (found !== undefined) return found;
    // A chat of many is also known by the address that it got later.
    for (const one of this.#all.values()) if (one.inRoom !== null && sameAddress(one.inRoom.uri, address)) return one;
    return null;
  }

  /** The one with a person, or the service; made where there is none. Whoever has no address that can be read goes by what was said of it. */
  with({ uri, name }: { readonly uri: string; readonly name: string }): Conversation {
    const known = this.find(uri);
    if (known !== null) return known;
    const key = this.keyOf(uri) || uri;
    const kind = SERVICE.test(key) && key.endsWith(`@${this.#parts.link.me.domain}`) ? "service" : "person";
    return this.#put(new Conversation(this.#host(), key, kind, uri, name, null));
  }

  /** A room's; `record.key` must not be in use by another room. */
  room(record: RoomRecord): Conversation {
    const { link } = this.#parts;
    const { people, outgoing } = this.#host();
    let conversation: Conversation | null = null;
    const room = new Room({
      get client() {
        return link.client;
      },
      me: link.me,
      get isOnline() {
        return link.state.peek() === "online";
      },
      nameOf: (uri, said) => people.nameOf(uri, said),
      isBlocked: (uri) => people.isBlocked(uri),
      happened: (code, who) => conversation?.happened(code, who),
      changed: (changed, wanted) => this.#keepRoom(changed.record, wanted),
      opened: () => {
        outgoing.flush();
        if (conversation?.record.past.known === true) void conversation.record.catchUp();
      },
    }, record);
    conversation = new Conversation(this.#host(), record.key, "room", record.uri, record.name, room);
    return this.#put(conversation);
  }

  /** The room's that is there, or a new one. */
  roomAt(record: RoomRecord): Conversation {
    const known = this.find(record.key);
    return known === null || known.inRoom === null ? this.room(record) : known;
  }

  /** Rooms that the user was in when this page was there last: they are come into again. */
  recallRooms(): void {
    for (const record of storedList(this.#parts.store, "rooms", isRoomRecord)) {
      this.#rooms.set(record.key, record);
      const conversation = this.room(record);
      conversation.listed = true;
      void conversation.inRoom!.join();
    }
  }

  ofChat(chat: Chat): Conversation | null {
    for (const each of this.#all.values()) if (each.inRoom?.chat === chat) return each;
    return null;
  }

  /** Invites whom it is with to a chat. False where there is one, or none can be had now. */
  invite(conversation: Conversation): boolean {
    const { client, state } = this.#parts.link;
    if (conversation.kind !== "person" || this.#chats.has(conversation.key) || state.peek() !== "online") return false;
    const chat = client.openChat(conversation.address);
    if (chat === null) return false;
    this.#chats.set(conversation.key, chat);
    conversation.session.value = "asked";
    return true;
  }

  /** Leaves the chat with them, or takes the invitation back. */
  endChat({ key, session }: Conversation): void {
    session.value = "none";
    this.#chats.get(key)?.end();
  }

  /** A chat between two stands. */
  chatOpen(chat: Chat): void {
    const conversation = this.with(chat.peer);
    this.#chats.set(conversation.key, chat);
    conversation.session.value = "open";
  }

  chatOver(chat: Chat): void {
    for (const [key, each] of this.#chats) {
      if (each !== chat) continue;
      this.#chats.delete(key);
      const session = this.#all.get(key)?.session;
      if (session !== undefined) session.value = session.peek() === "asked" ? "refused" : "none";
    }
  }

  /** The chat that carries what is said there now; null. */
  chatWith({ inRoom, key }: Conversation): Chat | null {
    const chat = inRoom === null ? this.#chats.get(key) ?? null : inRoom.chat;
    return chat !== null && chat.state === "open" ? chat : null;
  }

  /** The user looks at it, and at no other. */
  opened(conversation: Conversation): void {
    if (this.#looking === conversation) return;
    this.#looking?.left();
    this.#looking = conversation;
  }

  mute(key: string, on: boolean): void {
    const muted = new Set(this.#muted.peek());
    if (on) muted.add(key);
    else muted.delete(key);
    this.#muted.value = muted;
    this.#parts.store.set("muted", JSON.stringify([...muted]));
  }

  /** It is listed, whether or not something was said. */
  show(conversation: Conversation): void {
    conversation.listed = true;
    this.reopen(conversation);
    this.moved();
  }

  /** Somebody has said something. */
  reopen({ key }: Conversation): void {
    this.#closed.delete(key);
  }

  close(conversation: Conversation): void {
    conversation.listed = false;
    conversation.inRoom?.leave();
    this.#closed.set(conversation.key, Math.max(conversation.touched, this.#parts.clock.now()));
    for (const key of this.#closed.keys()) {
      if (this.#closed.size <= MOST) break;
      this.#closed.delete(key);
    }
    this.#parts.store.set("closed", JSON.stringify([...this.#closed]));
    this.moved();
  }

  /** The list may be another one: looked at in one go for all that happens in the same turn. */
  moved(): void {
    if (this.#moving) return;
    this.#moving = true;
    queueMicrotask(() => {
      this.#moving = false;
      const shown = [...this.#all.values()].filter((one) =>
        one.touched > (this.#closed.get(one.key) ?? 0) || (one.listed && !this.#closed.has(one.key))
      );
      shown.sort((a, b) => b.touched - a.touched);
      const before = this.#list.peek();
      if (shown.length !== before.length || shown.some((one, i) => one !== before[i])) this.#list.value = shown;
    });
  }

  #put(conversation: Conversation): Conversation {
    this.#all.set(conversation.key, conversation);
    if (this.#all.size > MOST) this.#letGo();
    return conversation;
  }

  /** The one where nothing was said for the longest, and nothing waits. */
  #letGo(): void {
    let oldest: Conversation | null = null;
    for (const each of this.#all.values()) {
      const stays = each === this.#looking || each.unread.peek() > 0 || each.inRoom?.wanted === true ||
        this.#chats.has(each.key) || each.messages.peek().some(({ own, state }) => own && state.peek() === "queued");
      if (!stays && (oldest === null || each.touched < oldest.touched)) oldest = each;
    }
    if (oldest !== null) this.#all.delete(oldest.key);
  }

  #keepRoom(record: RoomRecord, wanted: boolean): void {
    if (wanted && record.uri !== "") this.#rooms.set(record.key, record);
    else this.#rooms.delete(record.key);
    for (const key of this.#rooms.keys()) {
      if (this.#rooms.size <= ROOMS) break;
      this.#rooms.delete(key);
    }
    this.#parts.store.set("rooms", JSON.stringify([...this.#rooms.values()]));
  }
}
