/**
 * Application usages of XDM (RFC 4825 §5): what each kind of document may hold, who may do what with it, and readers of what it
 * says. Sources: RFC 4826, 4745, 5025, 4827, oma-reference §5.
 */
export { COUNTS, IDENTIFIERS, type Identifiers, NS, WELL_KNOWN_LISTS } from "./identifiers.ts";
export { knownNamespaces, usageOf, USAGES } from "./usages.ts";
export {
  entriesOf,
  type ListEntry,
  listNamed,
  type ListReference,
  readResourceLists,
  readRlsServices,
  type ResourceList,
  type RlsService,
} from "./resource_lists_reader.ts";
export {
  actionOf,
  type Condition,
  eachRule,
  type Identity,
  type ImActions,
  imActionsOf,
  type Permission,
  readRules,
  readRuleset,
  type Rule,
} from "./ruleset_reader.ts";
export type { MediaSet, ServiceSet } from "./media_reader.ts";
export { type ActivePolicy, type AgeRestrictions, type Group, readGroup } from "./group_reader.ts";
export { foldedListAddress } from "./references.ts";
export { readUserProfile, type UserProfile } from "./profile_reader.ts";
export {
  type ContactRequest,
  DEFAULT_PRIVACY,
  type Privacy,
  privacyDocument,
  type QuickAnswer,
  readContactRequests,
  readPrivacy,
  readQuickAnswers,
  statedPrivacy,
} from "./own_readers.ts";
