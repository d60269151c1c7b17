/** What MSRP wires hold and how long they wait. Times in ms, sizes in octets. */
export interface WireLimits {
  /** Connections in all, handshakes included. */
  readonly connections: number;
  /** Name look-up, TCP connect and handshake together, and a handshake from outside. */
  readonly connect_ms: number;
  /** A peer that takes nothing of what is written to it for so long is gone. */
  readonly stalled_ms: number;
  /** After our end: how long the peer may take for its own. */
  readonly linger_ms: number;
  /** A WebSocket that is quiet for so long is pinged, and ended when it is quiet for twice as long (RFC 7977 §6). */
  readonly ping_ms: number;
  /** One WebSocket message; a longer one ends the connection with 1009. */
  readonly webSocketMessage: number;
  /**
   * Connections that one source may open: a second in the long run, and at once. As many more are served more slowly, further
   * ones are refused.
   */
  readonly connects: { readonly rate: number; readonly burst: number };
}

export const DEFAULT_WIRE_LIMITS: WireLimits = {
  connections: 20_000,
  connect_ms: 10_000,
  stalled_ms: 60_000,
  linger_ms: 2_000,
  ping_ms: 30_000,
  webSocketMessage: 262_144,
  connects: { rate: 20, burst: 500 },
};
