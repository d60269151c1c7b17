/**
 * Presence documents: what sources publish, read into parts; the parts of several sources composed into one; what of it each
 * watcher sees; and what changed, as patches. With them who watches, what lists of resources are told, and what filters leave.
 * Pure.
 *
 * Sources: RFC 3863 (PIDF), 4479 (data model), 4480 (RPID), 4481, 4482, 5196, RFC 4119, 5139 and 5491 (location), RFC 5025
 * (presence rules), RFC 5262 to 5264 (partial presence), OMA Presence SIMPLE; RFC 3857 and 3858 (watcher information), 4662 and
 * 5367 (lists), 4660 and 4661 (filters), 5839 (entity-tags).
 */
export * from "./names.ts";
export * from "./presence_problem.ts";
export type * from "./presence_component.ts";
export type * from "./presence_content.ts";
export { type CheckedPresence, checkPresence } from "./check_presence.ts";
export { plainEntity } from "./plain_presence.ts";
export { parsePresence, parsePresenceXml, type PresenceDocument, readChecked, readPresence } from "./read_presence.ts";
export { writePresence } from "./write_presence.ts";
export { readdressed } from "./readdressed.ts";
export { deviceOf, personOf, serviceOf } from "./presence_facts.ts";
export { type LocationChunk, locationOf, locationText, type PresenceLocation } from "./location.ts";
export { GEO_URI, LOCATION_FORM_PARAMETER, type LocationForm, locationFormOf, LocationForms } from "./location_form.ts";
export * from "./location_words.ts";
export { compose, type Composition, type PresenceSource } from "./compose.ts";
export { sphereOf } from "./sphere.ts";
export * from "./status.ts";
export { ATTRIBUTE_PERMISSIONS, type AttributePermission } from "./attribute_kind.ts";
export * from "./provided_presence.ts";
export { OMA_PRES_RULES_NAMESPACE, PRES_RULES_NAMESPACE, readProvided } from "./read_provided.ts";
export { PresenceRights } from "./presence_rights.ts";
export type { PresenceView } from "./presence_view.ts";
export { offlineComposition, offlineView } from "./offline_view.ts";
export { basicOf, withClosedServices } from "./service_openness.ts";
export { isPidfDiff, PATCH_ERROR_TYPE, patchedPresence, patchErrorBody } from "./patched_presence.ts";
export { type NotificationOutcome, WatchedPresence } from "./watched_presence.ts";
export { stateTag } from "./state_tag.ts";
export type { WatcherEvent, WatcherStatus } from "./watcher_machine.ts";
export * from "./watcher_list.ts";
export { WatcherFeed } from "./watcher_feed.ts";
export * from "./watcher_info.ts";
export { WatcherTable } from "./watcher_table.ts";
export { EVENT_LIST_TAG, type ListName, readRlmi, type Rlmi, RLMI_TYPE, rlmiText } from "./list_meta_information.ts";
export type { RlmiInstance, RlmiResource } from "./list_meta_information.ts";
export { type ListBody, type ListBodyPart, type ReadListBody, readListBody } from "./list_body.ts";
export { ListMember, ListMembers } from "./list_members.ts";
export { ListFeed, type ListFeedOptions, type MemberState, type MemberStates } from "./list_feed.ts";
export { type ListedInstance, type ListedResource, ListTable } from "./list_table.ts";
export * from "./list_recipients.ts";
export { FilterProblem } from "./filter_problem.ts";
export { type EventFilter, FILTER_LIMITS, type FilterSet, readFilterSet, SIMPLE_FILTER_TYPE } from "./filter_set.ts";
export { SubscriptionFilters } from "./filter_subscription.ts";
export { filteredText, type FilterWhat } from "./filter_what.ts";
export { type FilterTrigger, firesTrigger } from "./filter_trigger.ts";
export { filteredView, wantsView } from "./filter_view.ts";
