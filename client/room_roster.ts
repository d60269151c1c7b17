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
  /** `asked`: nothing is known yet, or what was known may have changed since; `ended`: nothing comes any more. */
  readonly state: "asked" | "active" | "ended";
  /** Why nothing is known, or nothing comes any more; "" for no reason. */
  readonly reason: string;
}

const EXPIRES_S = 3600;
/** At least so long until another try where nothing is said. */
const RETRY_MS = 30_000;
/** A room that ends it so is not asked again. */
const FOR_GOOD: ReadonlySet<string> = new Set(["rejected", "noresource", "unsubscribed"]);
/** Answers that say nothing of the room: nobody was reached, the subscription was lost (RFC 6665 §4.1.2.2), too many at once. */
const FOR_NOW: ReadonlySet<number> = new Set([408, 429, 480, 481, 491]);

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

  /** No SUBSCRIBE waits for its end. */
  get idle(): boolean {
    return this.#subscriber.size === 0;
  }

  /** Null where as many are watched as may be, or the chat is over. */
  watch(chat: Chat): RoomRoster | null {
    if (chat.state === "over") return null;
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

  /** Its room may have forgotten us: what broke begins again at once. */
  chatBack(chat: Chat): void {
    this.#watches.get(chat)?.renew();
  }

  chatOver(chat: Chat): void {
    this.#watches.get(chat)?.leave();
    this.#watches.delete(chat);
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
  /** Of a subscription that was begun again and has told nothing yet: what was known stays until then. */
  #next: ConferenceRoster | null = null;
  #subscription: ClientSubscription | null = null;
  #renewing = false;
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
    this.#next = new ConferenceRoster();
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
    this.state = "ended";
    this.reason = "";
    this.#subscription?.unsubscribe();
  }

  /** The room was away, and may have forgotten us: asked at once, not only when the time for it has come. */
  renew(): void {
    if (this.#left || this.state === "ended") return;
    if (this.#subscription === null) return this.begin();
    this.#renewing = true;
    this.#subscription.refresh();
  }

  onTimer(): void {
    if (!this.#left && this.#subscription === null && this.state !== "ended") this.begin();
  }

  onNotification(subscription: ClientSubscription, { contentType, body }: ReceivedNotification): void {
    this.#renewing = false;
    if (this.#left || body.length === 0 || mediaType(contentType) !== CONFERENCE_INFO_TYPE) return;
    try {
      const roster = this.#next ?? this.#roster;
      const outcome = roster.receive(readConferenceInfo(body, this.#world.xml));
      if (outcome === "stale") return;
      // Something is missing: the whole comes with the answer to a refresh (RFC 4575 §4.6).
      if (outcome === "missed") return subscription.refresh();
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

  onEnded(
    subscription: ClientSubscription,
    { status, reason, retryAfter }: { readonly status: number; readonly reason: string; readonly retryAfter: number },
  ): void {
    if (subscription !== this.#subscription) return;
    this.#subscription = null;
    if (this.#left) return;
    this.reason = status === 0 ? reason : `${status} ${reason}`;
    const passes = status === 0 ? !FOR_GOOD.has(reason) : status >= 500 || FOR_NOW.has(status);
    this.state = passes ? "asked" : "ended";
    const wait = this.#renewing ? 0 : Math.max(retryAfter * 1000, RETRY_MS);
    this.#renewing = false;
    if (passes) this.#world.timers.start(wait, this, 0);
    this.#world.user.onRoster?.(this);
  }
}
