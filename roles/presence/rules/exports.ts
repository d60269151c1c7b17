// What the door of the room shows of rules.
export { PresenceRules, type PresenceRuleSettings, type PresenceRulesParts } from "./presence_rules.ts";
export { RuleTimes, type RuleTimesParts } from "./rule_times.ts";
