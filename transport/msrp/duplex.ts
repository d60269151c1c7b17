import type { Endpoint } from "../net/mod.ts";
import type { MsrpTransport } from "./connection.ts";

/** Whoever reads and writes a duplex. Every method returns at once. */
export interface DuplexUser {
  /** The connect (and handshake) succeeded. Not called for accepted ones. */
  onConnected(): void;
  /** Octets from the peer, 32 KiB at most; they may be overwritten after the call. None come between `pause` and `resume`. */
  onOctets(octets: Uint8Array): void;
  /** What `write` was given has been taken by the system; the next `write` may come. */
  onWritten(): void;
  /** It is over, whoever ended it. Nothing comes after it. */
  onClosed(reason: string): void;
}

/**
 * Octets both ways: TCP, TLS, the binary (or text) messages of a WebSocket, or a pair inside the process. Over WebSocket `write`
 * is given whole MSRP messages, and sends each call as one message (RFC 7977 §5.1).
 */
export interface Duplex {
  readonly transport: MsrpTransport;
  readonly inbound: boolean;
  readonly local: Endpoint;
  readonly remote: Endpoint;
  readonly peerNames: readonly string[];
  hasFingerprint(text: string): boolean;
  /** Octets come from now on. */
  start(user: DuplexUser): void;
  /** One at a time: the next after `onWritten`. The octets stay untouched until then. */
  write(octets: Uint8Array<ArrayBuffer>): void;
  pause(): void;
  resume(): void;
  /** Says the end after what was written, reads what still comes for a short while, and closes. */
  end(): void;
  /** Lets go at once. */
  destroy(): void;
}

/** Makes duplexes to peers. Returned at once, still connecting; one that cannot be made tells its user `onClosed`. */
export interface Dialer {
  /** Null where it does not speak that transport. `name`: what the certificate must carry; "" where fingerprints decide. */
  dial(transport: MsrpTransport, to: Endpoint, name: string): Duplex | null;
}
