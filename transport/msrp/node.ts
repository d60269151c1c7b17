import type { Endpoint } from "../net/mod.ts";
import type { Connection, MsrpTransport, SessionEnd } from "./connection.ts";
import type { MsrpUri } from "./msrp_uri.ts";

/** What may carry a connection of ours to a peer. */
export interface DialOptions {
  /** A connection to the same place may carry this session, too (RFC 4975 §5.4); false: one of its own. */
  readonly share: boolean;
  /**
   * Fingerprints of the peer's SDP; one of them must be that of the certificate it shows (RFC 4572, RFC 8122). Empty: the
   * certificate must be valid for the URI's host.
   */
  readonly fingerprints: readonly string[];
  /** Where to connect in place of the URI's host and port (RFC 6714, CEMA); null: the URI says. */
  readonly address: Endpoint | null;
}

/** All MSRP of the process: its connections, and the sessions that requests are for. */
export interface MsrpNode {
  /** From now on requests whose first To-Path URI names this session id go to `end`. Throws RangeError when it is taken. */
  add(sessionId: string, end: SessionEnd): void;
  remove(sessionId: string): void;
  /**
   * Whoever gets requests to a URI of ours without a session id (AUTH to a relay); null: they get 481. It is not asked
   * `admit` and is bound to no connection: a connection that no session is bound to is closed after a while.
   */
  doorman: SessionEnd | null;
  /**
   * Our URI for a session, as our door of that transport is reached from outside: `msrps://im.example.test:2856/id;tcp`. With
   * `host`: as that name (a browser's path carries the name it used). Null without such a door.
   */
  uriFor(sessionId: string, transport: MsrpTransport, host?: string): string | null;
  /** Sessions in the table. */
  readonly size: number;
  /**
   * A connection to the host of a URI: at once, it queues while it is made; one that cannot be made tells its users LOST. A URI
   * of our own doors is connected inside the process. Null where no transport of ours leads there.
   */
  connect(uri: MsrpUri, options: DialOptions): Connection | null;
  /**
   * From now on `connect` to that very URI (text for text) gives this connection to those who share one: the URI was handed out on
   * it and is valid nowhere else (Use-Path, RFC 4976 §6.3). Null, and the end of the connection, take it back.
   */
  lead(uri: string, connection: Connection | null): void;
  /** The session ends use it: told `onLost` when this connection goes. */
  bind(connection: Connection, end: SessionEnd): void;
  unbind(connection: Connection, end: SessionEnd): void;
}
