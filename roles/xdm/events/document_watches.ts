import type { Clock, Events, Metrics, Timed, Timer, Timers } from "../../../foundation/mod.ts";
import type { Subscription } from "../../../transport/sip/mod.ts";
import type { DocumentKey } from "../usage.ts";
import type { DocumentChange, XdmEvents } from "../xdm_events.ts";
import { diffModeOf } from "./document_changes.ts";
import { DocumentHistories } from "./document_history.ts";
import { NotificationBodies } from "./notification_bodies.ts";
import { nameOf, type Selection } from "./selection.ts";
import type { Told, Watch } from "./watch.ts";
import { WatchIndex } from "./watch_index.ts";
import type { WatchedDocuments } from "./watched_documents.ts";

/** What the watches stand on. */
export interface DocumentWatchesParts {
  readonly documents: WatchedDocuments;
  readonly events: Events<XdmEvents>;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly metrics: Metrics;
}

/** Subscriptions of one user to documents, and selections of all subscriptions together. */
export const MOST_OF_USER = 32;
const MOST_SELECTIONS = 250_000;

/** Milliseconds that telling takes at a time: nobody else waits longer for it. */
const BUDGET_MS = 8;
const TURN_MS = 10;
const SWEEP_MS = 30_000;
const TURN = 1, SWEEP = 2;

/**
 * Everybody who watches documents, and what has become of these documents since each was told the last time. A change is noted
 * before its writer gets the answer, and told after that, so many watches at a time as take a few milliseconds.
 */
export class DocumentWatches implements Timed {
  readonly documents: WatchedDocuments;
  readonly histories = new DocumentHistories();
  readonly #index = new WatchIndex();
  readonly #bodies: NotificationBodies;
  readonly #clock: Clock;
  readonly #timers: Timers;
  /** Those to be told of a change, in the order of the changes. */
  readonly #waiting = new Set<Watch>();
  #turn: Timer | null = null;
  #sweep: Timer | null = null;

  constructor({ documents, events, clock, timers, metrics }: DocumentWatchesParts) {
    this.documents = documents;
    this.#clock = clock;
    this.#timers = timers;
    this.#bodies = new NotificationBodies(metrics);
    events.on("documentChanged", (change) => this.#changed(change));
    // Its versions are not remembered: it is told of by its tags.
    events.on("documentRemade", ({ key }) => {
      if (!this.#index.isWatched(key.owner)) return;
      this.#touch(key);
      for (const directory of this.documents.directories(key.owner)) this.#touch(directory);
    });
    metrics.gauge("parley_xcap_watched_resources", "Resources that subscriptions name", () => this.#index.selections);
    metrics.gauge("parley_xcap_history_octets", "Versions kept to tell differences from", () => this.histories.cost);
  }

  /** True where there is no room for another subscription with so many selections. */
  isFull(selections: number): boolean {
    return this.#index.selections + selections > MOST_SELECTIONS;
  }

  /** Subscriptions of one user. */
  count(watcher: string): number {
    return this.#index.of(watcher).size;
  }

  add(watch: Watch): void {
    this.#index.add(watch);
  }

  remove(watch: Watch): void {
    this.#index.remove(watch);
    this.#waiting.delete(watch);
  }

  /** A subscription watches something else from now on. */
  select(watch: Watch, selections: readonly Selection[]): void {
    this.#index.remove(watch);
    watch.select(selections);
    this.#index.add(watch);
  }

  body(told: Told): Uint8Array {
    return this.#bodies.body(`${this.documents.root}/`, told);
  }

  /** Ends all subscriptions of one user. */
  end(watcher: string, reason: "noresource" | "rejected" | "deactivated"): void {
    for (const { subscription } of [...this.#index.of(watcher)]) subscription?.terminate?.(reason);
  }

  /** Everything of an owner is gone. */
  treeRemoved(owner: string): void {
    for (const watch of this.#index.ofTree(owner)) if (watch.touchTree(owner)) this.#wait(watch);
  }

  onTimer(kind: number): void {
    if (kind === TURN) this.#tell();
    else {
      this.#sweep = null;
      this.histories.sweep(this.#clock.monotonic());
      this.#sweepLater();
    }
  }

  #changed(change: DocumentChange): void {
    const { key } = change;
    if (!this.#index.isWatched(key.owner)) return;
    let isPatched = false;
    for (const watch of this.#index.watching(key)) {
      if (isPatching(watch.subscription)) isPatched = true;
      if (watch.touch(key)) this.#wait(watch);
    }
    if (isPatched) {
      this.histories.add(nameOf(key), change, this.#clock.monotonic());
      this.#sweepLater();
    }
    for (const directory of this.documents.directories(key.owner)) this.#touch(directory);
  }

  #touch(key: DocumentKey): void {
    for (const watch of this.#index.watching(key)) if (watch.touch(key)) this.#wait(watch);
  }

  #wait(watch: Watch): void {
    this.#waiting.add(watch);
    this.#turn ??= this.#timers.start(TURN_MS, this, TURN);
  }

  #tell(): void {
    this.#turn = null;
    const until = this.#clock.monotonic() + BUDGET_MS;
    for (const watch of this.#waiting) {
      this.#waiting.delete(watch);
      watch.subscription?.changed?.();
      if (this.#clock.monotonic() >= until) break;
    }
    if (this.#waiting.size > 0) this.#turn = this.#timers.start(TURN_MS, this, TURN);
  }

  #sweepLater(): void {
    if (this.histories.size > 0) this.#sweep ??= this.#timers.start(SWEEP_MS, this, SWEEP);
  }
}

function isPatching(subscription: Subscription | null): boolean {
  return diffModeOf(subscription?.params) !== "no-patching";
}
