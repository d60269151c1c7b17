/**
 * INVITE sessions (RFC 3261 §13 to §15): both sides of a call, with reliable provisional responses (RFC 3262), UPDATE (RFC
 * 3311, 6337), session timers (RFC 4028), Replaces (RFC 3891), REFER (RFC 3515, 4488), and a Back-to-back user agent.
 */
export * from "./call.ts";
export * from "./calls.ts";
export {
  descriptionOf,
  parseReplaces,
  type Replaces,
  replacesOf,
  replacesValue,
  sameDescription,
  TextDescription,
} from "./call_headers.ts";
export { type CallLimits, DEFAULT_CALL_LIMITS } from "./call_tools.ts";
export { CallTable, type CallTableOptions } from "./call_table.ts";
export * from "./mediator.ts";
export * from "./back_to_back_owner.ts";
export * from "./back_to_back.ts";
export { bestRefusal, type CallRefusal, statusAcross } from "./best_refusal.ts";
export { carriedHeaders, REFUSAL_HEADERS } from "./carried_headers.ts";
export { Refers, type RefersOptions } from "./refers.ts";
export { type ReferRequest, SentRefers, type SentRefersOptions } from "./sent_refers.ts";
export { ReceivedRefer } from "./received_refer.ts";
export { type ReferUser, SentRefer } from "./sent_refer.ts";
export { type ReferOrder, type ReferTarget, referTargetOf, sipfragStatus } from "./refer_target.ts";
