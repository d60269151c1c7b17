/**
 * SIP on the wire: messages, URIs, flows, transactions, dialogs, digest, locating servers, the event framework.
 *
 * Sources: RFC 3261 (SIP), 3263 (locating), 3265/6665 (events), 3327 (Path), 3428 (MESSAGE), 3581 (rport), 3903 (PUBLISH),
 * 4320 and 6026 (transactions), 5393 (Max-Breadth), 5626 (outbound), 5627 (GRUU), 5923 (reuse), 7118 (WebSocket),
 * 7616 and 8760 (digest). Pure but for `flows/`: no Deno API, so the browser's client is built from the same modules.
 */
export * from "./header_names.ts";
export { deltaSeconds, isToken, quote, qValue, trimmed, unquote } from "./grammar.ts";
export * from "./params.ts";
export * from "./lists.ts";
export { parseIpv4, parseIpv6 } from "./ipv6.ts";
export * from "./uri.ts";
export * from "./uri_compare.ts";
export * from "./cseq_header.ts";
export * from "./name_addr.ts";
export * from "./via_header.ts";
export * from "./problem.ts";
export * from "./sip_message.ts";
export * from "./message.ts";
export * from "./head_editor.ts";
export * from "./contact_header.ts";
export * from "./date_header.ts";
export * from "./event_header.ts";
export { type FeaturePredicate, featurePredicate, predicatesMatch } from "./feature_predicate.ts";
export * from "./accept_contact.ts";
export * from "./status.ts";
export * from "./respond.ts";
export * from "./flow.ts";
export * from "./flow_trace.ts";
export * from "./wires.ts";
export { WebSocketWires, type WebSocketWiresParts } from "./websocket_wires.ts";
export * from "./transactions.ts";
export * from "./transaction_timing.ts";
export * from "./transaction_layer.ts";
export * from "./receiver.ts";
export * from "./memory_flow.ts";
export { keyHash, KeyTable } from "./key_table.ts";
export * from "./token_bucket.ts";
export * from "./digest/mod.ts";
export * from "./locator.ts";
export * from "./event_package.ts";
export { DnsLocator, type LocatorOptions } from "./dns_locator.ts";
export * from "./route_set.ts";
export * from "./dialog.ts";
export * from "./user_agent.ts";
export { SentRequest } from "./sent_request.ts";
export * from "./events/mod.ts";
export * from "./calls/mod.ts";
export type * from "./calls/call.ts";
export type * from "./calls/calls.ts";
