// What the door of the room shows of rules: access rules, and what rules of others are made ready with.
export { DocumentRules, type DocumentRulesParts } from "./document_rules.ts";
export { type Circumstances, CompiledRule, type ListMembers } from "./compiled_rule.ts";
export { KeptRules, type KeptRulesParts } from "./kept_rules.ts";
export { type ListLimits, ListReader, type ListSource } from "./list_reader.ts";
export { names as namesPerson, type Person, personKey, personOf } from "./person.ts";
export { type Gathering, RuleIndex } from "./rule_index.ts";
export { CACHE_LIMITS, type CacheLimits, type LoadedRules } from "./rules_cache.ts";
export { readServiceList, type ServiceList, type ServiceListMember, type ServiceListSource } from "./service_list.ts";
