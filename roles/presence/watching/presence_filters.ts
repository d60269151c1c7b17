import {
  type EventFilter,
  filteredView,
  FilterProblem,
  type FilterSet,
  type PresenceView,
  readFilterSet,
  SIMPLE_FILTER_TYPE,
  stateTag,
  SubscriptionFilters,
} from "../../../transport/presence/mod.ts";
import type { Notification, SubscribeContents, SubscribeRefusal } from "../../../transport/sip/mod.ts";

/** The filters of one subscription, and the one of them that counts for its presentity. */
export interface PresenceFilters {
  readonly all: SubscriptionFilters;
  readonly own: EventFilter | null;
  /** Of how many SUBSCRIBEs they come: one of them at most outlasts a restart. */
  readonly bodies: number;
}

/** So that each body is read once although it is asked for several times. */
const sets = new WeakMap<Notification, FilterSet>();

/** What a SUBSCRIBE makes of the filters of before; null for none. Throws FilterProblem. */
export function changedFilters(
  before: PresenceFilters | null,
  { resource, filter }: Pick<SubscribeContents, "resource" | "filter">,
): PresenceFilters | null {
  if (filter === null) return before;
  let set = sets.get(filter);
  if (set === undefined) sets.set(filter, set = readFilterSet(filter.contentType, filter.body));
  const all = (before?.all ?? SubscriptionFilters.none(resource, "presence")).changed(set);
  return { all, own: all.find(resource), bodies: (before?.bodies ?? 0) + 1 };
}

/**
 * The filters of a subscription from before a restart, of which the last body is there; undefined where that is not all of them: the
 * watcher is to say them again.
 */
export function keptFilters(
  { filters }: { readonly filters: number },
  last: Pick<SubscribeContents, "resource" | "filter">,
): PresenceFilters | null | undefined {
  if (filters === 0) return null;
  if (filters > 1 || last.filter === null) return undefined;
  try {
    return changedFilters(null, last);
  } catch (error) {
    // An earlier Parley took it.
    if (error instanceof FilterProblem) return undefined;
    throw error;
  }
}

/** The answer to a SUBSCRIBE with filters that are none, or are not taken (RFC 4660 §5.4). */
export function filterRefusal({ status, message }: FilterProblem): SubscribeRefusal {
  if (status === 415) return { status, reason: message, headers: [["Accept", SIMPLE_FILTER_TYPE]] };
  return { status, reason: `Filter: ${message}` };
}

/** What is said of a view: all of it, or what a filter leaves. */
export interface FilteredPresence {
  /** Null where nothing is left. */
  readonly text: string | null;
  /** As of PresenceView: when something became so does not count. */
  readonly tag: string;
}

export function filteredPresence(view: PresenceView, filter: EventFilter): FilteredPresence {
  const text = filteredView(view, filter);
  return { text, tag: text === null ? stateTag() : stateTag(text.replace(TIMESTAMP, "")) };
}

const TIMESTAMP = /<((?:[\w.-]+:)?timestamp)(?:\s[^>]*)?>[^<]*<\/\1>/g;
