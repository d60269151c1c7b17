import { type Clock, type Events, type LabelledCounter, type Metrics, randomToken } from "../../../foundation/mod.ts";
import {
  EVENT_LIST_TAG,
  FilterProblem,
  PIDF_DIFF_TYPE,
  PIDF_TYPE,
  RECIPIENT_LIST_SUBSCRIBE_TAG,
  RLMI_TYPE,
  stateTag,
  SubscriptionFilters,
} from "../../../transport/presence/mod.ts";
import {
  type Admission,
  type EventPackage,
  type Notification,
  type RatePolicy,
  type SubscribeContents,
  type SubscribeRefusal,
  type Subscription,
} from "../../../transport/sip/mod.ts";
import type { PresenceEvents } from "../presence_events.ts";
import { TellingTerms } from "../telling_terms.ts";
import type { WatchTerms } from "../watch.ts";
import { type KeptList, readKeptList } from "./kept_list.ts";
import { requestedContents } from "./list_contents.ts";
import { ListWatch, type ListWatchParts } from "./list_watch.ts";
import type { ListSettings } from "./list_settings.ts";
import type { ResourceLists } from "./resource_lists.ts";
import { holdsRecipients, type ListRequest, readListRequest } from "./subscribe_body.ts";

export interface ListPackageParts extends ListWatchParts {
  readonly lists: ResourceLists;
  readonly events: Events<PresenceEvents>;
  readonly settings: ListSettings;
  readonly clock: Clock;
  readonly metrics: Metrics;
  /** The user of ours that an identity is, while in the service; null for everybody else. */
  readonly userOf: (watcher: string) => string | null;
  /** Domains of ours. */
  readonly domains: ReadonlySet<string>;
}

const MULTIPART = "multipart/related";
/** The address of the server for lists in requests (RFC 5367 §3): this user of each domain of ours. */
const RLS_USER = "rls";
const RETRY_AFTER_S = "60";

/**
 * Presence of all members of a list by one subscription (RFC 4662, 5367): the variant of the presence package for SUBSCRIBEs to a list.
 * Everybody sees his own lists, and of each member what a subscription of his own would show him.
 */
export class ListPackage implements EventPackage {
  readonly name = "presence";
  readonly kind = "list";
  readonly contentTypes: readonly string[] = [MULTIPART, RLMI_TYPE, PIDF_TYPE, PIDF_DIFF_TYPE];
  readonly requiredTypes: readonly string[] = [MULTIPART, RLMI_TYPE];
  readonly supported: readonly string[] = [EVENT_LIST_TAG, RECIPIENT_LIST_SUBSCRIBE_TAG];
  readonly requires: readonly string[] = [EVENT_LIST_TAG];
  readonly #terms: TellingTerms;
  readonly #parts: ListPackageParts;
  readonly #ofUser = new Map<string, Set<ListWatch>>();
  /** Bodies, each read once. */
  readonly #read = new WeakMap<Notification, ListRequest | SubscribeRefusal>();
  readonly #notifications: LabelledCounter;

  constructor(parts: ListPackageParts) {
    this.#parts = parts;
    this.#terms = new TellingTerms(parts.settings);
    parts.events.on("rulesChanged", ({ presentity }) => reopen(parts, presentity));
    this.#notifications = parts.metrics.labelled("parley_presence_list_bodies_total", "Bodies told to lists", "state");
    parts.metrics.gauge("parley_presence_list_subscriptions", "Subscriptions to lists", () => {
      let sum = 0;
      for (const watches of this.#ofUser.values()) sum += watches.size;
      return sum;
    });
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

  /** The folded address of a list, or of the server for lists in requests; null for all other URIs. */
  addressOf(uri: string): string | null {
    return rlsAddress(uri, this.#parts.domains) ?? this.#parts.lists.addressOf(uri);
  }

  /** A user is one no longer: ends the subscriptions to lists that he has. */
  remove(user: string): void {
    for (const watch of [...this.#ofUser.get(user) ?? []]) watch.stop("rejected");
  }

  /** This package for a SUBSCRIBE to a list, a refusal for one that cannot take one, null for one that is to no list. */
  variantFor(contents: SubscribeContents): EventPackage | SubscribeRefusal | null {
    const { resource, filter, options } = contents;
    const isList = this.#isStored(resource) || rlsAddress(resource, this.#parts.domains) !== null;
    // That a client could send a list (RFC 5367 §4) does not say that it does.
    if (!isList && (filter === null || !holdsRecipients(filter))) return null;
    if (options.includes(EVENT_LIST_TAG)) return this;
    // RFC 4662 §4.1: what is to be told cannot be told otherwise.
    return { status: 421, reason: "This Is A List", headers: [["Require", EVENT_LIST_TAG]] };
  }

  load({ resource, watcher, subscription }: SubscribeContents): Promise<void> | null {
    const { lists, userOf } = this.#parts;
    // Whoever may not see it causes no work.
    if (subscription !== null || !this.#isStored(resource) || lists.ownerOf(resource) !== userOf(watcher)) return null;
    return lists.load(resource);
  }

  refuse(contents: SubscribeContents): SubscribeRefusal | null {
    const { resource, watcher, subscription, filter, expires } = contents;
    const { lists, limits, userOf } = this.#parts;
    const admission = this.admit(resource, watcher);
    if (admission.state === "refused") return { status: admission.status, reason: admission.reason ?? "" };
    const request = this.#request(filter);
    if ("status" in request) return request;
    const isStored = this.#isStored(resource);
    if (isStored && request.recipients !== null) return { status: 415, reason: "This List Is Kept Here" };
    const watch = subscription === null ? null : watchOf(subscription);
    const problem = filterProblem(watch?.filters ?? this.#noFilters(resource), request);
    if (problem !== null || subscription !== null) return problem;
    if (!isStored && request.recipients === null) return { status: 400, reason: "No List Of Recipients" };
    if (isStored) {
      const known = lists.find(resource);
      if (known === undefined) {
        return { status: 503, reason: "The List Is Being Changed", headers: [["Retry-After", RETRY_AFTER_S]] };
      }
      if (known === "absent") return { status: 404, reason: "No Such List" };
      // RFC 4826 §4.1.
      if (known === "other-package") return { status: 489, reason: "This List Is Not For Presence" };
    }
    const own = this.#ofUser.get(userOf(watcher) ?? "")?.size ?? 0;
    if (expires === 0 || own < limits.listsOfUser) return null;
    return { status: 403, reason: `More Than ${limits.listsOfUser} Subscriptions To Lists` };
  }

  admit(resource: string, watcher: string): Admission {
    const { lists, userOf, domains } = this.#parts;
    const user = userOf(watcher);
    if (user === null) return { state: "refused", status: 403, reason: "Lists Are For Users Of This Service" };
    if (this.#isStored(resource)) {
      if (lists.ownerOf(resource) === user) return { state: "active" };
      return { state: "refused", status: 403, reason: "A List Is Shown To Its Owner Only" };
    }
    const isBox = rlsAddress(resource, domains) !== null || domains.has(resource.slice("sip:".length));
    if (isBox || resource === user) return { state: "active" };
    return { state: "refused", status: 403, reason: "Send Lists To Your Own Address" };
  }

  subscribed(subscription: Subscription, contents: SubscribeContents): void {
    const { filter, expires, displayName } = contents;
    const request = this.#request(filter);
    // `refuse` has seen it.
    if ("status" in request) return;
    const watch = watchOf(subscription);
    if (watch === null) {
      const key = randomToken(12), since = this.#parts.clock.now();
      this.#begin(subscription, { key, since, displayName, expires_s: expires, terms: termsOf(subscription) }, request);
    } else {
      watch.renew(expires, request.filters === null ? watch.filters : watch.filters.changed(request.filters));
      if (request.recipients !== null) watch.take(this.#requested(request));
    }
    // As long as the subscription lives its body is kept, but not what it says.
    if (filter !== null) this.#read.delete(filter);
  }

  prepare(subscription: Subscription, what: "full" | "partial"): Promise<void> | null {
    const watch = watchOf(subscription);
    if (watch === null) return null;
    if (watch.contents !== null) return watch.prepare();
    if (what === "partial") return null;
    // From before a restart, and not read yet.
    const { resource } = subscription;
    const reading = this.#isStored(resource) ? this.#parts.lists.load(resource) : null;
    return reading === null ? null : reading.then(() => watch.prepare() ?? undefined);
  }

  full(subscription: Subscription): Notification | null {
    const said = watchOf(subscription)?.full() ?? null;
    if (said !== null) this.#notifications.with("full").add();
    return said;
  }

  partial(subscription: Subscription): Notification | null {
    const said = watchOf(subscription)?.partial() ?? null;
    if (said !== null) this.#notifications.with("partial").add();
    return said;
  }

  keep(subscription: Subscription): KeptList | null {
    return watchOf(subscription)?.keep() ?? null;
  }

  resume(subscription: Subscription, kept: unknown): void {
    const { resource, watcher, filter, expires = this.expires.default } = subscription;
    if (this.#parts.userOf(watcher) === null) return subscription.terminate?.("rejected");
    // It was a list.
    if (this.admit(resource, watcher).state === "refused") return subscription.terminate?.("noresource");
    const request = readListRequest(filter, this.#parts.settings.list_size);
    const known = readKeptList(kept);
    // The subscriber comes again with all that is needed.
    const isLost = known === null || "status" in request ||
      filterProblem(this.#noFilters(resource), request) !== null ||
      (request.recipients === null && !this.#isStored(resource));
    if (isLost) return subscription.terminate?.("deactivated");
    const { key, since } = known;
    const terms = { key, since, displayName: "", expires_s: expires, terms: termsOf(subscription) };
    this.#begin(subscription, terms, request, known);
  }

  ended(subscription: Subscription): void {
    const watch = watchOf(subscription);
    if (watch === null) return;
    this.#parts.lists.leave(subscription.resource, watch);
    const own = this.#ofUser.get(watch.watcher);
    own?.delete(watch);
    if (own?.size === 0) this.#ofUser.delete(watch.watcher);
    const reason = subscription.endReason ?? "timeout";
    watch.end(reason === "invariant" ? "timeout" : reason);
  }

  #begin(subscription: Subscription, terms: WatchTerms, request: ListRequest, before: KeptList | null = null): void {
    const { resource, watcher } = subscription;
    const none = this.#noFilters(resource);
    const filters = request.filters === null ? none : none.changed(request.filters);
    const user = this.#parts.userOf(watcher) ?? watcher;
    const watch = new ListWatch(subscription, user, terms, filters, this.#parts, before);
    subscription.kept = watch;
    const own = this.#ofUser.get(watch.watcher);
    if (own === undefined) this.#ofUser.set(watch.watcher, new Set([watch]));
    else own.add(watch);
    if (this.#isStored(resource)) this.#parts.lists.use(resource, watch);
    else watch.listChanged(this.#requested(request));
  }

  #requested({ recipients }: ListRequest) {
    return requestedContents(recipients ?? [], (uri) => this.#parts.lists.addressOf(uri) !== null);
  }

  #noFilters(resource: string): SubscriptionFilters {
    return SubscriptionFilters.none(resource, this.name);
  }

  #isStored(resource: string): boolean {
    const { lists, domains } = this.#parts;
    return lists.ownerOf(resource) !== null && rlsAddress(resource, domains) === null;
  }

  #request(filter: Notification | null): ListRequest | SubscribeRefusal {
    if (filter === null) return NO_REQUEST;
    let request = this.#read.get(filter);
    if (request === undefined) {
      this.#read.set(filter, request = readListRequest(filter, this.#parts.settings.list_size));
    }
    return request;
  }
}

/** Somebody may be seen by now by those who were refused. */
function reopen({ refused, openings }: ListPackageParts, presentity: string): void {
  const members = refused.of(presentity);
  for (const member of members) member.reopen();
  void openings.open(members);
}

const NO_REQUEST: ListRequest = { recipients: null, filters: null };

/** As of `WatchTerms`: the members of one list are watched by the same subscription. */
function termsOf({ resource, filter }: Subscription): string {
  return `list ${stateTag(resource, filter === null ? "" : new TextDecoder().decode(filter.body))}`;
}

function watchOf({ kept }: Subscription): ListWatch | null {
  return kept instanceof ListWatch ? kept : null;
}

function filterProblem(filters: SubscriptionFilters, request: ListRequest): SubscribeRefusal | null {
  if (request.filters === null) return null;
  try {
    filters.changed(request.filters);
    return null;
  } catch (error) {
    if (!(error instanceof FilterProblem)) throw error;
    return { status: error.status, reason: error.message };
  }
}

/** `sip:rls@domain` for such a URI of a domain of ours, in any case. */
function rlsAddress(uri: string, domains: ReadonlySet<string>): string | null {
  const found = /^sips?:([^@;?]+)@([^:;?]+)/i.exec(uri);
  if (found === null || found[1].toLowerCase() !== RLS_USER) return null;
  const domain = found[2].toLowerCase();
  return domains.has(domain) ? `sip:${RLS_USER}@${domain}` : null;
}
