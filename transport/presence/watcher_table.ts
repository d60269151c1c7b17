import type { NotificationOutcome } from "./watched_presence.ts";
import type { ReportedWatcher, WatcherInfoDocument } from "./watcher_info.ts";

/** Watchers of all lists that one table holds; more are passed over. */
const MOST = 10_000;

/** What a subscriber to watcher information knows, from the documents of one subscription (RFC 3858 §4). */
export class WatcherTable {
  readonly #lists = new Map<string, Map<string, ReportedWatcher>>();
  #version = -1;
  #size = 0;

  /** The watchers of a resource in a package, by id; those that are over are not kept. */
  watchers(resource: string, eventPackage: string): ReadonlyMap<string, ReportedWatcher> {
    return this.#lists.get(`${eventPackage} ${resource}`) ?? NONE;
  }

  /** Takes the body of a NOTIFY. After `missed` it was taken, but something before it is lost: the subscription is to be refreshed. */
  receive({ version, state, lists }: WatcherInfoDocument): NotificationOutcome {
    const isFull = state === "full";
    // Notifiers that always send everything are met that do not count.
    if (version < this.#version || (version === this.#version && !isFull)) return "stale";
    const outcome = isFull ? "replaced" : this.#version >= 0 && version === this.#version + 1 ? "changed" : "missed";
    this.#version = version;
    if (isFull) {
      this.#lists.clear();
      this.#size = 0;
    }
    for (const { resource, eventPackage, watchers } of lists) {
      const key = `${eventPackage} ${resource}`;
      let table = this.#lists.get(key);
      if (table === undefined) {
        if (this.#lists.size >= MOST) continue;
        this.#lists.set(key, table = new Map());
      }
      for (const watcher of watchers) this.#take(table, watcher);
    }
    return outcome;
  }

  #take(table: Map<string, ReportedWatcher>, watcher: ReportedWatcher): void {
    if (table.delete(watcher.id)) this.#size--;
    if (watcher.status === "terminated" || this.#size >= MOST) return;
    table.set(watcher.id, watcher);
    this.#size++;
  }
}

const NONE: ReadonlyMap<string, ReportedWatcher> = new Map();
