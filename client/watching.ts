import {
  parsePresence,
  PIDF_TYPE,
  type PresenceDocument,
  PresenceProblem,
  statusOf,
  type UserStatus,
} from "../transport/presence/mod.ts";
import { mediaType } from "../transport/payload/mod.ts";
import type { ReceivedNotification } from "../transport/sip/mod.ts";
import { type ClientSubscriptions, ClientWatch, type WatchUser } from "./client_watch.ts";
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

/** Watches others (RFC 3856): one subscription each, begun again when it breaks. */
export class Watching {
  readonly #subscriptions: ClientSubscriptions;
  readonly #watches = new Map<string, Watch>();

  constructor(subscriptions: ClientSubscriptions) {
    this.#subscriptions = subscriptions;
  }

  get users(): readonly WatchedUser[] {
    return [...this.#watches.values()];
  }

  /** Null where as many are watched as may be. Whoever is watched already stays so. */
  watch(uri: string): WatchedUser | null {
    const known = this.#watches.get(uri);
    if (known !== undefined) return known;
    if (this.#watches.size >= this.#subscriptions.world.limits.watched || this.#subscriptions.full) return null;
    const watch = new Watch(uri, this.#subscriptions);
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
}

/** One user who is watched. */
class Watch implements WatchedUser, WatchUser {
  readonly uri: string;
  state: WatchedUser["state"] = "asked";
  document: PresenceDocument | null = null;
  reason = "";
  readonly #world: ClientWorld;
  readonly #watch: ClientWatch;

  constructor(uri: string, subscriptions: ClientSubscriptions) {
    this.uri = uri;
    this.#world = subscriptions.world;
    this.#watch = new ClientWatch(subscriptions, { event: "presence", uri, accept: [PIDF_TYPE] }, this);
  }

  get status(): UserStatus | null {
    return this.document === null ? null : statusOf(this.document, this.#world.clock.now());
  }

  begin(): void {
    this.#watch.begin();
  }

  renew(): void {
    this.#watch.renew();
  }

  leave(): void {
    this.#watch.leave();
  }

  onWatched({ state, contentType, body }: ReceivedNotification): void {
    if (state === "terminated") return;
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

  onWatchBroken(reason: string, asked: boolean): void {
    this.reason = reason;
    this.state = asked ? "asked" : "ended";
    if (!asked) this.document = null;
    this.#tell();
  }

  #tell(): void {
    this.#world.user.onPresence?.(this);
  }
}
