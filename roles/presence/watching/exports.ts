/** Who watches users of this box, what they are told, and what the users learn of them. Sources: RFC 3856 to 3858, 5263. */
export { PresencePackage, type PresencePackageParts } from "./presence_package.ts";
export { PresenceWatches, type PresenceWatchesParts, type WatchOutlook } from "./presence_watches.ts";
export { WATCH_LIMITS, type WatchLimits } from "./watch_table.ts";
export type { WaitingRecord } from "./waiting_watchers.ts";
export { WatcherInfoPackage, type WatcherInfoPackageParts } from "./winfo_package.ts";
