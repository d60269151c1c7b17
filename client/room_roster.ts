import {
  CONFERENCE_INFO_TYPE,
  ConferenceRoster,
  type ConferenceUser,
  mediaType,
  readConferenceInfo,
} from "../transport/payload/mod.ts";
import type { ReceivedNotification } from "../transport/sip/mod.ts";
import type { Chat } from "./chat.ts";
import { type ClientSubscriptions, ClientWatch, type WatchUser } from "./client_watch.ts";
import type { ClientWorld } from "./client_world.ts";

/** Who is in a room, as it tells (RFC 4575). */
export interface RoomRoster {
  readonly chat: Chat;
  /** All that it tells of, those who have left included. */
  readonly users: readonly ConferenceUser[];
  /** Of those, who is in it. */
  readonly present: readonly ConferenceUser[];
  readonly subject: string;
  /** `asked`: nothing is known yet, or what was known may have changed since; `ended`: nothing comes any more. */
  readonly state: "asked" | "active" | "ended";
  /** Why nothing is known, or nothing comes any more; "" for no reason. */
  readonly reason: string;
}

/** The rooms of a client that it watches: one subscription each, for as long as its chat. */
export class RoomRosters {
  readonly #subscriptions: ClientSubscriptions;
  readonly #watches = new Map<Chat, Watch>();

  constructor(subscriptions: ClientSubscriptions) {
    this.#subscriptions = subscriptions;
  }

  /** Null where as many are watched as may be, or the chat is over. */
  watch(chat: Chat): RoomRoster | null {
    if (chat.state === "over") return null;
    const known = this.#watches.get(chat);
    if (known !== undefined) return known;
    if (this.#watches.size >= this.#subscriptions.world.limits.sessions || this.#subscriptions.full) return null;
    const watch = new Watch(chat, this.#subscriptions);
    this.#watches.set(chat, watch);
    watch.begin();
    return watch;
  }

  close(): void {
    for (const watch of this.#watches.values()) watch.leave();
    this.#watches.clear();
  }

  /** Its room may have forgotten us: what broke begins again at once. */
  chatBack(chat: Chat): void {
    this.#watches.get(chat)?.ask();
  }

  chatOver(chat: Chat): void {
    this.#watches.get(chat)?.leave();
    this.#watches.delete(chat);
  }
}

class Watch implements RoomRoster, WatchUser {
  readonly chat: Chat;
  state: RoomRoster["state"] = "asked";
  reason = "";
  readonly #world: ClientWorld;
  readonly #watch: ClientWatch;
  #roster = new ConferenceRoster();
  /** Of a subscription that was begun again and has told nothing yet: what was known stays until then. */
  #next: ConferenceRoster | null = null;

  constructor(chat: Chat, subscriptions: ClientSubscriptions) {
    this.chat = chat;
    this.#world = subscriptions.world;
    const wish = {
      event: "conference",
      accept: [CONFERENCE_INFO_TYPE],
      // The room may come to have another one.
      get uri() {
        return chat.target;
      },
    };
    this.#watch = new ClientWatch(subscriptions, wish, this);
  }

  get users(): readonly ConferenceUser[] {
    return this.#roster.users;
  }
  get present(): readonly ConferenceUser[] {
    return this.users.filter(({ endpoints }) => endpoints.some(({ status }) => status === "connected"));
  }
  get subject(): string {
    return this.#roster.info?.description?.subject ?? "";
  }

  begin(): void {
    this.#watch.begin();
  }

  ask(): void {
    this.#watch.ask();
  }

  leave(): void {
    this.state = "ended";
    this.reason = "";
    this.#watch.leave();
  }

  onWatchBegins(): void {
    this.#next = new ConferenceRoster();
  }

  onWatched({ contentType, body }: ReceivedNotification): void {
    if (body.length === 0 || mediaType(contentType) !== CONFERENCE_INFO_TYPE) return;
    try {
      const roster = this.#next ?? this.#roster;
      const outcome = roster.receive(readConferenceInfo(body, this.#world.xml));
      if (outcome === "stale") return;
      // Something is missing: the whole comes with the answer to a refresh (RFC 4575 §4.6).
      if (outcome === "missed") return this.#watch.refresh();
      this.#roster = roster;
      this.#next = null;
      this.state = "active";
      this.reason = "";
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      this.reason = `what was told cannot be read: ${error.message}`;
    }
    this.#world.user.onRoster?.(this);
  }

  onWatchBroken(reason: string, asked: boolean): void {
    this.reason = reason;
    this.state = asked ? "asked" : "ended";
    this.#world.user.onRoster?.(this);
  }
}
