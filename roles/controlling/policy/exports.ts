// What the door of the room shows of policies.
export type { BirthDates } from "./ages.ts";
export { adhocTerms, mayAdhoc } from "./adhoc_policy.ts";
export { DocumentPolicies, type DocumentPoliciesParts } from "./document_policies.ts";
export { REFUSALS } from "./refusals.ts";
export { UnusedGroups, type UnusedGroupsParts } from "./unused_groups.ts";
