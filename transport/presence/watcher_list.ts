import { type Clock, detached, randomToken } from "../../foundation/mod.ts";
import { uriKey } from "./identity.ts";
import { nextWatcherStatus, type WatcherEvent, type WatcherStatus } from "./watcher_machine.ts";

/** One subscription as its owner sees it (RFC 3858 §3). Plain: it can be stored and given to a new WatcherList. */
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
  /** When it is given up if nobody decides, ms since 1970; Infinity once it is decided. */
  readonly giveUpAt: number;
}

/** What a SUBSCRIBE says of its subscription. */
export interface WatcherSubscription {
  /** What the subscription is known by as long as it lives. */
  readonly key: string;
  readonly uri: string;
  readonly displayName?: string;
  readonly terms?: string;
  readonly expires_s: number;
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

class Row implements Watcher {
  readonly id: string;
  readonly uri: string;
  readonly terms: string;
  readonly subscribedAt: number;
  displayName: string;
  status: WatcherStatus;
  event: WatcherEvent;
  expiresAt: number;
  giveUpAt = Infinity;
  /** Of the live subscription; "" without one. */
  key = "";
  /** Of the list when it appeared, and when it changed last. */
  bornAt = 0;
  changedAt = 0;

  constructor(watcher: Watcher) {
    this.id = watcher.id;
    this.uri = watcher.uri;
    this.displayName = watcher.displayName;
    this.terms = watcher.terms;
    this.status = watcher.status;
    this.event = watcher.event;
    this.subscribedAt = watcher.subscribedAt;
    this.expiresAt = watcher.expiresAt;
    this.giveUpAt = watcher.giveUpAt;
  }
}

/** All subscriptions to one resource in one package (RFC 3857 §4.7). The clock's wall time counts: waiting outlives a restart. */
export class WatcherList {
  readonly resource: string;
  readonly eventPackage: string;
  readonly clock: Clock;
  readonly #limits: WatcherLimits;
  /** By id, in the order of their beginning. */
  readonly #rows = new Map<string, Row>();
  readonly #byKey = new Map<string, Row>();
  /** Pending and waiting ones by watcher, the oldest first. */
  readonly #undecided = new Map<string, Set<Row>>();
  #undecidedCount = 0;
  /** The row that each of the last changes was of; the first of them is change `#forgotten + 1`. */
  #log: Row[] = [];
  #forgotten = 0;
  #followers = 0;

  /** `kept`: what `waiting()` gave before a restart. */
  constructor(
    resource: string,
    eventPackage: string,
    clock: Clock,
    { limits = WATCHER_LIMITS, kept = [] }: {
      readonly limits?: WatcherLimits;
      readonly kept?: readonly Watcher[];
    } = {},
  ) {
    this.resource = resource;
    this.eventPackage = eventPackage;
    this.clock = clock;
    this.#limits = limits;
    for (const watcher of kept) {
      if (watcher.status !== "waiting" || this.#rows.size >= limits.watchers) continue;
      const row = new Row(watcher);
      this.#rows.set(row.id, row);
      this.#remember(row);
    }
  }

  /** Counts changes. */
  get revision(): number {
    return this.#forgotten + this.#log.length;
  }
  get size(): number {
    return this.#rows.size;
  }

  /** Changes are remembered from now on; until as many left. */
  join(): void {
    this.#followers++;
  }
  leave(): void {
    if (--this.#followers > 0) return;
    this.#forgotten = this.revision;
    this.#log = [];
  }

  /** All that are not over, in the order of their beginning. */
  watchers(): IterableIterator<Watcher> {
    return this.#rows.values();
  }

  /** What must survive a restart: the others begin again with their subscriptions. */
  waiting(): Watcher[] {
    return [...this.#rows.values()].filter(({ status }) => status === "waiting").map(plain);
  }

  /** What the list knows of a live subscription. */
  ofSubscription(key: string): Watcher | undefined {
    return this.#byKey.get(key);
  }

  /**
   * A SUBSCRIBE that policy let in (or left undecided: `pending`): one that begins a subscription, refreshes it, or finds
   * another policy. That alone is no change for those who follow unless the status becomes another. False where the list is
   * full; then nothing happened and the SUBSCRIBE is to be refused.
   */
  subscribed(subscription: WatcherSubscription, status: "pending" | "active"): boolean {
    const { key, displayName = "", expires_s } = subscription;
    const row = this.#byKey.get(key);
    if (row === undefined) return this.#begin(subscription, status);
    row.expiresAt = this.clock.now() + expires_s * 1000;
    if (displayName !== "" && displayName !== row.displayName) row.displayName = detached(displayName);
    if (row.status === status) return true;
    if (status === "active") this.#happens(row, "approved");
    else {
      // No way leads back to pending: the subscription goes on as another one.
      this.#happens(row, "deactivated");
      return this.#begin({ ...subscription, uri: row.uri, terms: row.terms, displayName: row.displayName }, status);
    }
    return true;
  }

  /** A live subscription ended. One that was pending and ran out waits from now on. False where none has this key. */
  ended(key: string, event: WatcherEvent): boolean {
    const row = this.#byKey.get(key);
    if (row === undefined) return false;
    // Whatever the end was called, it is one: nothing is left behind.
    if (!this.#happens(row, event)) this.#happens(row, "deactivated");
    return true;
  }

  /** Something happens to a watcher, such as the owner's decision; false where its status does not know that. */
  apply(id: string, event: WatcherEvent): boolean {
    const row = this.#rows.get(id);
    return row !== undefined && this.#happens(row, event);
  }

  /** Gives up those nobody decided about in time. Returns the keys of live subscriptions among them: they are to be ended. */
  giveUp(): string[] {
    const now = this.clock.now();
    const keys: string[] = [];
    for (const row of this.#rows.values()) {
      if (row.giveUpAt > now) continue;
      if (row.key !== "") keys.push(row.key);
      this.#happens(row, "giveup");
    }
    return keys;
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

  #begin({ key, uri, displayName = "", terms = "", expires_s }: WatcherSubscription, status: "pending" | "active") {
    const own = this.#undecided.get(uriKey(uri));
    // RFC 3857 §4.7.1: what waited for this one to come again has done so.
    for (const other of own ?? []) {
      if (other.status === "waiting" && other.terms === terms) this.#happens(other, "giveup");
    }
    if (!this.#makeRoom(own, status)) return false;
    const now = this.clock.now();
    const row = new Row({
      id: randomToken(22),
      uri: detached(uri),
      displayName: detached(displayName),
      terms: detached(terms),
      status,
      event: "subscribe",
      subscribedAt: now,
      expiresAt: now + expires_s * 1000,
      giveUpAt: status === "pending" ? now + this.#limits.giveUp_s * 1000 : Infinity,
    });
    row.key = detached(key);
    this.#rows.set(row.id, row);
    this.#byKey.set(row.key, row);
    if (status === "pending") this.#remember(row);
    this.#record(row);
    row.bornAt = row.changedAt;
    return true;
  }

  /** Lets the oldest that wait go where there are too many; live subscriptions stay. */
  #makeRoom(own: ReadonlySet<Row> | undefined, status: "pending" | "active"): boolean {
    const { watchers, undecided, undecidedOfOne } = this.#limits;
    if (status === "pending") {
      if (own !== undefined && own.size >= undecidedOfOne && !this.#dropWaiting(own)) return false;
      if (this.#undecidedCount >= undecided && !this.#dropWaiting(this.#rows.values())) return false;
    }
    return this.#rows.size < watchers || this.#dropWaiting(this.#rows.values());
  }

  #dropWaiting(rows: Iterable<Row>): boolean {
    for (const row of rows) if (row.status === "waiting") return this.#happens(row, "giveup");
    return false;
  }

  #happens(row: Row, event: WatcherEvent): boolean {
    const next = nextWatcherStatus(row.status, event);
    if (next === null) return false;
    row.status = next;
    row.event = event;
    if (next === "waiting") {
      this.#byKey.delete(row.key);
      row.key = "";
      row.expiresAt = this.clock.now();
      row.giveUpAt = row.expiresAt + this.#limits.giveUp_s * 1000;
    } else {
      this.#decide(row);
      if (next === "terminated") {
        this.#rows.delete(row.id);
        this.#byKey.delete(row.key);
      }
    }
    this.#record(row);
    return true;
  }

  #remember(row: Row): void {
    const key = uriKey(row.uri);
    const own = this.#undecided.get(key);
    if (own === undefined) this.#undecided.set(key, new Set([row]));
    else own.add(row);
    this.#undecidedCount++;
  }

  #decide(row: Row): void {
    row.giveUpAt = Infinity;
    const key = uriKey(row.uri);
    const own = this.#undecided.get(key);
    if (own === undefined || !own.delete(row)) return;
    this.#undecidedCount--;
    if (own.size === 0) this.#undecided.delete(key);
  }

  #record(row: Row): void {
    if (this.#followers === 0) {
      row.changedAt = ++this.#forgotten;
      return;
    }
    this.#log.push(row);
    row.changedAt = this.revision;
    const { changes } = this.#limits;
    if (this.#log.length < 2 * changes) return;
    this.#forgotten += this.#log.length - changes;
    this.#log = this.#log.slice(-changes);
  }
}

function plain(row: Watcher): Watcher {
  const { id, uri, displayName, terms, status, event, subscribedAt, expiresAt, giveUpAt } = row;
  return { id, uri, displayName, terms, status, event, subscribedAt, expiresAt, giveUpAt };
}
