import { Metrics, silentLog, type Timed } from "../foundation/mod.ts";
import {
  parsePresence,
  PIDF_TYPE,
  type PresenceDocument,
  PresenceProblem,
  statusOf,
  type UserStatus,
} from "../transport/presence/mod.ts";
import { mediaType } from "../transport/payload/mod.ts";
import {
  type ClientSubscription,
  EventSubscriber,
  type ReceivedNotification,
  type ServerTransaction,
  type SubscriptionUser,
} from "../transport/sip/mod.ts";
import { fromText } from "./account.ts";
import type { ClientWorld } from "./client_world.ts";

/** What is known of somebody who is watched. */
export interface WatchedUser {
  readonly uri: string;
  /** `pending`: they have not said yet whether we may know. `ended`: nothing comes any more, or not at present. */
  readonly state: "asked" | "active" | "pending" | "ended";
  /** As it was last; null where nothing was ever told. */
  readonly status: UserStatus | null;
  /** All that was told. */
  readonly document: PresenceDocument | null;
  /** Why it has ended, or is not known; "" for no reason. */
  readonly reason: string;
}

const EXPIRES_S = 3600;
/** At least so long until another try where nothing is said. */
const RETRY_S = 30;
/** Whoever is refused so is not asked again. */
const FOR_GOOD: ReadonlySet<string> = new Set(["rejected", "noresource", "unsubscribed"]);
/** Answers that say nothing of whom is watched: nobody was reached, the subscription was lost (RFC 6665 §4.1.2.2), too many at once. */
const FOR_NOW: ReadonlySet<number> = new Set([408, 429, 480, 481, 491]);

/** Watches others (RFC 3856): one subscription each, begun again when it breaks. */
export class Watching {
  readonly #world: ClientWorld;
  readonly #subscriber: EventSubscriber;
  readonly #watches = new Map<string, Watch>();

  constructor(world: ClientWorld) {
    const { agent, clock, timers, limits } = world;
    this.#world = world;
    const maxSubscriptions = limits.watched;
    this.#subscriber = new EventSubscriber({
      agent,
      clock,
      timers,
      log: silentLog,
      metrics: new Metrics(),
      maxSubscriptions,
    });
  }

  get users(): readonly WatchedUser[] {
    return [...this.#watches.values()];
  }

  /** No SUBSCRIBE waits for its end. */
  get idle(): boolean {
    return this.#subscriber.size === 0;
  }

  /** Null where as many are watched as may be. Whoever is watched already stays so. */
  watch(uri: string): WatchedUser | null {
    const known = this.#watches.get(uri);
    if (known !== undefined) return known;
    if (this.#watches.size >= this.#world.limits.watched || this.#subscriber.size >= this.#world.limits.watched) {
      return null;
    }
    const watch = new Watch(uri, this.#world, this.#subscriber);
    this.#watches.set(uri, watch);
    watch.begin();
    return watch;
  }

  /** False for somebody who was not watched. */
  unwatch(uri: string): boolean {
    const watch = this.#watches.get(uri);
    if (watch === undefined) return false;
    this.#watches.delete(uri);
    watch.leave();
    return true;
  }

  /** The way to the service is a new one, or the service was away: what broke begins again at once. */
  renew(): void {
    for (const watch of this.#watches.values()) watch.renew();
  }

  close(): void {
    for (const uri of [...this.#watches.keys()]) this.unwatch(uri);
  }

  /** Answers a NOTIFY for a subscription of ours; false for any other request. */
  notified(transaction: ServerTransaction): boolean {
    if (!this.#subscriber.owns(transaction.request)) return false;
    this.#subscriber.handleNotify(transaction);
    return true;
  }
}

/** One user who is watched. */
class Watch implements WatchedUser, SubscriptionUser, Timed {
  readonly uri: string;
  state: WatchedUser["state"] = "asked";
  document: PresenceDocument | null = null;
  reason = "";
  readonly #world: ClientWorld;
  readonly #subscriber: EventSubscriber;
  #subscription: ClientSubscription | null = null;
  #left = false;

  constructor(uri: string, world: ClientWorld, subscriber: EventSubscriber) {
    this.uri = uri;
    this.#world = world;
    this.#subscriber = subscriber;
  }

  get status(): UserStatus | null {
    return this.document === null ? null : statusOf(this.document, this.#world.clock.now());
  }

  begin(): void {
    const { account, flowId } = this.#world;
    try {
      this.#subscription = this.#subscriber.subscribe({
        event: "presence",
        uri: this.uri,
        from: fromText(account),
        to: `<${this.uri}>`,
        flowId: flowId(),
        expires: EXPIRES_S,
        accept: [PIDF_TYPE],
      }, this);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      // Those that have been left are not all over yet.
      this.#again(RETRY_S);
    }
  }

  renew(): void {
    if (this.#subscription === null && !this.#left && this.state !== "ended") this.begin();
  }

  leave(): void {
    this.#left = true;
    this.#subscription?.unsubscribe();
  }

  onTimer(): void {
    if (!this.#left && this.#subscription === null) this.begin();
  }

  onNotification(_subscription: ClientSubscription, { state, contentType, body }: ReceivedNotification): void {
    if (this.#left || state === "terminated") return;
    const before = this.state;
    this.state = state;
    this.reason = "";
    if (body.length === 0) return before === state ? undefined : this.#tell();
    if (mediaType(contentType) !== PIDF_TYPE) return;
    try {
      this.document = parsePresence(body);
    } catch (error) {
      if (!(error instanceof PresenceProblem)) throw error;
      this.reason = `what was told cannot be read: ${error.message}`;
    }
    this.#tell();
  }

  onEnded(
    subscription: ClientSubscription,
    { status, reason, retryAfter }: { readonly status: number; readonly reason: string; readonly retryAfter: number },
  ): void {
    if (subscription !== this.#subscription) return;
    this.#subscription = null;
    if (this.#left) return;
    this.reason = status === 0 ? reason : `${status} ${reason}`;
    const refused = status >= 400 && status < 500 && !FOR_NOW.has(status);
    if (refused || FOR_GOOD.has(reason)) {
      this.state = "ended";
      this.document = null;
    } else {
      this.state = "asked";
      this.#again(Math.max(retryAfter, RETRY_S));
    }
    this.#tell();
  }

  #again(seconds: number): void {
    this.#world.timers.start(seconds * 1000, this, 0);
  }

  #tell(): void {
    this.#world.user.onPresence?.(this);
  }
}
