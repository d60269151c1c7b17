/**
 * Passing requests from one connection to another without holding them: the engine of relays and of bridges, and the bridge of
 * two sessions. Sources: RFC 4975 §7, RFC 4976 §6, RFC 6714 (a back-to-back user agent's media, CEMA).
 */
export { AcceptedTypes, bareType } from "./accepted_types.ts";
export { Bridge } from "./bridge.ts";
export { BridgeLeg } from "./bridge_leg.ts";
export type { BridgeOwner, BridgeParts, LegOptions, LegPeer } from "./leg_options.ts";
export { type BridgeTap, type ForwardRules, NO_RULES, type Side } from "./forward_rules.ts";
export { HeldAnswer } from "./held_answer.ts";
export { type LateNode, Unannounced } from "./unannounced.ts";
export { type ForwardCounts, Forwarder } from "./forwarder.ts";
export { KeptBuffers } from "./kept_buffers.ts";
export type { KeepParts, KeptOutcome, Undelivered, UndeliveredMessage } from "./undelivered.ts";
export { type Look, LOOK_LIMIT, type Refusal, type Rewrite, type Rewriter } from "./rewriter.ts";
export { lastUri, pathBehind, reversedPath, samePath } from "./path.ts";
