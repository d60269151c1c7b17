import { batch, type Signal, signal } from "@preact/signals-core";
import type { Chat, ImClient, Reason, RoomRoster } from "../../../client/mod.ts";
import type { EventCode, Outcome, Problem, RoomMember, RoomModel } from "../../model/mod.ts";
import { isTexts } from "../local_json.ts";
import { fieldProblem } from "../outcomes.ts";
import { keyOf, sameAddress } from "./conversation_key.ts";

/** What is kept of a room over a reload, for as long as the user wants to be in it. */
export interface RoomRecord {
  readonly key: string;
  readonly uri: string;
  readonly name: string;
  readonly subject: string;
  readonly isPublic: boolean;
  readonly alias: string;
}

/** Another version of the page may have kept something else. */
export function isRoomRecord(value: unknown): value is RoomRecord {
  const { key, uri, name, subject, isPublic, alias } = (value ?? {}) as Partial<Record<keyof RoomRecord, unknown>>;
  return isTexts([key, uri, name, subject, alias]) && typeof isPublic === "boolean";
}

/** What a room asks of its conversation. */
export interface RoomUser {
  readonly client: ImClient;
  readonly me: { readonly uri: string; readonly domain: string };
  readonly isOnline: boolean;
  nameOf(uri: string, said?: string): string;
  isBlocked(uri: string): boolean;
  happened(code: EventCode, who: string): void;
  /** What is to be kept is another one; `wanted`: the user is in it, or means to be. */
  changed(room: Room, wanted: boolean): void;
  /** Messages may go. */
  opened(): void;
}

/** Those who come and go in one roster are told one by one up to so many. */
const TOLD = 5;

/** A room as one who is in it sees it. */
export class Room implements RoomModel {
  readonly state: Signal<"joining" | "in" | "lost" | "out"> = signal("out");
  readonly reason = signal("");
  readonly subject: Signal<string>;
  readonly members: Signal<readonly RoomMember[]> = signal([]);
  readonly alias: Signal<string>;
  readonly name: Signal<string>;
  readonly isPublic: boolean;
  readonly #user: RoomUser;
  readonly #key: string;
  #uri: string;
  /** Who comes in when it is begun; null where it is there already. */
  #first: readonly string[] | null = null;
  #chat: Chat | null = null;
  /** The user is in it, or means to be. */
  #wanted = false;
  #present: Map<string, string> | null = null;
  readonly #joins: ((problem: Problem | null) => void)[] = [];
  /** The room says that we were sent out. */
  #booted = false;

  constructor(user: RoomUser, record: RoomRecord) {
    this.#user = user;
    this.#key = record.key;
    this.#uri = record.uri;
    this.name = signal(record.name);
    this.subject = signal(record.subject);
    this.alias = signal(record.alias);
    this.isPublic = record.isPublic;
  }

  get chat(): Chat | null {
    return this.#chat;
  }
  get wanted(): boolean {
    return this.#wanted;
  }
  /** Where it is reached: known before a chat of many that is new has its address. */
  get uri(): string {
    return this.#uri;
  }
  get record(): RoomRecord {
    const { isPublic } = this;
    const [name, subject, alias] = [this.name.peek(), this.subject.peek(), this.alias.peek()];
    return { key: this.#key, uri: this.#uri, name, subject, isPublic, alias };
  }

  join(): Outcome {
    this.#want(true);
    if (this.state.peek() === "in") return Promise.resolve(null);
    const outcome = new Promise<Problem | null>((resolve) => this.#joins.push(resolve));
    this.enter();
    return outcome;
  }

  /** Comes in where that is wanted, as soon as it can. */
  enter(): void {
    if (!this.#wanted || this.#chat !== null) return;
    this.state.value = "joining";
    const { client, isOnline } = this.#user;
    if (!isOnline || (this.#uri === "" && this.#first === null)) return;
    const chat = this.#uri === "" ? client.openRoom(this.#first!, this.subject.peek()) : client.joinRoom(this.#uri);
    if (chat === null) return this.#out("", { status: 486, text: "", retryAfter: 0, fields: {} });
    this.#chat = chat;
  }

  /** A chat of many that is begun with these people as soon as there is a way. */
  beginWith(people: readonly string[]): void {
    this.#first = people;
    this.#want(true);
    this.enter();
  }

  /** A chat that is on its way already: ours, or one that we were invited to. */
  take(chat: Chat): void {
    this.#chat = chat;
    this.#want(true);
    this.state.value = "joining";
    if (chat.state === "open") this.opened();
  }

  leave(): void {
    this.#want(false);
    const chat = this.#chat;
    this.#chat = null;
    if (this.state.peek() === "out") return;
    this.#out("", { status: 0, text: "", retryAfter: 0, fields: {} });
    this.#user.happened("you-left", "");
    chat?.end();
  }

  setAlias(name: string): Outcome {
    return this.#ask((answer) => this.#chat?.nickname(name, answer) === true, () => {
      this.alias.value = name;
      this.#user.changed(this, this.#wanted);
    });
  }

  add(address: string): Outcome {
    const uri = keyOf(address, this.#user.me.domain);
    if (uri === "") return Promise.resolve(fieldProblem("address", `"${address.slice(0, 100)}" is no address.`));
    return this.#ask((answer) => this.#chat?.add(uri, answer) === true);
  }

  expel(uri: string): Outcome {
    return this.#ask((answer) => this.#chat?.expel(uri, answer) === true);
  }

  // Its chat.

  opened(): void {
    const chat = this.#chat!;
    // What begins as a chat of many has its address from now on: that of the service, not of the machine which answered.
    if (this.#uri === "") this.#uri = addressOfService(chat.target, this.#user.me.domain);
    this.#first = null;
    batch(() => {
      this.state.value = "in";
      this.reason.value = "";
    });
    this.#user.client.watchRoom(chat);
    this.#user.changed(this, this.#wanted);
    const alias = this.alias.peek();
    if (alias !== "") chat.nickname(alias, () => {});
    for (const resolve of this.#joins.splice(0)) resolve(null);
    this.#user.opened();
  }

  connection(up: boolean): void {
    if (up) this.#present = null;
    this.state.value = up ? "in" : "lost";
    if (up) this.#user.opened();
  }

  ended(why: Reason): void {
    if (this.#chat === null) return;
    this.#chat = null;
    const { status, text, retryAfter } = why;
    const passing = status === 0 || status === 408 || status === 480 || status === 481 ||
      (status >= 500 && status < 600);
    const wasIn = this.state.peek() !== "joining";
    // Not the room's word but the way to it, or this page goes: it is asked again when there is a way.
    const isOurs = status === 0 && text === "";
    if (this.#wanted && (isOurs || (passing && !this.#user.isOnline))) {
      this.state.value = "lost";
      return;
    }
    this.#want(false);
    this.#out(text, { status, text, retryAfter, fields: {} });
    if (wasIn) this.#user.happened(this.#booted ? "expelled" : "room-ended", "");
  }

  roster(roster: RoomRoster): void {
    if (roster.chat !== this.#chat || roster.state !== "active") return;
    const { me } = this.#user;
    const members: RoomMember[] = [];
    const present = new Map<string, string>();
    this.#booted = false;
    for (const { entity, displayText, nickname, roles, endpoints } of roster.users) {
      const here = endpoints.some(({ status }) => status === "connected");
      const absent = endpoints.some(({ disconnectionMethod }) => disconnectionMethod === "failed");
      const isMe = sameAddress(entity, me.uri) || (nickname !== undefined && nickname === this.alias.peek());
      if (isMe) this.#booted = endpoints.some(({ disconnectionMethod }) => disconnectionMethod === "booted");
      if (!here && !absent) continue;
      const name = this.#user.nameOf(entity, nickname ?? displayText);
      const moderates = roles?.includes("moderator") === true;
      members.push({ uri: entity, name, here, me: isMe, moderates, blocked: !isMe && this.#user.isBlocked(entity) });
      if (here && !isMe) present.set(entity, name);
    }
    const before = this.#present;
    this.#present = present;
    batch(() => {
      this.members.value = members;
      if (roster.subject !== "" && roster.subject !== this.subject.peek()) {
        this.subject.value = roster.subject;
        this.#user.changed(this, this.#wanted);
      }
    });
    this.#tellBlocked(members, before);
    if (before === null) return;
    this.#tell("joined", present, before);
    this.#tell("left", before, present);
  }

  #tell(code: "joined" | "left", here: ReadonlyMap<string, string>, there: ReadonlyMap<string, string>): void {
    let told = 0;
    for (const [uri, name] of here) if (!there.has(uri) && told++ < TOLD) this.#user.happened(code, name);
  }

  /** Once for each who is there, or comes. */
  #tellBlocked(members: readonly RoomMember[], before: ReadonlyMap<string, string> | null): void {
    for (const { blocked, here, name, uri } of members) {
      if (blocked && here && before?.has(uri) !== true) this.#user.happened("blocked-present", name);
    }
  }

  #want(wanted: boolean): void {
    if (wanted === this.#wanted) return;
    this.#wanted = wanted;
    this.#user.changed(this, wanted);
  }

  #out(reason: string, problem: Problem): void {
    batch(() => {
      this.state.value = "out";
      this.reason.value = reason;
      this.members.value = [];
    });
    this.#present = null;
    for (const resolve of this.#joins.splice(0)) resolve(problem);
  }

  #ask(ask: (answer: (status: number, text: string) => void) => boolean, done = () => {}): Outcome {
    return new Promise((resolve) => {
      const asked = ask((status, text) => {
        const isDone = status >= 200 && status < 300;
        if (isDone) done();
        resolve(isDone ? null : { status, text, retryAfter: 0, fields: {} });
      });
      if (!asked) resolve({ status: 0, text: "", retryAfter: 0, fields: {} });
    });
  }
}

/** `sip:conf-1@example.test` of `sip:conf-1@192.0.2.1:5060;transport=ws`. */
function addressOfService(contact: string, domain: string): string {
  const user = /^sips?:([^@;?]+)@/i.exec(contact)?.[1];
  return user === undefined ? contact : `sip:${user}@${domain}`;
}
