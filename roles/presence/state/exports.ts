export { GatheredStates } from "./gathered_states.ts";
export { Presentities } from "./presentities.ts";
export { PRESENTITIES_LIMITS, type PresentitiesParts, type PresentitiesSettings } from "./presentities_parts.ts";
