/**
 * Presence documents: what sources publish, read into parts; the parts of several sources composed into one; what of it each
 * watcher sees; and what changed, as patches. Pure. Sources: RFC 3863 (PIDF), 4479 (data model), 4480 (RPID), 4481, 4482, 5196,
 * RFC 4119, 5139 and 5491 (location), RFC 5025 (presence rules), RFC 5262 to 5264 (partial presence), OMA Presence SIMPLE.
 */
export * from "./names.ts";
export * from "./presence_problem.ts";
export type * from "./presence_component.ts";
export type * from "./presence_content.ts";
export { parsePresence, parsePresenceXml, type PresenceDocument, readPresence } from "./read_presence.ts";
export { writePresence } from "./write_presence.ts";
export { deviceOf, personOf, serviceOf } from "./presence_facts.ts";
export { type LocationChunk, locationOf, locationText, type PresenceLocation } from "./location.ts";
export { compose, type Composition, type PresenceSource } from "./compose.ts";
export { sphereOf } from "./sphere.ts";
export { ATTRIBUTE_PERMISSIONS, type AttributePermission } from "./attribute_kind.ts";
export * from "./provided_presence.ts";
export { OMA_PRES_RULES_NAMESPACE, PRES_RULES_NAMESPACE, readProvided } from "./read_provided.ts";
export { PresenceRights } from "./presence_rights.ts";
export type { PresenceView } from "./presence_view.ts";
export { offlineView } from "./offline_view.ts";
export { isPidfDiff, PATCH_ERROR_TYPE, patchedPresence, patchErrorBody } from "./patched_presence.ts";
export { type NotificationOutcome, WatchedPresence } from "./watched_presence.ts";
