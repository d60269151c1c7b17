/**
 * Presence: who is there, and who may know. The Presence Server, its Resource List Server, the Presence Source that speaks on
 * behalf of users, and the Watcher that the other roles ask. Sources: oma-reference §6; RFC 3856, 3857, 3903, 4662, 5025, 5264.
 */
export type * from "./presence_events.ts";
export type * from "./presentity.ts";
export type * from "./watch.ts";
export { Beat } from "./beat.ts";
export * from "./rules/exports.ts";
export * from "./state/exports.ts";
export * from "./source/exports.ts";
export * from "./availability/exports.ts";
export * from "./watching/exports.ts";
export * from "./lists/exports.ts";
