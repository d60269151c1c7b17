import type { Endpoint } from "../net/mod.ts";

/** How SIP travels. `memory` joins two ends inside one process, for tests and for roles that talk to each other. */
export type TransportName = "udp" | "tcp" | "tls" | "ws" | "wss" | "memory";

/** Where a request is to go: the result of locating a server (RFC 3263), or of a binding. */
export interface Destination {
  readonly transport: TransportName;
  /** IP literal, IPv6 without brackets. */
  readonly host: string;
  readonly port: number;
  /** The name the peer's certificate must carry (RFC 5922 §7.2); "" where there is no TLS. */
  readonly tlsName: string;
}

/** Whoever must know when a flow dies: client transactions, registrations by outbound, subscriptions. */
export interface FlowWatcher {
  onFlowClosed(flow: Flow, reason: string): void;
}

/**
 * One way to one peer: a connection, or a UDP socket with a remote address (RFC 5626 §3). Sends are queued and go out
 * together at the end of the turn, so `send` never waits and makes no promise.
 */
export interface Flow {
  /** Unique in this boot; a flow token is this number and the boot (RFC 5626 §5.2). */
  readonly id: number;
  readonly transport: TransportName;
  /** True for all but UDP: no retransmissions (RFC 3261 §17). */
  readonly reliable: boolean;
  /** TLS below: `tls`, `wss`. */
  readonly secure: boolean;
  readonly local: Endpoint;
  readonly remote: Endpoint;
  /** True where the peer opened the connection to us; for UDP true. */
  readonly inbound: boolean;
  /** DNS names and SIP URIs of the peer's verified certificate; empty without one. */
  readonly peerNames: readonly string[];
  /** False once it can carry nothing more. */
  readonly open: boolean;
  /**
   * False while a connection of ours is still being made, and for ever when it never was: nothing queued on it can have
   * reached the peer. Left out where there is nothing to make (UDP, accepted connections).
   */
  readonly established?: boolean;
  /**
   * Queues one message. `head` is latin1 text that ends with the empty line. False when the flow is closed or its queue
   * is full (a peer that does not read): nothing was queued, and the caller answers for it.
   */
  send(head: string, body: Uint8Array): boolean;
  /** So much waits to be written that what may wait should. Left out where nothing waits long (UDP). */
  readonly crowded?: boolean;
  /** Calls once, in a turn to come, when it is crowded no more, or dead. Not to be called of a dead one. */
  whenRoom?(work: () => void): void;
  /** Told once, when the flow dies; at once when it is dead already. */
  watch(watcher: FlowWatcher): void;
  unwatch(watcher: FlowWatcher): void;
  /** Ends a connection after what is queued went out; a UDP flow only forgets its peer. */
  close(reason: string): void;
}

/** Who receives what comes in. Every method returns at once. */
export interface FlowHandler {
  /** One framed message. `head` ends with the empty line; `body` stays valid and is never written again. */
  onMessage(flow: Flow, head: string, body: Uint8Array): void;
  /** What could not be framed (a counter and a rate-limited log line follow); the flow closes itself where it must. */
  onGarbage(flow: Flow, reason: string): void;
  /**
   * A head that was read whole but breaks a limit of the framer: the answer it deserves (413 body, 513 message, 400
   * Content-Length missing or senseless on a stream). Connections close after the answer.
   */
  onRefused(flow: Flow, head: string, status: 400 | 413 | 513, reason: string): void;
}

/** A door that is open: one entry of `[listen] sip`. */
export interface Listener {
  readonly transport: TransportName;
  /** The bound address; the port is the real one where 0 was asked for. */
  readonly local: Endpoint;
  /** What Via, Contact and Record-Route say for flows of this door. */
  readonly advertised: Endpoint;
  close(): Promise<void>;
}
