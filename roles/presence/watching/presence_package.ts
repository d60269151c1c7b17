import { EMPTY } from "../../../foundation/mod.ts";
import {
  FilterProblem,
  LOCATION_FORM_PARAMETER,
  locationFormOf,
  LocationForms,
  PIDF_DIFF_TYPE,
  PIDF_TYPE,
  type PresenceView,
  stateTag,
  wantsView,
  type WatcherEvent,
} from "../../../transport/presence/mod.ts";
import type {
  Admission,
  EventPackage,
  Notification,
  Params,
  RatePolicy,
  SubscribeContents,
  SubscribeRefusal,
  Subscription,
} from "../../../transport/sip/mod.ts";
import { type TellingSettings, TellingTerms } from "../telling_terms.ts";
import { PresenceBodies } from "./presence_bodies.ts";
import {
  changedFilters,
  filteredPresence,
  filterRefusal,
  keptFilters,
  type PresenceFilters,
} from "./presence_filters.ts";
import type { OpenWatch } from "./open_watch.ts";
import type { PresenceWatches } from "./presence_watches.ts";
import { type KeptPresence, readKept, ToldPresence } from "./told_presence.ts";
import { ANONYMOUS } from "./watch_table.ts";

/** What the package stands on. */
export interface PresencePackageParts {
  readonly watches: PresenceWatches;
  /** Whether a folded address is one of a user of this box. */
  readonly isUser: (address: string) => boolean;
  /** The package for lists, or why there is none for this one; null for a single presentity. */
  readonly lists?: (contents: SubscribeContents) => EventPackage | SubscribeRefusal | null;
  readonly settings: TellingSettings;
  readonly nextTurn: (work: () => void) => void;
  /**
   * Whether what subscriptions kept before the box went down is what they were told last: it was stopped in order, not killed. Where
   * it is not, all of them are told the state anew.
   */
  readonly keptAll: boolean;
}

const RETRY_AFTER: SubscribeRefusal["headers"] = [["Retry-After", "300"]];
/** More than are sent between two times of keeping: versions grow also over a crash (RFC 5263 §4.4). */
const VERSIONS_AHEAD = 10_000;
/** RFC 6446: how often is told does not make a subscription another one. */
const RATES: ReadonlySet<string> = new Set(["id", "max-rate", "min-rate", "adaptive-min-rate"]);

/** The `presence` event package for users of this box (RFC 3856), with partial notification (RFC 5263) and filters (RFC 4660). */
export class PresencePackage implements EventPackage {
  readonly name = "presence";
  readonly contentTypes: readonly string[] = [PIDF_TYPE, PIDF_DIFF_TYPE];
  /** RFC 5263 §4.2. */
  readonly namedTypes: readonly string[] = [PIDF_DIFF_TYPE];
  readonly #parts: PresencePackageParts;
  readonly #bodies = new PresenceBodies();
  readonly #forms = new LocationForms();
  readonly #terms: TellingTerms;

  constructor(parts: PresencePackageParts) {
    this.#parts = parts;
    this.#terms = new TellingTerms(parts.settings);
  }

  get expires(): EventPackage["expires"] {
    return this.#terms.expires;
  }
  get pace(): EventPackage["pace"] {
    return this.#terms.pace;
  }
  get rates(): RatePolicy {
    return this.#terms.rates;
  }

  variant(contents: SubscribeContents): EventPackage | SubscribeRefusal {
    return this.#parts.lists?.(contents) ?? this;
  }

  load({ resource }: SubscribeContents): Promise<void> | null {
    return this.#parts.watches.prepare(resource);
  }

  refuse(contents: SubscribeContents): SubscribeRefusal | null {
    const { resource, watcher, subscription } = contents;
    if (!this.#parts.isUser(resource)) return { status: 404, reason: "No Such User" };
    try {
      filtersOf(contents);
    } catch (error) {
      if (error instanceof FilterProblem) return filterRefusal(error);
      throw error;
    }
    return subscription === null ? this.#crowding(resource, watcherOf(watcher)) : null;
  }

  /** The answer where there is no room for another watcher. */
  #crowding(resource: string, watcher: string): SubscribeRefusal | null {
    const { watches } = this.#parts;
    const state = watches.outlook(resource, watcher)?.state ?? "pending";
    // `admit` says why.
    if (state === "refused") return null;
    const room = watches.room(resource, watcher, state);
    if (room === "full") return { status: 503, reason: "Too Many Watchers", headers: RETRY_AFTER };
    return room === "free" ? null : { status: 403, reason: "Too Many Subscriptions Wait For A Decision" };
  }

  admit(resource: string, watcher: string): Admission {
    const { watches, isUser } = this.#parts;
    if (!isUser(resource)) return { state: "refused", status: 404, reason: "No Such User" };
    const outlook = watches.outlook(resource, watcherOf(watcher));
    // Read a moment ago, and let go since.
    if (outlook === undefined) return { state: "refused", status: 503 };
    const { state } = outlook;
    return state === "refused" ? { state, status: 403, reason: "You May Not Watch This User" } : { state };
  }

  stateTag(contents: SubscribeContents): string | null {
    const { resource, watcher } = contents;
    const outlook = this.#parts.watches.outlook(resource, watcherOf(watcher));
    if (outlook?.state !== "active") return null;
    const filter = filtersOf(contents)?.own ?? null;
    const view = this.#shown(outlook.view, contents.params);
    return filter === null ? view.tag : filteredPresence(view, filter).tag;
  }

  subscribed(subscription: Subscription, contents: SubscribeContents): void {
    const { watches } = this.#parts;
    const { id, resource, watcher } = subscription;
    const { displayName, params, filter, expires: expires_s } = contents;
    const known = toldOf(subscription);
    if (known !== null) {
      if (known.watch !== null) watches.refresh(known.watch, expires_s);
      known.filters = filtersOf(contents);
      return;
    }
    const told = new ToldPresence(subscription);
    told.filters = filtersOf(contents);
    subscription.kept = told;
    const terms = { key: id, displayName, terms: termsOf(params, filter), expires_s };
    this.#take(subscription, told, watches.open(resource, watcherOf(watcher), terms, told));
  }

  /** What was true when it was let in may be so no longer: then it ends, after it has begun. */
  #take(subscription: Subscription, told: ToldPresence, watch: OpenWatch | "full" | null): void {
    if (watch !== null && watch !== "full") told.watch = watch;
    if (told.watch !== null && told.watch.state !== "refused") return;
    const reason = watch === null ? "noresource" : watch === "full" ? "probation" : "rejected";
    this.#parts.nextTurn(() => subscription.terminate?.(reason));
  }

  prepare(subscription: Subscription): Promise<void> | null {
    const watch = toldOf(subscription)?.watch ?? null;
    return watch === null ? null : this.#parts.watches.settled(watch);
  }

  full(subscription: Subscription): Notification | null {
    const told = toldOf(subscription);
    if (told === null || told.watch === null) return null;
    const view = this.#shown(told.watch.view, subscription.params);
    told.follows = false;
    return this.#say(subscription, told, view);
  }

  partial(subscription: Subscription): Notification | null {
    const told = toldOf(subscription);
    if (told === null || told.watch === null) return null;
    const view = this.#shown(told.watch.view, subscription.params);
    const before = told.view;
    if (before === null) {
      // After a restart: nothing is told that the watcher knows.
      if (told.tag === "" || told.tag !== tagOf(view, told.filters)) return this.#say(subscription, told, view);
      told.view = view;
      if (told.filters === null) told.tag = "";
      return null;
    }
    if (before.saysSameAs(view)) return null;
    const filter = told.filters?.own ?? null;
    if (filter !== null) {
      if (!wantsView(filter, before, view)) return null;
      // Where no trigger asks for it, only another content is new.
      if (filter.triggers.length === 0 && filteredPresence(view, filter).tag === told.tag) return null;
    }
    return this.#say(subscription, told, view);
  }

  keep(subscription: Subscription): KeptPresence | null {
    return toldOf(subscription)?.kept ?? null;
  }

  resume(subscription: Subscription, kept: unknown): void {
    const { watches, keptAll, nextTurn } = this.#parts;
    const { id, resource, watcher, filter, expires: expires_s = this.expires.default } = subscription;
    const known = readKept(kept);
    const filters = known === null ? undefined : keptFilters(known, { resource, filter });
    if (known === null || filters === undefined) {
      nextTurn(() => subscription.terminate?.("deactivated"));
      return;
    }
    const { tag, version, since, terms, displayName } = known;
    const told = new ToldPresence(subscription);
    subscription.kept = told;
    told.tag = keptAll ? tag : "";
    told.version = Math.max(version + VERSIONS_AHEAD, subscription.sent);
    told.filters = filters;
    const all = { key: id, displayName, terms, expires_s, since };
    this.#take(subscription, told, watches.reopen(resource, watcherOf(watcher), all, told));
  }

  ended(subscription: Subscription): void {
    const told = toldOf(subscription);
    if (told?.watch != null) this.#parts.watches.close(told.watch, eventOf(subscription));
  }

  /** With its locations in the form that the watcher wants (LOC-3). */
  #shown(view: PresenceView, params: Params | undefined): PresenceView {
    const form = locationFormOf(params?.get(LOCATION_FORM_PARAMETER));
    return form === null ? view : this.#forms.view(view, form);
  }

  #say(subscription: Subscription, told: ToldPresence, view: PresenceView): Notification {
    const from = told.follows ? told.view : null;
    const filter = told.filters?.own ?? null;
    told.view = view;
    told.tag = "";
    told.follows = false;
    if (filter !== null) {
      // Every watcher takes plain presence documents (RFC 3856 §6.7).
      const { text, tag } = filteredPresence(view, filter);
      told.tag = tag;
      return this.#bodies.filtered(text, tag);
    }
    if (subscription.suppressed === true) return { contentType: PIDF_TYPE, body: EMPTY, etag: view.tag };
    if (!subscription.accept.includes(PIDF_DIFF_TYPE)) return this.#bodies.whole(view);
    told.follows = true;
    return this.#bodies.partial(view, from, ++told.version);
  }
}

function toldOf(subscription: Subscription | null): ToldPresence | null {
  return subscription?.kept instanceof ToldPresence ? subscription.kept : null;
}

/** The filters that hold from this SUBSCRIBE on; who leaves may, whatever he says. Throws FilterProblem. */
function filtersOf(contents: SubscribeContents): PresenceFilters | null {
  const { subscription, expires } = contents;
  const before = toldOf(subscription)?.filters ?? null;
  return subscription !== null && expires === 0 ? before : changedFilters(before, contents);
}

/** As the doors of presence call a watcher. */
function watcherOf(identity: string): string {
  return identity === ANONYMOUS ? "" : identity;
}

function tagOf(view: PresenceView, filters: PresenceFilters | null): string {
  return filters === null || filters.own === null ? view.tag : filteredPresence(view, filters.own).tag;
}

/** Event parameters and filter in short (RFC 3857 §4.7.1); "" for none. */
function termsOf(params: Params, filter: Notification | null): string {
  const said = [...params].filter(([name]) => !RATES.has(name)).map(([name, value]) => `${name}=${value}`).sort();
  if (filter !== null) said.push(new TextDecoder().decode(filter.body));
  return said.length === 0 ? "" : stateTag(...said);
}

/** What its end is to the one who was watched. */
function eventOf({ endReason }: Subscription): WatcherEvent {
  return endReason === undefined || endReason === "invariant" ? "deactivated" : endReason;
}
