/**
 * MSRP: frames, connections, and what stands behind a session id. Pure: the octets come through `Duplex`, whose real forms are
 * in `flows/`. Sources: RFC 4975 (MSRP), 4976 (relays), 6135 (set-up), 6714 (CEMA), 7977 (WebSocket).
 */
export * from "./frame.ts";
export * from "./msrp_uri.ts";
export * from "./connection.ts";
export * from "./duplex.ts";
export * from "./node.ts";
export { WebSocketDialer, WebSocketDuplex, type WebSocketDuplexOptions } from "./websocket_duplex.ts";
export { headerIn, ParsedRequest } from "./parsed_request.ts";
export { DEFAULT_FRAME_LIMITS, type FrameLimits } from "./slow_head.ts";
export { FrameParser, type FrameSink } from "./frame_parser.ts";
export { commentOf, firstUri, INTERRUPTIBLE_FROM } from "./head_writer.ts";
export { freshTid } from "./transaction_id.ts";
export { type ConnectionLimits, DEFAULT_CONNECTION_LIMITS } from "./connection_limits.ts";
export { FramedConnection } from "./framed_connection.ts";
export { MemoryDuplex, type MemoryDuplexOptions } from "./memory_duplex.ts";
export {
  DEFAULT_SWITCHBOARD_LIMITS,
  doorUri,
  MSRP_PORT,
  type MsrpDoor,
  Switchboard,
  type SwitchboardLimits,
  type SwitchboardParts,
} from "./switchboard.ts";
export * from "./forward/mod.ts";
export * from "./relay/mod.ts";
export * from "./session/mod.ts";
export * from "./switch/mod.ts";
