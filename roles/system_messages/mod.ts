/**
 * System messages: what the service itself says to its users, as pager-mode messages from its own asserted identity, stored
 * first and then delivered by the rules of any stored message. Sources: OMA IM requirements SMSG-1, SMSG-6, SMSG-10;
 * oma-reference §3.7; RFC 3428, RFC 3325 (the asserted identity).
 */
export { SystemMessages, type SystemMessagesParts } from "./system_messages.ts";
export { MAX_TEXT, systemAddress } from "./system_message.ts";
export { watchQuota } from "./quota_notice.ts";
