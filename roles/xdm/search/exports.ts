/** Searches for people, rooms and one's own conversations: what other rooms need of them. */
export type { Condition as SearchCondition } from "./condition.ts";
export { CONDITION_LIMITS } from "./condition.ts";
export type { Found as SearchFindings, FoundRow, SearchDomain, SearchScope } from "./indexed_search.ts";
export { IndexedSearch, type IndexedSearchParts } from "./indexed_search.ts";
export type { KnownGroup } from "./group_book.ts";
export type { OpenGroup } from "./open_groups.ts";
export { OrderedTable } from "./ordered_table.ts";
export { fieldNames, mandatoryBits } from "./mandatory_fields.ts";
export type { FoundHistory, SaidWords } from "./own_history_search.ts";
export { SearchIndex, type SearchIndexParts, userIdOf } from "./search_index.ts";
export { XQuerySearchProxy } from "./search_proxy.ts";
export { type RefusalKind, SearchRefusal } from "./search_refusal.ts";
export { Searches, type SearchesParts, type SearchService } from "./searches.ts";
