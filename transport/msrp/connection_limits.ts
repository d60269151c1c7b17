/** What connections hold and how long they wait. Configuration; times in ms, sizes in octets. */
export interface ConnectionLimits {
  /** From so many queued octets on a connection is full; at half of it it has room again. */
  readonly full: number;
  /** From so many on nothing more is read from the peer itself: it asks and does not take the answers. */
  readonly selfHold: number;
  /** More are never queued: the connection is closed. */
  readonly queue: number;
  /** Requests on one connection that wait for answers; from here on it counts as full. */
  readonly pending: number;
  /** A head that began must end within this. */
  readonly head_ms: number;
  /** A body that began and brings nothing for so long ends its connection. */
  readonly body_ms: number;
  /** A peer that takes nothing of what is written to it for so long is gone. */
  readonly stalled_ms: number;
  /** A connection from outside must be some session's after this. */
  readonly unclaimed_ms: number;
  /** A connection that no session uses any more is closed after this. */
  readonly unused_ms: number;
  /** Connect and handshake together. */
  readonly connect_ms: number;
  /** After the last octet: how long the peer may take to close its side. */
  readonly linger_ms: number;
  /** Requests refused on a connection that no session uses, until it is closed. */
  readonly refusals: number;
}

export const DEFAULT_CONNECTION_LIMITS: ConnectionLimits = {
  full: 32_768,
  selfHold: 262_144,
  queue: 1_048_576,
  pending: 10_000,
  head_ms: 30_000,
  body_ms: 300_000,
  stalled_ms: 30_000,
  unclaimed_ms: 30_000,
  unused_ms: 60_000,
  connect_ms: 20_000,
  linger_ms: 5_000,
  refusals: 5,
};
