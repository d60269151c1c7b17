import { Metrics, silentLog, type Timed, type Timer } from "../foundation/mod.ts";
import {
  type ClientSubscription,
  EventSubscriber,
  type ReceivedNotification,
  type ServerTransaction,
  type SubscriptionUser,
} from "../transport/sip/mod.ts";
import { fromText } from "./account.ts";
import type { ClientWorld } from "./client_world.ts";

const EXPIRES_S = 3600;
/** At least so long until another try where nothing is said. */
const RETRY_MS = 30_000;
/** Whoever ends it so is not asked again. */
const FOR_GOOD: ReadonlySet<string> = new Set(["rejected", "noresource", "unsubscribed"]);
/** Answers that say nothing of what is watched: nobody was reached, the subscription was lost (RFC 6665 §4.1.2.2), too many at once. */
const FOR_NOW: ReadonlySet<number> = new Set([408, 429, 480, 481, 491]);

/** What a client is subscribed to: one table for all event packages. */
export class ClientSubscriptions {
  readonly world: ClientWorld;
  readonly #subscriber: EventSubscriber;
  readonly #most: number;

  constructor(world: ClientWorld) {
    const { agent, clock, timers, limits } = world;
    this.world = world;
    this.#most = limits.watched + limits.sessions;
    this.#subscriber = new EventSubscriber({
      agent,
      clock,
      timers,
      log: silentLog,
      metrics: new Metrics(),
      maxSubscriptions: this.#most,
    });
  }

  /** No SUBSCRIBE waits for its end. */
  get idle(): boolean {
    return this.#subscriber.size === 0;
  }

  get full(): boolean {
    return this.#subscriber.size >= this.#most;
  }

  /** Null where there are as many as may be: what has been left is not all over yet. */
  subscribe(
    { event, uri, accept, filter, expires_s = EXPIRES_S }: WatchWish,
    user: SubscriptionUser,
  ): ClientSubscription | null {
    if (this.full) return null;
    const { account, flowId } = this.world;
    return this.#subscriber.subscribe({
      event,
      uri,
      from: fromText(account),
      to: `<${uri}>`,
      flowId: flowId(),
      expires: expires_s,
      accept,
      ...(filter !== undefined && { filter }),
    }, user);
  }

  /** Answers a NOTIFY for a subscription of ours; false for any other request. */
  notified(transaction: ServerTransaction): boolean {
    if (!this.#subscriber.owns(transaction.request)) return false;
    this.#subscriber.handleNotify(transaction);
    return true;
  }
}

/** What is watched. */
export interface WatchWish {
  readonly event: string;
  readonly uri: string;
  readonly accept: readonly string[];
  /** Default: an hour, again and again; 0: asked once. */
  readonly expires_s?: number;
  /** What the SUBSCRIBE says of it. */
  readonly filter?: { readonly contentType: string; readonly body: Uint8Array };
}

/** Who watches. Nothing comes after `leave`. */
export interface WatchUser {
  /** A subscription begins, the first one or another in the place of one that broke. */
  onWatchBegins?(): void;
  onWatched(notification: ReceivedNotification): void;
  /** Nothing comes for the present, or, where it is not `asked` again, ever. */
  onWatchBroken(reason: string, asked: boolean): void;
}

/** One thing that is watched (RFC 6665): a subscription, begun again when it breaks, unless it was ended for good. */
export class ClientWatch implements SubscriptionUser, Timed {
  readonly #subscriptions: ClientSubscriptions;
  readonly #wish: WatchWish;
  readonly #user: WatchUser;
  #subscription: ClientSubscription | null = null;
  #timer: Timer | null = null;
  /** Asked at once whether it still stands: where it does not, another one begins at once. */
  #asking = false;
  #over = false;

  constructor(subscriptions: ClientSubscriptions, wish: WatchWish, user: WatchUser) {
    this.#subscriptions = subscriptions;
    this.#wish = wish;
    this.#user = user;
  }

  begin(): void {
    this.#timer?.stop();
    this.#timer = null;
    this.#user.onWatchBegins?.();
    this.#subscription = this.#subscriptions.subscribe(this.#wish, this);
    if (this.#subscription === null) this.#again(RETRY_MS);
  }

  /** What broke begins again at once. */
  renew(): void {
    if (!this.#over && this.#subscription === null) this.begin();
  }

  /** The other side may have forgotten us: it is asked at once, not only when the time for it has come. */
  ask(): void {
    if (this.#over || this.#subscription === null) return this.renew();
    this.#asking = true;
    this.#subscription.refresh();
  }

  /** What is watched is told whole again. */
  refresh(): void {
    this.#subscription?.refresh();
  }

  leave(): void {
    this.#over = true;
    this.#timer?.stop();
    this.#timer = null;
    this.#subscription?.unsubscribe();
  }

  onTimer(): void {
    this.#timer = null;
    this.renew();
  }

  onNotification(_subscription: ClientSubscription, notification: ReceivedNotification): void {
    this.#asking = false;
    if (!this.#over) this.#user.onWatched(notification);
  }

  onEnded(
    subscription: ClientSubscription,
    { status, reason, retryAfter }: { readonly status: number; readonly reason: string; readonly retryAfter: number },
  ): void {
    if (subscription !== this.#subscription) return;
    this.#subscription = null;
    if (this.#over) return;
    const passes = status === 0 ? !FOR_GOOD.has(reason) : status >= 500 || FOR_NOW.has(status);
    this.#over = !passes;
    if (passes) this.#again(this.#asking ? 0 : Math.max(retryAfter * 1000, RETRY_MS));
    this.#asking = false;
    this.#user.onWatchBroken(status === 0 ? reason : `${status} ${reason}`, passes);
  }

  #again(wait_ms: number): void {
    this.#timer = this.#subscriptions.world.timers.start(wait_ms, this, 0);
  }
}
