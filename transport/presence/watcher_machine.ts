/** What a subscription is to the one who is watched (RFC 3857 §4.7.1; `init` is left within the same SUBSCRIBE). */
export type WatcherStatus = "pending" | "active" | "waiting" | "terminated";

export const WATCHER_STATUSES: readonly WatcherStatus[] = ["pending", "active", "waiting", "terminated"];

/** What brought a subscription into its status. */
export type WatcherEvent =
  | "subscribe"
  | "approved"
  | "deactivated"
  | "probation"
  | "rejected"
  | "timeout"
  | "giveup"
  | "noresource";

export const WATCHER_EVENTS: readonly WatcherEvent[] = [
  "subscribe",
  "approved",
  "deactivated",
  "probation",
  "rejected",
  "timeout",
  "giveup",
  "noresource",
];

/** RFC 3857, figure 1. */
const NEXT: Readonly<Record<WatcherStatus, Partial<Record<WatcherEvent, WatcherStatus>>>> = {
  pending: {
    approved: "active",
    timeout: "waiting",
    rejected: "terminated",
    deactivated: "terminated",
    probation: "terminated",
    giveup: "terminated",
    noresource: "terminated",
  },
  active: {
    rejected: "terminated",
    deactivated: "terminated",
    probation: "terminated",
    timeout: "terminated",
    noresource: "terminated",
  },
  waiting: {
    approved: "terminated",
    rejected: "terminated",
    giveup: "terminated",
    noresource: "terminated",
  },
  terminated: {},
};

/** The status that an event leads to; null where it means nothing in this status. */
export function nextWatcherStatus(status: WatcherStatus, event: WatcherEvent): WatcherStatus | null {
  return NEXT[status][event] ?? null;
}
