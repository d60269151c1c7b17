/**
 * MSRP end points (RFC 4975 §5 to §7, 6135, 6714): messages and streams out and in, reports, progress. What stands here knows
 * neither SDP nor CPIM.
 */
export { MsrpSession, type SessionState } from "./msrp_session.ts";
export {
  DEFAULT_SESSION_LIMITS,
  type IncomingHead,
  type IncomingMessage,
  type IncomingStream,
  LATER,
  type SessionLimits,
  type SessionOptions,
  type SessionPeer,
  type SessionUser,
  type StreamSink,
} from "./session_user.ts";
export type { OutgoingMessage, OutgoingParts, OutgoingState, OutgoingUser } from "./outgoing_message.ts";
export { BodyBuffer } from "./body_buffer.ts";
export { type BlockReader, type BodySource, octetsSource, ReadAhead } from "./body_source.ts";
export { ByteRanges, type ByteSpan } from "./byte_ranges.ts";
export { MessageTracker } from "./message_tracker.ts";
export { OctetBudget } from "./octet_budget.ts";
