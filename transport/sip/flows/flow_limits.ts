import { DEFAULT_LIMITS } from "../message.ts";
import type { FramingLimits } from "./framing.ts";

/** What flows hold and how long they wait. Configuration; times in ms, sizes in octets. */
export interface FlowLimits extends FramingLimits {
  /** Waiting to be written to one connection; past it `send` refuses. */
  readonly queue: number;
  /** Waiting to be written by one UDP socket. */
  readonly datagrams: number;
  /** Kernel buffer asked for each UDP socket. */
  readonly socket_buffer: number;
  /** Connections in all. */
  readonly connections: number;
  /** UDP peers remembered by one socket. */
  readonly peers: number;
  /** A UDP peer nobody watches and nobody hears of is forgotten after this. */
  readonly peer_idle_ms: number;
  /** A connection without one whole message for so long, from its start, is closed. */
  readonly first_message_ms: number;
  /** A message that began must end within this. */
  readonly partial_ms: number;
  /** A connection without any traffic, keep-alives included, for so long is closed. */
  readonly idle_ms: number;
  /** A peer that reads nothing of what is written to it for so long is gone. */
  readonly stalled_ms: number;
  /** TCP connect and TLS handshake together, and a handshake from outside. */
  readonly connect_ms: number;
  /** After the last octet: how long the peer may take to close its side. */
  readonly linger_ms: number;
}

export const DEFAULT_FLOW_LIMITS: FlowLimits = {
  message: DEFAULT_LIMITS.message,
  body: 65_536,
  queue: 262_144,
  datagrams: 4_194_304,
  socket_buffer: 4_194_304,
  connections: 20_000,
  peers: 200_000,
  peer_idle_ms: 3_600_000,
  first_message_ms: 30_000,
  partial_ms: 30_000,
  idle_ms: 1_200_000,
  stalled_ms: 30_000,
  connect_ms: 5_000,
  linger_ms: 2_000,
};
