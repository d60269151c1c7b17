import type { Subscription } from "../../../transport/sip/mod.ts";
import { WatcherList } from "../../../transport/presence/mod.ts";
import type { OpenWatch } from "./open_watch.ts";

/** What is to be done about everybody who watches a presentity. */
export const TELL = 1, FOLLOW = 2, DECIDE = 4, GIVE_UP = 8, REMOVE = 16;

/** A presentity that somebody watches, wants to watch, or whose watcher information somebody is told. */
export class Watched extends WatcherList<OpenWatch> {
  /** Subscriptions to its watcher information; null for none. */
  followed: Set<Subscription> | null = null;
  /** Watches about which nothing could be said yet: documents are read for it; null for none. */
  unjudged: Set<OpenWatch> | null = null;
  /** What is to be done; 0 where it does not stand in the line. */
  owed = 0;
  /** What of it waits for documents that are being read. */
  withheld = 0;

  /** Nobody watches, waits or follows. */
  get isDeserted(): boolean {
    return this.size === 0 && this.followed === null && this.unjudged === null;
  }

  follow(subscription: Subscription): void {
    (this.followed ??= new Set()).add(subscription);
  }
  unfollow(subscription: Subscription): void {
    this.followed?.delete(subscription);
    if (this.followed?.size === 0) this.followed = null;
  }

  await(watch: OpenWatch): void {
    (this.unjudged ??= new Set()).add(watch);
  }
  judged(watch: OpenWatch): void {
    this.unjudged?.delete(watch);
    if (this.unjudged?.size === 0) this.unjudged = null;
  }
}
