/**
 * SIP on real wires: UDP (plain and in batches), TCP, TLS and WebSocket, IPv4 and IPv6, behind the doors `Wires`, `Flow` and
 * `Listener` of `../mod.ts`. The only room of `transport/sip` that uses Deno and node:tls.
 *
 * Sources: RFC 3261 §18 (transport), 5389 (STUN), 5626 (keep-alive), 5922 (certificates), 5923 (reuse), 7118 (WebSocket).
 */
export { SipWires, type WiresOptions } from "./sip_wires.ts";
export { DEFAULT_FLOW_LIMITS, type FlowLimits } from "./flow_limits.ts";
export { NO_TLS, type TlsOptions } from "../../net/machine/mod.ts";
export { type ListenUrl, parseListenUrl } from "./listen_url.ts";
export { type FramerSink, frameWhole, type FramingLimits, StreamFramer } from "./framing.ts";
export { Slab } from "./slab.ts";
export { longestWebSocketMessage } from "./websocket_flow.ts";
