export { DeferredLists, type DeferredListSettings, type DeferredListsParts } from "./deferred_lists.ts";
export { DEFERRED_LIST_AUID, DEFERRED_LIST_NAME, deferredAddress, deleteAddress } from "./list_names.ts";
export type { Teller } from "./expiry_reminder.ts";
export { MAX_TOLD_MARKS, type ToldMark } from "./told_marks.ts";
export type { OtherReferences } from "./other_references.ts";
