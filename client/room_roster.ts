import { Metrics, silentLog, type Timed } from "../foundation/mod.ts";
import {
  CONFERENCE_INFO_TYPE,
  ConferenceRoster,
  type ConferenceUser,
  mediaType,
  readConferenceInfo,
} from "../transport/payload/mod.ts";
import {
  type ClientSubscription,
  EventSubscriber,
  type ReceivedNotification,
  type ServerTransaction,
  type SubscriptionUser,
} from "../transport/sip/mod.ts";
import { fromText } from "./account.ts";
import type { Chat } from "./chat.ts";
import type { ClientWorld } from "./client_world.ts";

/** Who is in a room, as it tells (RFC 4575). */
export interface RoomRoster {
  readonly chat: Chat;
  /** All that it tells of, those who have left included. */
  readonly users: readonly ConferenceUser[];
  /** Of those, who is in it. */
  readonly present: readonly ConferenceUser[];
  readonly subject: string;
  /** `ended`: nothing comes any more. */
  readonly state: "asked" | "active" | "ended";
  /** Why nothing is known, or nothing comes any more; "" for no reason. */
  readonly reason: string;
}

const EXPIRES_S = 3600;
const RETRY_MS = 30_000;

/** The rooms of a client that it watches: one subscription each, for as long as its chat. */
export class RoomRosters {
  readonly #world: ClientWorld;
  readonly #subscriber: EventSubscriber;
  readonly #watches = new Map<Chat, Watch>();

  constructor(world: ClientWorld) {
    this.#world = world;
    const { agent, clock, timers, limits } = world;
    this.#subscriber = new EventSubscriber({
      agent,
      clock,
      timers,
      log: silentLog,
      metrics: new Metrics(),
      maxSubscriptions: limits.sessions,
    });
  }

  /** Null where as many are watched as may be. */
  watch(chat: Chat): RoomRoster | null {
    for (const [other, watch] of this.#watches) {
      if (other.state !== "over") continue;
      this.#watches.delete(other);
      watch.leave();
    }
    const known = this.#watches.get(chat);
    if (known !== undefined) return known;
    if (this.#subscriber.size >= this.#world.limits.sessions) return null;
    const watch = new Watch(chat, this.#world, this.#subscriber);
    this.#watches.set(chat, watch);
    watch.begin();
    return watch;
  }

  close(): void {
    for (const watch of this.#watches.values()) watch.leave();
    this.#watches.clear();
  }

  /** Answers a NOTIFY for a subscription of ours; false for any other request. */
  notified(transaction: ServerTransaction): boolean {
    if (!this.#subscriber.owns(transaction.request)) return false;
    this.#subscriber.handleNotify(transaction);
    return true;
  }
}

class Watch implements RoomRoster, SubscriptionUser, Timed {
  readonly chat: Chat;
  state: RoomRoster["state"] = "asked";
  reason = "";
  readonly #world: ClientWorld;
  readonly #subscriber: EventSubscriber;
  #roster = new ConferenceRoster();
  #subscription: ClientSubscription | null = null;
  #left = false;

  constructor(chat: Chat, world: ClientWorld, subscriber: EventSubscriber) {
    this.chat = chat;
    this.#world = world;
    this.#subscriber = subscriber;
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
    const { account, flowId } = this.#world;
    this.#roster = new ConferenceRoster();
    try {
      this.#subscription = this.#subscriber.subscribe({
        event: "conference",
        uri: this.chat.target,
        from: fromText(account),
        to: `<${this.chat.target}>`,
        flowId: flowId(),
        expires: EXPIRES_S,
        accept: [CONFERENCE_INFO_TYPE],
      }, this);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      // Those that have been left are not all over yet.
      this.#world.timers.start(RETRY_MS, this, 0);
    }
  }

  leave(): void {
    this.#left = true;
    this.#subscription?.unsubscribe();
  }

  onTimer(): void {
    if (!this.#left && this.#subscription === null && this.chat.state !== "over") this.begin();
  }

  onNotification(subscription: ClientSubscription, { contentType, body }: ReceivedNotification): void {
    if (this.#left || body.length === 0 || mediaType(contentType) !== CONFERENCE_INFO_TYPE) return;
    try {
      const outcome = this.#roster.receive(readConferenceInfo(body, this.#world.xml));
      if (outcome === "stale") return;
      // Something is missing: the whole comes with the answer to a refresh (RFC 4575 §4.6).
      if (outcome === "missed") return subscription.refresh();
      this.state = "active";
      this.reason = "";
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      this.reason = `what was told cannot be read: ${error.message}`;
    }
    this.#world.user.onRoster?.(this);
  }

  onEnded(
    subscription: ClientSubscription,
    { status, reason }: { readonly status: number; readonly reason: string; readonly retryAfter: number },
  ): void {
    if (subscription !== this.#subscription) return;
    this.#subscription = null;
    if (this.#left) return;
    this.reason = status === 0 ? reason : `${status} ${reason}`;
    this.state = "ended";
    const forNow = status === 0 ? reason !== "noresource" && reason !== "rejected" : status >= 500 || status === 408;
    if (forNow && this.chat.state !== "over") this.#world.timers.start(RETRY_MS, this, 0);
    this.#world.user.onRoster?.(this);
  }
}
