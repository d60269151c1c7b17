/**
 * System messages: what the service itself says to its users, as pager-mode messages from its own asserted identity, stored
 * first and then delivered by the rules of any stored message; what users answer, and what the answers grant. Sources: OMA IM
 * requirements SMSG-1 to SMSG-15; oma-reference §3.7; RFC 3428, RFC 3325 (the asserted identity), RFC 3261 §20.21 (In-Reply-To).
 */
export { SystemMessages, type SystemMessagesParts } from "./system_messages.ts";
export { MAX_TEXT, SYSTEM_USER, systemAddress } from "./system_message.ts";
export { type AudienceFacts, clientMatches } from "./audience.ts";
export { type GateEvents, ServiceGate, type ServiceStanding } from "./service_gate.ts";
export { type GateElementParts, serviceGate } from "./gate_element.ts";
export { type AnswerElementParts, systemRow } from "./answer_element.ts";
export type { AnswerOutcome, Given } from "./answers.ts";
export { watchQuota } from "./quota_notice.ts";
export * from "./uses/exports.ts";
