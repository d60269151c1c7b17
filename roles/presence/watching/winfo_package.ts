import { utf8 } from "../../../foundation/mod.ts";
import { WATCHER_INFO_TYPE, WatcherFeed } from "../../../transport/presence/mod.ts";
import type {
  Admission,
  EventPackage,
  Notification,
  SubscribeContents,
  SubscribeRefusal,
  Subscription,
} from "../../../transport/sip/mod.ts";
import { type TellingSettings, TellingTerms } from "../telling_terms.ts";
import type { PresenceWatches } from "./presence_watches.ts";

/** What the package stands on. */
export interface WatcherInfoPackageParts {
  readonly watches: PresenceWatches;
  /** Whether a folded address is one of a user of this box. */
  readonly isUser: (address: string) => boolean;
  readonly settings: TellingSettings;
}

interface KeptFeed {
  readonly version: number;
}

/** More than are sent between two times of keeping: versions grow also over a crash (RFC 3858 §4). */
const VERSIONS_AHEAD = 10_000;

/**
 * The `presence.winfo` event package (RFC 3857, 3858): users learn who watches them, and who waits for their decision. Nobody else
 * does, and nobody who watches whose watcher information is being told: those are the user's own devices.
 */
export class WatcherInfoPackage implements EventPackage {
  readonly name = "presence.winfo";
  readonly contentTypes: readonly string[] = [WATCHER_INFO_TYPE];
  readonly #parts: WatcherInfoPackageParts;
  readonly #terms: TellingTerms;

  constructor(parts: WatcherInfoPackageParts) {
    this.#parts = parts;
    // Who asks and what becomes of it are two changes that often come together.
    this.#terms = new TellingTerms(parts.settings, 2);
  }

  get expires(): EventPackage["expires"] {
    return this.#terms.expires;
  }
  get pace(): EventPackage["pace"] {
    return this.#terms.pace;
  }

  refuse({ resource, filter, subscription, expires }: SubscribeContents): SubscribeRefusal | null {
    if (!this.#parts.isUser(resource)) return { status: 404, reason: "No Such User" };
    if (filter === null || (subscription !== null && expires === 0)) return null;
    // RFC 3857 §4.3 leaves it open what a body says.
    return { status: 415, reason: "Watcher Information Takes No Body" };
  }

  admit(resource: string, watcher: string): Admission {
    if (!this.#parts.isUser(resource)) return { state: "refused", status: 404, reason: "No Such User" };
    if (watcher === resource) return { state: "active" };
    return { state: "refused", status: 403, reason: "Watcher Information Is For The User Alone" };
  }

  subscribed(subscription: Subscription): void {
    subscription.kept ??= this.#parts.watches.follow(subscription.resource, subscription);
  }

  /** After a restart: who watched before is no newcomer, and is told of with all others. */
  prepare({ resource }: Subscription): Promise<void> | null {
    return this.#parts.watches.allSettled(resource);
  }

  full(subscription: Subscription): Notification | null {
    return notification(feedOf(subscription)?.full());
  }

  partial(subscription: Subscription): Notification | null {
    return notification(feedOf(subscription)?.partial());
  }

  keep(subscription: Subscription): KeptFeed | null {
    const feed = feedOf(subscription);
    return feed === null ? null : { version: feed.version };
  }

  resume(subscription: Subscription, kept: unknown): void {
    const version = (kept as KeptFeed | null)?.version ?? 0;
    subscription.kept = this.#parts.watches.follow(
      subscription.resource,
      subscription,
      Math.max(version + VERSIONS_AHEAD, subscription.sent),
    );
    subscription.changed?.();
  }

  ended(subscription: Subscription): void {
    const feed = feedOf(subscription);
    if (feed !== null) this.#parts.watches.unfollow(subscription.resource, subscription, feed);
  }
}

function feedOf({ kept }: Subscription): WatcherFeed | null {
  return kept instanceof WatcherFeed ? kept : null;
}

function notification(text: string | null | undefined): Notification | null {
  return text == null ? null : { contentType: WATCHER_INFO_TYPE, body: utf8(text) };
}
