import type { Clock, Events, Log, Metrics, Timed, Timers } from "../../../foundation/mod.ts";
import type { Records } from "../../../storage/mod.ts";
import { type PresenceView, type WatcherEvent, WatcherFeed, type WatcherRow } from "../../../transport/presence/mod.ts";
import type { Subscription } from "../../../transport/sip/mod.ts";
import type { PresenceEvents } from "../presence_events.ts";
import type { PresenceDecisions, PresentityStates } from "../presentity.ts";
import type { PrivacyDocuments } from "../source/visibility.ts";
import type { Watch, Watches, WatchListener, WatchTerms } from "../watch.ts";
import { Judging } from "./judging.ts";
import { OpenWatch, stateOf, viewOf } from "./open_watch.ts";
import { Slices } from "./slices.ts";
import { type WaitingRecord, WaitingWatchers } from "./waiting_watchers.ts";
import { ANONYMOUS, uriOf, WATCH_LIMITS, type WatchLimits, WatchTable } from "./watch_table.ts";
import { DECIDE, FOLLOW, GIVE_UP, REMOVE, TELL, Watched } from "./watched.ts";

/** What the watches stand on. */
export interface PresenceWatchesParts {
  readonly states: PresentityStates;
  readonly decisions: PresenceDecisions;
  /** Until these are read their users are shown as if they were not there: so they are read before a watcher is told. */
  readonly privacy: PrivacyDocuments;
  /** Whether a folded address is one of a user of this box. */
  readonly isUser: (address: string) => boolean;
  readonly events: Events<PresenceEvents>;
  /** Of kind `waiting_watchers`, for at least `limits.waiting` and some hundreds more. */
  readonly waiting: Records<WaitingRecord>;
  readonly clock: Clock;
  readonly timers: Timers;
  /** Runs work in a turn of the event loop of its own, soon. */
  readonly nextTurn: (work: () => void) => void;
  /** The same for telling and deciding what came up: may wait a little for what else comes. Default: `nextTurn`. */
  readonly nextBeat?: (work: () => void) => void;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly limits?: WatchLimits;
}

/** What a SUBSCRIBE would be to the presentity's rules, before it is one. */
export interface WatchOutlook {
  readonly state: "active" | "pending" | "refused";
  /** What would be told; to be asked of an active one only. */
  readonly view: PresenceView;
}

/** How often is looked for those nobody decides about. */
const SWEEP_MS = 3_600_000;

/**
 * Everybody who watches somebody here, and everybody who waits to be let (RFC 3857 §4.7). What happens is noted at once, and told
 * and decided in turns of its own.
 */
export class PresenceWatches implements Watches, Timed {
  readonly #parts: PresenceWatchesParts;
  readonly #table: WatchTable;
  readonly #slices: Slices<Watched>;
  readonly #judging: Judging<Watched>;
  readonly #waiting: WaitingWatchers;

  constructor(parts: PresenceWatchesParts) {
    const { clock, timers, nextTurn, nextBeat: begin, log, decisions, events, metrics, isUser } = parts;
    const { limits = WATCH_LIMITS } = parts;
    this.#parts = parts;
    this.#waiting = new WaitingWatchers(parts.waiting, { timers, log });
    this.#table = new WatchTable({
      clock,
      limits,
      waiting: this.#waiting,
      changed: (watched) => this.#owe(watched, FOLLOW),
    });
    this.#slices = new Slices({
      clock,
      nextTurn,
      begin,
      steps: (watched) => this.#steps(watched),
      onError: (error) => log.error("watchers could not be told", { error: String(error) }),
    });
    this.#judging = new Judging({
      read: async ({ resource }) => void await Promise.all([decisions.prepare(resource), this.#prepareState(resource)]),
      done: (watched) => this.#owe(watched, DECIDE),
      timers,
      log,
    });
    this.#table.restore(isUser);
    events.on("presenceChanged", ({ presentity }) => {
      const watched = this.#table.get(presentity);
      if (watched !== undefined) this.#owe(watched, TELL);
    });
    events.on("rulesChanged", ({ presentity }) => {
      const watched = this.#table.get(presentity);
      if (watched !== undefined) this.#judging.add(watched);
    });
    metrics.gauge("parley_presence_watches", "Watchers of users of this box", () => this.#table.size);
    metrics.gauge("parley_presence_waiting_watchers", "Watchers who wait to be let", () => this.#waiting.size);
    this.#sweepLater();
  }

  /** Watches that are open. */
  get size(): number {
    return this.#table.size;
  }

  prepare(presentity: string): Promise<void> | null {
    const { decisions, isUser } = this.#parts;
    if (!isUser(presentity)) return null;
    const state = this.#prepareState(presentity);
    if (decisions.decide(presentity, "") !== undefined) return state;
    const rules = decisions.prepare(presentity);
    return state === null ? rules : Promise.all([state, rules]).then(() => undefined);
  }

  /** What is seen, and whether it is to be seen. */
  #prepareState(presentity: string): Promise<void> | null {
    const { states, privacy } = this.#parts;
    const state = states.prepare(presentity);
    if (privacy.invisible(presentity) !== undefined) return state;
    return Promise.all([state, privacy.prepare(presentity)]).then(() => undefined);
  }

  /** As the rules are now; undefined where they have to be prepared first. */
  outlook(presentity: string, watcher: string): WatchOutlook | undefined {
    const { decisions, states } = this.#parts;
    const decision = decisions.decide(presentity, watcher);
    if (decision === undefined) return undefined;
    return {
      state: stateOf(decision),
      get view() {
        return viewOf(states, presentity, watcher, decision);
      },
    };
  }

  /** Whether `open` would find room: "crowded" where the watcher has too many that nobody decides about. */
  room(presentity: string, watcher: string, state: "active" | "pending"): "free" | "full" | "crowded" {
    if (this.#table.isFull) return "full";
    return this.#table.get(presentity)?.room(uriOf(watcher), state) ?? "free";
  }

  open(presentity: string, watcher: string, terms: WatchTerms, listener: WatchListener): OpenWatch | "full" | null {
    const decision = this.#parts.decisions.decide(presentity, watcher);
    if (decision === undefined) return this.reopen(presentity, watcher, terms, listener);
    const watch = this.#watch(presentity, watcher, terms, listener);
    if (watch === null) return null;
    if (decision.handling !== "block") return this.#table.open(watch, decision) ? watch : "full";
    watch.refusal = "rejected";
    watch.terms = null;
    return watch;
  }

  /**
   * As `open`, of one from before a restart: nothing is there yet of what its decision needs, so that the listener hears of it later,
   * whatever it is.
   */
  reopen(presentity: string, watcher: string, terms: WatchTerms, listener: WatchListener): OpenWatch | "full" | null {
    const watch = this.#watch(presentity, watcher, terms, listener);
    if (watch === null) return null;
    if (!this.#table.await(watch)) return "full";
    this.#judging.add(watch.watched);
    return watch;
  }

  /**
   * Null where a watch has the decision of now; else settles when it has, and the listener heard of it. To be asked before anything is
   * told: rules that were acknowledged hold, also while they are being read. Rejects where they cannot be read.
   */
  settled(watch: OpenWatch): Promise<void> | null {
    if (this.#isJudged(watch)) return null;
    const prepared = this.prepare(watch.presentity) ?? Promise.resolve();
    return prepared.then(() => {
      if (watch.isOpen) this.#judgeAgain(watch);
    });
  }

  /** Whether what a watch shows is by the rules of now. Where those are at hand it is; else its listener hears when they are. */
  isSettled(watch: Watch): boolean {
    if (!(watch instanceof OpenWatch)) return false;
    if (this.#isJudged(watch)) return true;
    if (watch.isOpen) {
      watch.watched.withheld |= TELL;
      this.#judging.add(watch.watched);
    }
    return false;
  }

  /** False where documents have to be read first. After its end, too: what it showed may be asked for a last time. */
  #isJudged(watch: OpenWatch): boolean {
    const { presentity, watcher, decision: before, isOpen } = watch;
    if (watch.refusal !== null) return true;
    // Of whom nothing was ever decided, the state has to be read, too.
    const decision = before === null && isOpen ? undefined : this.#parts.decisions.decide(presentity, watcher);
    // Of who is no user any more nothing can be read, and nothing is known.
    if (decision === undefined) return !this.#parts.isUser(presentity);
    if (!isOpen) watch.decision = decision;
    else if (decision !== before && this.#table.judge(watch, decision)) {
      this.#parts.nextTurn(() => this.#tell(watch, true));
    }
    return true;
  }

  /** What decides about everybody may be another thing: all are judged anew. */
  reconsider(): void {
    for (const watched of this.#table.all()) this.#owe(watched, DECIDE | TELL);
  }

  /** Null where all who watch somebody have their decisions; else settles when they have. */
  allSettled(presentity: string): Promise<void> | null {
    const watched = this.#table.get(presentity);
    if (watched === undefined || watched.unjudged === null) return null;
    const prepared = this.prepare(presentity) ?? Promise.resolve();
    return prepared.then(() => {
      for (const watch of watched.unjudged ?? NOBODY) this.#judgeAgain(watch);
    });
  }

  refresh(watch: Watch, expires_s: number): void {
    if (!(watch instanceof OpenWatch) || !watch.isOpen) return;
    const { row, terms, watched, watcher } = watch;
    if (terms !== null) watch.terms = { ...terms, expires_s };
    if (row !== null) watched.refresh(row, expires_s);
    // The SUBSCRIBE was judged by rules that may have come to be a moment ago.
    const decision = this.#parts.decisions.decide(watched.resource, watcher);
    if (decision === undefined || !this.#table.judge(watch, decision) || watch.refusal === null) return;
    this.#parts.nextTurn(() => this.#tell(watch, true));
  }

  close(watch: Watch, event: WatcherEvent): void {
    if (!(watch instanceof OpenWatch)) return;
    this.#table.close(watch, event);
    this.#table.release(watch.watched);
  }

  /** Begins to follow who watches somebody. `version`: of the last document told before a restart. */
  follow(presentity: string, subscription: Subscription, version?: number): WatcherFeed {
    const watched = this.#table.of(presentity);
    this.#table.add(watched);
    watched.follow(subscription);
    return new WatcherFeed(watched, version);
  }

  unfollow(presentity: string, subscription: Subscription, feed: WatcherFeed): void {
    feed.close();
    const watched = this.#table.get(presentity);
    if (watched === undefined) return;
    watched.unfollow(subscription);
    this.#table.release(watched);
  }

  /** A user is one no longer: all who watch or wait are told so, and forgotten. */
  remove(presentity: string): void {
    const watched = this.#table.get(presentity);
    if (watched !== undefined) this.#owe(watched, REMOVE);
  }

  /** Settles when those who wait are stored. */
  flush(): Promise<void> {
    return this.#waiting.flush();
  }

  onTimer(): void {
    for (const watched of this.#table.all()) if (watched.undecided > 0) this.#owe(watched, GIVE_UP);
    this.#sweepLater();
  }

  /** Null where the presentity is nobody of this box. */
  #watch(presentity: string, watcher: string, terms: WatchTerms, listener: WatchListener): OpenWatch | null {
    const { isUser, states } = this.#parts;
    return isUser(presentity) ? new OpenWatch(this.#table.of(presentity), watcher, { states, listener, terms }) : null;
  }

  #sweepLater(): void {
    const most = this.#table.limits.list.giveUp_s * 100;
    this.#parts.timers.start(Math.min(SWEEP_MS, most), this, 0);
  }

  #owe(watched: Watched, what: number): void {
    if (watched.owed === 0) this.#slices.add(watched);
    watched.owed |= what;
  }

  /** All that is to be done about one presentity, a watcher a step. */
  *#steps(watched: Watched): Generator<void> {
    // What was not told while rules were read is told when they are known.
    const owed = watched.owed | ((watched.owed & DECIDE) !== 0 ? watched.withheld : 0);
    watched.owed = 0;
    if ((owed & DECIDE) !== 0) watched.withheld = 0;
    if ((owed & GIVE_UP) !== 0) {
      for (const watch of watched.giveUp()) yield this.#refuse(watch, "giveup");
    }
    if ((owed & REMOVE) !== 0) yield* this.#removing(watched);
    if ((owed & DECIDE) !== 0 && watched.unjudged !== null) {
      for (const watch of watched.unjudged) yield void this.#judgeAgain(watch);
    }
    if ((owed & (DECIDE | TELL)) !== 0) {
      const judges = (owed & DECIDE) !== 0 || this.#parts.decisions.decide(watched.resource, "") === undefined;
      for (const row of watched.watchers()) yield this.#attend(watched, row, owed, judges);
    }
    if (watched.followed !== null && (owed & FOLLOW) !== 0) {
      for (const subscription of watched.followed) yield subscription.changed?.();
    }
    this.#table.release(watched);
  }

  *#removing(watched: Watched): Generator<void> {
    for (const watch of watched.unjudged ?? NOBODY) yield this.#refuse(watch, "noresource");
    for (const row of watched.watchers()) {
      if (row.owner === null) watched.apply(row, "noresource");
      else this.#refuse(row.owner, "noresource");
      yield;
    }
    for (const subscription of watched.followed ?? []) yield subscription.terminate?.("noresource");
  }

  /** `judges` false: what is known of rules was told, and whoever is told of another state asks for the decision of then. */
  #attend(watched: Watched, row: WatcherRow<OpenWatch>, owed: number, judges: boolean): void {
    const watch = row.owner;
    if (watch === null) {
      if ((owed & DECIDE) !== 0) this.#judgeWaiting(watched, row);
      return;
    }
    if (judges && this.#judgeAgain(watch)) {
      if (this.#judging.has(watched)) watched.withheld |= owed & TELL;
      return;
    }
    if ((owed & TELL) !== 0 && watch.state === "active") this.#tell(watch, false);
  }

  /** True where the watcher was told of another decision, or is to be told nothing until there is one. */
  #judgeAgain(watch: OpenWatch): boolean {
    const { watched, watcher } = watch;
    const decision = this.#parts.decisions.decide(watched.resource, watcher);
    if (decision === undefined) this.#judging.add(watched);
    else if (!this.#table.judge(watch, decision)) return false;
    else this.#tell(watch, true);
    return true;
  }

  #judgeWaiting(watched: Watched, row: WatcherRow<OpenWatch>): void {
    const watcher = row.uri === ANONYMOUS ? "" : row.uri;
    const decision = this.#parts.decisions.decide(watched.resource, watcher);
    if (decision === undefined) this.#judging.add(watched);
    else if (decision.handling === "allow") watched.apply(row, "approved");
    else if (decision.handling !== "confirm") watched.apply(row, "rejected");
  }

  #refuse(watch: OpenWatch, reason: "giveup" | "noresource"): void {
    if (this.#table.refuse(watch, reason)) this.#tell(watch, true);
  }

  /** One who cannot be told keeps nobody else from it. */
  #tell(watch: OpenWatch, isDecided: boolean): void {
    try {
      if (isDecided) watch.listener.decided(watch);
      else watch.listener.presenceChanged(watch);
    } catch (error) {
      this.#parts.log.error("a watcher could not be told", { error: String(error) });
    }
  }
}

const NOBODY: ReadonlySet<OpenWatch> = new Set();
