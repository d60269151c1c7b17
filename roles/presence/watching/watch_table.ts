import type { Clock } from "../../../foundation/mod.ts";
import type { WatcherEvent, WatcherLimits, WatcherListParts, WatcherRow } from "../../../transport/presence/mod.ts";
import { WATCHER_LIMITS } from "../../../transport/presence/mod.ts";
import type { PresenceDecision } from "../presentity.ts";
import { type OpenWatch, sameRights, stateOf } from "./open_watch.ts";
import type { WaitingWatchers } from "./waiting_watchers.ts";
import { Watched } from "./watched.ts";

export interface WatchLimits {
  /** Watches of all presentities; those who wait do not count. */
  readonly watches: number;
  /** Who wait, of all presentities: more are given up at once. As many records the store has to take. */
  readonly waiting: number;
  /** Of one presentity. */
  readonly list: WatcherLimits;
}

export const WATCH_LIMITS: WatchLimits = { watches: 500_000, waiting: 20_000, list: WATCHER_LIMITS };

/** What those are called to the owner who did not say who they are (RFC 3323 §4.1.1.3). */
export const ANONYMOUS = "sip:anonymous@anonymous.invalid";

export function uriOf(watcher: string): string {
  return watcher === "" ? ANONYMOUS : watcher;
}

export interface WatchTableParts {
  readonly clock: Clock;
  readonly limits: WatchLimits;
  readonly waiting: WaitingWatchers;
  /** Somebody who follows the watchers of one is to be told. */
  readonly changed: (watched: Watched) => void;
}

/** All watches and all who wait, by presentity; in which state of RFC 3857 §4.7.1 each of them is. */
export class WatchTable {
  readonly limits: WatchLimits;
  readonly #lists: WatcherListParts<OpenWatch>;
  readonly #waiting: WaitingWatchers;
  readonly #watched = new Map<string, Watched>();
  #size = 0;

  constructor({ clock, limits, waiting, changed }: WatchTableParts) {
    this.limits = limits;
    this.#waiting = waiting;
    this.#lists = {
      eventPackage: "presence",
      clock,
      limits: limits.list,
      changed: (list) => changed(list as Watched),
      waits: (list, row, waits) => this.#waits(list.resource, row, waits),
    };
  }

  /** Watches that are open. */
  get size(): number {
    return this.#size;
  }
  get isFull(): boolean {
    return this.#size >= this.limits.watches;
  }

  get(presentity: string): Watched | undefined {
    return this.#watched.get(presentity);
  }
  all(): Iterable<Watched> {
    return this.#watched.values();
  }
  /** The one of that name, or one that is not in the table yet. */
  of(presentity: string): Watched {
    return this.#watched.get(presentity) ?? new Watched(presentity, this.#lists);
  }
  add(watched: Watched): void {
    this.#watched.set(watched.resource, watched);
  }
  /** Lets go of a presentity whom nobody watches. */
  release(watched: Watched): void {
    if (watched.isDeserted && this.#watched.get(watched.resource) === watched) this.#watched.delete(watched.resource);
  }

  /** Those who waited before a restart, but for those who wait for nobody by now. */
  restore(isUser: (presentity: string) => boolean): void {
    for (const record of this.#waiting.stored()) {
      const watched = this.of(record.presentity);
      if (isUser(record.presentity) && watched.restore(record)) this.add(watched);
      else this.#waiting.left(record.id);
    }
  }

  /** Takes in a watch with its first decision; false where there is no room. */
  open(watch: OpenWatch, decision: PresenceDecision): boolean {
    if (this.isFull || !this.#enter(watch, decision)) return false;
    this.#size++;
    this.add(watch.watched);
    return true;
  }

  /** Takes in a watch whose decision comes later; false where there is no room. */
  await(watch: OpenWatch): boolean {
    if (this.isFull) return false;
    watch.watched.await(watch);
    this.#size++;
    this.add(watch.watched);
    return true;
  }

  /** Takes a decision; true where it is another one for the watcher, who may be refused by now. */
  judge(watch: OpenWatch, decision: PresenceDecision): boolean {
    if (!watch.isOpen) return false;
    const before = watch.decision;
    watch.decision = decision;
    if (before !== null && sameRights(before, decision)) return false;
    const state = stateOf(decision);
    if (state === "refused") this.refuse(watch, "rejected");
    else if (watch.row === null) {
      watch.watched.judged(watch);
      if (!this.#enter(watch, decision)) this.refuse(watch, "probation");
    } else {
      const row = watch.watched.decide(watch.row, state);
      // What its list ended found no room among those nobody decides about.
      if (row === null) this.refuse(watch, "probation");
      else watch.row = row;
    }
    return true;
  }

  /** It is over, and the watcher is to be told why; nothing happens where it was over before. */
  refuse(watch: OpenWatch, reason: NonNullable<OpenWatch["refusal"]>): boolean {
    if (!this.close(watch, reason)) return false;
    watch.refusal = reason;
    return true;
  }

  /** The subscription is over. False where it was before. */
  close(watch: OpenWatch, event: WatcherEvent): boolean {
    if (!watch.isOpen) return false;
    const { row, watched } = watch;
    this.#size--;
    watch.row = null;
    watch.terms = null;
    if (row === null) watched.judged(watch);
    else {
      const isLeft = event === "timeout" && row.status === "pending" && this.#waiting.size >= this.limits.waiting;
      watched.end(row, isLeft ? "giveup" : event);
    }
    return true;
  }

  /** Puts a watch into the presentity's list; false where there is no room. */
  #enter(watch: OpenWatch, decision: PresenceDecision): boolean {
    const { watched, watcher, terms } = watch;
    const { displayName = "", terms: text = "", expires_s = 0, since: subscribedAt } = terms ?? {};
    const subscription = { owner: watch, uri: uriOf(watcher), displayName, terms: text, expires_s, subscribedAt };
    watch.row = watched.begin(subscription, stateOf(decision) === "pending" ? "pending" : "active");
    if (watch.row === null) return false;
    watch.decision = decision;
    watch.terms = null;
    return true;
  }

  #waits(presentity: string, row: WatcherRow<OpenWatch>, waits: boolean): void {
    if (waits) this.#waiting.waits({ presentity, ...row.plain });
    else this.#waiting.left(row.id);
  }
}
