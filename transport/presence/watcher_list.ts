import { type Clock, detached, randomToken } from "../../foundation/mod.ts";
import { uriKey } from "./identity.ts";
import { nextWatcherStatus, type WatcherEvent, type WatcherStatus } from "./watcher_machine.ts";

/** One subscription as its owner sees it (RFC 3858 §3). */
export interface Watcher {
  /** A token; cannot be guessed, and stays until the end. */
  readonly id: string;
  readonly uri: string;
  /** "" for none. */
  readonly displayName: string;
  /** Event parameters and filter, as one text: with the URI what makes a later subscription the same. */
  readonly terms: string;
  readonly status: WatcherStatus;
  readonly event: WatcherEvent;
  /** ms since 1970. */
  readonly subscribedAt: number;
  /** ms since 1970; of one that waits, when it ran out. */
  readonly expiresAt: number;
}

/** What must survive a restart of one that waits: plain data. */
export type WaitingWatcher = Omit<Watcher, "status" | "event">;

/** What a SUBSCRIBE says of its subscription. */
export interface WatcherSubscription<Owner> {
  /** Who is to hear that it is given up. */
  readonly owner: Owner;
  readonly uri: string;
  readonly displayName?: string;
  readonly terms?: string;
  readonly expires_s: number;
  /** When it began, ms since 1970; default now. */
  readonly subscribedAt?: number;
}

export interface WatcherLimits {
  /** Subscriptions of one list, waiting ones included. */
  readonly watchers: number;
  /** Of these pending and waiting; and of one watcher (RFC 3857 §4.7.1). */
  readonly undecided: number;
  readonly undecidedOfOne: number;
  /** Changes remembered for those who follow; who missed more is told everything. */
  readonly changes: number;
  /** Seconds in `pending` or `waiting` until it is given up. */
  readonly giveUp_s: number;
}

export const WATCHER_LIMITS: WatcherLimits = {
  watchers: 5000,
  undecided: 500,
  undecidedOfOne: 5,
  changes: 256,
  giveUp_s: 30 * 86_400,
};

/** What all lists of one package stand on. */
export interface WatcherListParts<Owner> {
  readonly eventPackage: string;
  /** Wall time counts: waiting outlives a restart. */
  readonly clock: Clock;
  readonly limits: WatcherLimits;
  /** Somebody follows the list, and there is something new. */
  readonly changed?: (list: WatcherList<Owner>) => void;
  /** It waits from now on, or does so no longer. */
  readonly waits?: (list: WatcherList<Owner>, row: WatcherRow<Owner>, waits: boolean) => void;
}

/** A subscription in its list. To be changed by that alone. */
export class WatcherRow<Owner> implements Watcher {
  readonly uri: string;
  readonly terms: string;
  readonly subscribedAt: number;
  displayName: string;
  status: WatcherStatus;
  event: WatcherEvent;
  expiresAt: number;
  /** Of the live subscription; null without one. */
  owner: Owner | null;
  /** Of the list when it appeared, and when it changed last. */
  bornAt = 0;
  changedAt = 0;
  /** Made when it is asked for: most watchers are told of to nobody. */
  #id: string;

  constructor(watcher: Omit<Watcher, "id"> & { readonly id?: string }, owner: Owner | null) {
    this.#id = watcher.id ?? "";
    this.uri = watcher.uri;
    this.displayName = watcher.displayName;
    this.terms = watcher.terms;
    this.status = watcher.status;
    this.event = watcher.event;
    this.subscribedAt = watcher.subscribedAt;
    this.expiresAt = watcher.expiresAt;
    this.owner = owner;
  }

  get id(): string {
    return this.#id === "" ? this.#id = randomToken(22) : this.#id;
  }

  /** What is to be kept of it while it waits. */
  get plain(): WaitingWatcher {
    const { id, uri, displayName, terms, subscribedAt, expiresAt } = this;
    return { id, uri, displayName, terms, subscribedAt, expiresAt };
  }
}

/** All subscriptions to one resource in one package (RFC 3857 §4.7). */
export class WatcherList<Owner = unknown> {
  readonly resource: string;
  readonly #parts: WatcherListParts<Owner>;
  /** In the order of their beginning. */
  readonly #rows = new Set<WatcherRow<Owner>>();
  /** Pending and waiting ones by watcher, the oldest first; null while there has been none. */
  #undecided: Map<string, Set<WatcherRow<Owner>>> | null = null;
  #undecidedCount = 0;
  /** The row that each of the last changes was of; the first of them is change `#forgotten + 1`. */
  #log: readonly WatcherRow<Owner>[] = NOTHING;
  #forgotten = 0;
  #followers = 0;

  constructor(resource: string, parts: WatcherListParts<Owner>) {
    this.resource = resource;
    this.#parts = parts;
  }

  get eventPackage(): string {
    return this.#parts.eventPackage;
  }
  get clock(): Clock {
    return this.#parts.clock;
  }
  /** Counts changes. */
  get revision(): number {
    return this.#forgotten + this.#log.length;
  }
  get size(): number {
    return this.#rows.size;
  }
  /** Of these pending or waiting. */
  get undecided(): number {
    return this.#undecidedCount;
  }
  /** Those who are told of changes. */
  get followers(): number {
    return this.#followers;
  }

  /** One that waited before a restart does so again; false where there is no room. */
  restore(watcher: WaitingWatcher): boolean {
    const { watchers, undecided } = this.#parts.limits;
    if (this.#rows.size >= watchers || this.#undecidedCount >= undecided) return false;
    const row = new WatcherRow<Owner>({ ...watcher, status: "waiting", event: "timeout" }, null);
    this.#rows.add(row);
    this.#remember(row);
    return true;
  }

  /** Changes are remembered from now on; until as many left. */
  join(): void {
    this.#followers++;
  }
  leave(): void {
    if (--this.#followers > 0) return;
    this.#forgotten = this.revision;
    this.#log = NOTHING;
  }

  /** All that are not over, in the order of their beginning. */
  watchers(): IterableIterator<WatcherRow<Owner>> {
    return this.#rows.values();
  }

  /** Whether one more would find room: "crowded" where it is the watcher's own that are too many, all of them undecided. */
  room(uri: string, status: "pending" | "active"): "free" | "full" | "crowded" {
    const { watchers, undecided, undecidedOfOne } = this.#parts.limits;
    const own = this.#undecided?.get(uriKey(uri));
    if (status === "pending" && own !== undefined && own.size >= undecidedOfOne && !someWait(own)) return "crowded";
    const isFull = this.#rows.size >= watchers || (status === "pending" && this.#undecidedCount >= undecided);
    return !isFull || (this.#undecidedCount > 0 && someWait(this.#rows)) ? "free" : "full";
  }

  /**
   * A SUBSCRIBE that policy let in, or left undecided: `pending`. Null where there is no room; then nothing happened and the
   * SUBSCRIBE is to be refused.
   */
  begin(subscription: WatcherSubscription<Owner>, status: "pending" | "active"): WatcherRow<Owner> | null {
    const { owner, uri, displayName = "", terms = "", expires_s } = subscription;
    const own = this.#undecided?.get(uriKey(uri));
    const now = this.clock.now();
    if (this.room(uri, status) !== "free") return null;
    // RFC 3857 §4.7.1: what waited for this one to come again has done so.
    for (const other of own ?? NOTHING) if (isReplaced(other, terms)) this.#happens(other, "giveup");
    this.#makeRoom(own, status);
    const row = new WatcherRow<Owner>({
      uri: detached(uri),
      displayName: detached(displayName),
      terms: detached(terms),
      status,
      event: "subscribe",
      subscribedAt: subscription.subscribedAt ?? now,
      expiresAt: now + expires_s * 1000,
    }, owner);
    this.#rows.add(row);
    if (status === "pending") this.#remember(row);
    this.#record(row);
    row.bornAt = row.changedAt;
    return row;
  }

  /** A SUBSCRIBE goes on: no change for those who follow. */
  refresh(row: WatcherRow<Owner>, expires_s: number): void {
    row.expiresAt = this.clock.now() + expires_s * 1000;
  }

  /**
   * Policy found something else for a live subscription. Gives its row from now on: no way leads back to pending, there it
   * goes on as another one. Null where that finds no room: the subscription is to be ended.
   */
  decide(row: WatcherRow<Owner>, status: "pending" | "active"): WatcherRow<Owner> | null {
    if (row.status === status) return row;
    const { owner, uri, displayName, terms, expiresAt } = row;
    this.#happens(row, status === "active" ? "approved" : "deactivated");
    if (status === "active" || owner === null) return row;
    return this.begin({ owner, uri, displayName, terms, expires_s: (expiresAt - this.clock.now()) / 1000 }, status);
  }

  /** A live subscription ended. One that was pending and ran out waits from now on. False where it had before. */
  end(row: WatcherRow<Owner>, event: WatcherEvent): boolean {
    if (row.owner === null) return false;
    // Whatever the end was called, it is one: nothing is left behind.
    return this.#happens(row, event) || this.#happens(row, "deactivated");
  }

  /** Something happens to a watcher, such as the owner's decision about one that waits; false where its status does not know that. */
  apply(row: WatcherRow<Owner>, event: WatcherEvent): boolean {
    return this.#happens(row, event);
  }

  /** Gives up those nobody decided about in time. Returns the owners of live subscriptions among them: they are to be ended. */
  giveUp(): Owner[] {
    const owners: Owner[] = [];
    if (this.#undecidedCount === 0) return owners;
    const before = this.clock.now() - this.#parts.limits.giveUp_s * 1000;
    for (const row of this.#rows) {
      const { status, owner } = row;
      const since = status === "pending" ? row.subscribedAt : status === "waiting" ? row.expiresAt : Infinity;
      if (since > before) continue;
      if (owner !== null) owners.push(owner);
      this.#happens(row, "giveup");
    }
    return owners;
  }

  /**
   * Those that changed since a revision, in the order of their last changes, those that are over among them; what began and
   * ended in between is left out (RFC 3857 §4.7.2). Null where that is no longer known.
   */
  changesSince(revision: number): Watcher[] | null {
    if (revision < this.#forgotten) return null;
    const found: Watcher[] = [];
    for (let i = revision - this.#forgotten; i < this.#log.length; i++) {
      const row = this.#log[i];
      if (row.changedAt !== this.#forgotten + i + 1) continue;
      if (row.status !== "terminated" || row.bornAt <= revision) found.push(row);
    }
    return found;
  }

  /** Lets the oldest that wait go where there are too many; live subscriptions stay. */
  #makeRoom(own: ReadonlySet<WatcherRow<Owner>> | undefined, status: "pending" | "active"): void {
    const { watchers, undecided, undecidedOfOne } = this.#parts.limits;
    if (status === "pending") {
      if (own !== undefined && own.size >= undecidedOfOne) this.#dropWaiting(own);
      if (this.#undecidedCount >= undecided) this.#dropWaiting(this.#rows);
    }
    if (this.#rows.size >= watchers) this.#dropWaiting(this.#rows);
  }

  #dropWaiting(rows: Iterable<WatcherRow<Owner>>): void {
    for (const row of rows) if (row.status === "waiting") return void this.#happens(row, "giveup");
  }

  #happens(row: WatcherRow<Owner>, event: WatcherEvent): boolean {
    const next = nextWatcherStatus(row.status, event);
    if (next === null) return false;
    const waited = row.status === "waiting";
    row.status = next;
    row.event = event;
    if (next === "waiting") {
      row.owner = null;
      row.expiresAt = this.clock.now();
    } else {
      this.#decided(row);
      if (next === "terminated") {
        row.owner = null;
        this.#rows.delete(row);
      }
    }
    this.#record(row);
    if (waited !== (next === "waiting")) this.#parts.waits?.(this, row, !waited);
    return true;
  }

  #remember(row: WatcherRow<Owner>): void {
    const all = this.#undecided ??= new Map();
    const key = uriKey(row.uri);
    const own = all.get(key);
    if (own === undefined) all.set(key, new Set([row]));
    else own.add(row);
    this.#undecidedCount++;
  }

  #decided(row: WatcherRow<Owner>): void {
    if (this.#undecidedCount === 0) return;
    const key = uriKey(row.uri);
    const own = this.#undecided?.get(key);
    if (own === undefined || !own.delete(row)) return;
    this.#undecidedCount--;
    if (own.size === 0) this.#undecided?.delete(key);
  }

  #record(row: WatcherRow<Owner>): void {
    if (this.#followers === 0) {
      row.changedAt = ++this.#forgotten;
      return;
    }
    const log = this.#log === NOTHING ? [] : this.#log as WatcherRow<Owner>[];
    log.push(row);
    this.#log = log;
    row.changedAt = this.revision;
    const { changes } = this.#parts.limits;
    if (log.length >= 2 * changes) {
      this.#forgotten += log.length - changes;
      this.#log = log.slice(-changes);
    }
    this.#parts.changed?.(this);
  }
}

const NOTHING: readonly never[] = [];

/** It waited for the same watcher to come again with the same terms. */
function isReplaced(row: Watcher, terms: string): boolean {
  return row.status === "waiting" && row.terms === terms;
}

function someWait(rows: Iterable<Watcher>): boolean {
  for (const { status } of rows) if (status === "waiting") return true;
  return false;
}
