import type { Clock, Counter, Log, Metrics, Timed, Timer, Timers } from "../../../foundation/mod.ts";
import type { Documents } from "../../../storage/mod.ts";
import type { DurableStates } from "../../../transport/sip/mod.ts";
import { XcapProblem } from "../../../transport/xcap/mod.ts";
import { type DocumentKey, type DocumentService, IDENTIFIERS, type Principal, readGroup } from "../../xdm/mod.ts";
import type { RoomSettings } from "./terms.ts";

/** What the removal of unused groups stands on. */
export interface UnusedGroupsParts {
  readonly documents: Pick<Documents, "ofUsage" | "find">;
  readonly service: Pick<DocumentService, "read" | "remove" | "byServiceUri">;
  /** When each document of groups was used last: `owner name`, wall time in ms. */
  readonly states: DurableStates;
  /** Read at each use. */
  readonly settings: Pick<RoomSettings, "unused_hours">;
  /** Groups (folded URIs) that have a session now. */
  readonly inUse: () => Iterable<string>;
  /** This group is gone for good: it is to leave the contact lists of users. Rejects where that is to be tried again. */
  readonly gone: (group: string) => Promise<void>;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly metrics: Metrics;
  readonly log: Log;
}

const { auid } = IDENTIFIERS.groups;
const HOUR_MS = 3_600_000;
/** Documents that are removed in one go; the others an hour later. */
const MOST_REMOVED = 500;
/** A clock that gains or loses more than that between two looks was set. */
const STEP_MS = 60_000;
/** States that name a group which is to leave contact lists. */
const GONE = "gone ";
const SERVICE: Principal = { kind: "service", name: "unused groups" };

/**
 * Removes groups of users in which nobody has been for as long as the operator says, also from contact lists (CHAT-8). Those of the
 * operator stay. A document counts as one, however many groups stand in it; one that was never used counts from when it was first
 * seen, or changed.
 */
export class UnusedGroups implements Timed {
  readonly #parts: UnusedGroupsParts;
  readonly #usedAt = new Map<string, number>();
  /** Groups whose removal began: those that are gone leave contact lists, now or at the next look. */
  readonly #leaving = new Set<string>();
  readonly #removed: Counter;
  #timer: Timer | null;
  #looked: { readonly wall: number; readonly monotonic: number };
  #looking: Promise<void> | null = null;

  constructor(parts: UnusedGroupsParts) {
    this.#parts = parts;
    const { states, clock, timers, metrics } = parts;
    const now = clock.now();
    // A box without a clock of its own starts in the past.
    for (const [name, at] of states.load()) {
      if (name.startsWith(GONE)) this.#leaving.add(name.slice(GONE.length));
      else if (typeof at === "number") this.#usedAt.set(name, Math.min(at, now));
    }
    this.#removed = metrics.counter("parley_groups_removed_total", "Documents of groups removed as nobody used them");
    this.#looked = { wall: now, monotonic: clock.monotonic() };
    this.#timer = timers.start(HOUR_MS, this, 0);
  }

  /** A session of the group has begun, or ended. */
  used(group: string): void {
    const key = this.#parts.service.byServiceUri(group);
    if (key?.auid === auid && key.owner !== "") this.#note(nameOf(key));
  }

  /** Resolves when no look goes on. */
  get idle(): Promise<void> {
    return this.#looking ?? Promise.resolve();
  }

  onTimer(): void {
    this.#timer = this.#parts.timers.start(HOUR_MS, this, 0);
    this.#looking ??= this.#look().finally(() => this.#looking = null);
  }

  close(): void {
    this.#timer?.stop();
    this.#timer = null;
  }

  async #look(): Promise<void> {
    const { settings, documents, states } = this.#parts;
    const step = this.#step();
    if (step !== 0) { for (const [name, at] of this.#usedAt) this.#keep(name, at + step); }
    for (const group of this.#parts.inUse()) this.used(group);
    const due: DocumentKey[] = [], seen = new Set<string>();
    const before = this.#parts.clock.now() - settings.unused_hours * HOUR_MS;
    for (const { owner, name, modifiedAt } of documents.ofUsage(auid)) {
      if (owner === "") continue;
      const key = { auid, owner, name }, title = nameOf(key);
      seen.add(title);
      const usedAt = this.#usedAt.get(title);
      if (usedAt === undefined) this.#note(title);
      else if (settings.unused_hours > 0 && Math.max(usedAt, modifiedAt) <= before) due.push(key);
    }
    for (const name of [...this.#usedAt.keys()]) {
      if (seen.has(name)) continue;
      this.#usedAt.delete(name);
      states.save(name, null, true, null);
    }
    for (const key of due.slice(0, MOST_REMOVED)) {
      if (this.#timer === null) return;
      await this.#remove(key, before);
    }
    for (const group of [...this.#leaving]) {
      if (this.#timer === null) return;
      await this.#leave(group);
    }
  }

  /** What was removed leaves contact lists; what is there after all, or has gone from them, is forgotten. */
  async #leave(group: string): Promise<void> {
    const { service, gone, states, log } = this.#parts;
    try {
      if (service.byServiceUri(group) === undefined) await gone(group);
    } catch (error) {
      log.warn("a group that was removed is still in contact lists", { group, error: (error as Error).message });
      return;
    }
    this.#leaving.delete(group);
    states.save(GONE + group, null, true, null);
  }

  /** Noted before its document goes: a crash between the two would leave it in lists for good. */
  async #noteGroups(key: DocumentKey): Promise<void> {
    const { service, states } = this.#parts;
    const version = await service.read(key);
    for (const { aor } of version === null ? [] : readGroup(version.document)) {
      if (aor === "" || this.#leaving.has(aor)) continue;
      this.#leaving.add(aor);
      states.save(GONE + aor, true, false, null);
    }
  }

  async #remove(key: DocumentKey, before: number): Promise<void> {
    const { documents, service, log, states } = this.#parts;
    const name = nameOf(key), facts = documents.find(key.auid, key.owner, key.name);
    // Somebody may have come, or changed it, meanwhile.
    for (const group of this.#parts.inUse()) this.used(group);
    if (facts === undefined || Math.max(this.#usedAt.get(name) ?? Infinity, facts.modifiedAt) > before) return;
    try {
      await this.#noteGroups(key);
      await service.remove(SERVICE, key, null, { ifMatch: [facts.etag], ifNoneMatch: null });
    } catch (error) {
      if (!(error instanceof XcapProblem)) throw error;
      // Changed or removed by its owner: that is use enough.
      if (error.status === 404 || error.status === 412) return;
      log.warn("an unused group was not removed", { owner: key.owner, document: key.name, error: error.message });
      return;
    }
    this.#usedAt.delete(name);
    states.save(name, null, true, null);
    this.#removed.add();
    log.info("a group that nobody used was removed", { owner: key.owner, document: key.name });
  }

  #note(name: string): void {
    this.#keep(name, this.#parts.clock.now());
  }

  #keep(name: string, at: number): void {
    this.#usedAt.set(name, at);
    this.#parts.states.save(name, at, true, null);
  }

  /** By how much the wall clock was set since the last look. */
  #step(): number {
    const wall = this.#parts.clock.now(), monotonic = this.#parts.clock.monotonic();
    const step = wall - this.#looked.wall - (monotonic - this.#looked.monotonic);
    this.#looked = { wall, monotonic };
    return Math.abs(step) > STEP_MS ? step : 0;
  }
}

/** No address has a space in it. */
function nameOf({ owner, name }: DocumentKey): string {
  return `${owner} ${name}`;
}
