import type { Clock, Log, Metrics, Timers } from "../../../foundation/mod.ts";
import type { Algorithm, Hash } from "../../sip/mod.ts";
import type { Connection } from "../connection.ts";
import type { MsrpUri } from "../msrp_uri.ts";
import type { MsrpNode } from "../node.ts";

/** Who may use the relay. Text is one character an octet. */
export interface RelayAccounts {
  /** Realms served; the first is offered where nothing in the request points to one. */
  readonly realms: readonly string[];
  /** H(A1) of a user for that algorithm; null when there is no such user. */
  ha1(username: string, realm: string, algorithm: Algorithm): string | null;
  /** False for one who may log in but not relay: 403. */
  mayRelay(username: string, realm: string): boolean;
}

/** Ends the guessing of passwords, by name and source address. */
export interface RelayLockOut {
  /** Seconds until the next attempt is looked at; 0 when it may be now. */
  locked(name: string, source: string): number;
  failed(name: string, source: string): number;
  passed(name: string, source: string): void;
}

/** Sizes and times of a relay. Configuration. */
export interface RelayLimits {
  /** Life of a session URI in seconds: what is granted unasked, and what may be asked for (else 423). */
  readonly expires: number;
  readonly min_expires: number;
  readonly max_expires: number;
  /** Sessions in all, and of one user. */
  readonly sessions: number;
  readonly sessions_per_user: number;
  /** Connections on which a user has sessions at the same time. */
  readonly connections_per_user: number;
  /** Peers that may be connected to one session, and next hops it may name. */
  readonly peers_per_session: number;
  /** AUTH requests without success in a row on a client's connection before it is closed (RFC 4976 §6.3). */
  readonly failures: number;
  /** URIs in a path. */
  readonly hops: number;
}

export const DEFAULT_RELAY_LIMITS: RelayLimits = {
  expires: 900,
  min_expires: 60,
  max_expires: 3600,
  sessions: 20_000,
  sessions_per_user: 200,
  connections_per_user: 20,
  peers_per_session: 8,
  failures: 8,
  hops: 10,
};

/** What a relay stands on. */
export interface RelayParts {
  readonly node: MsrpNode;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly metrics: Metrics;
  readonly log: Log;
  readonly hash: Hash;
  readonly accounts: RelayAccounts;
  readonly lockOut: RelayLockOut;
  readonly limits?: Partial<RelayLimits>;
  /** Offered and accepted, the preferred one first. */
  readonly algorithms?: readonly Algorithm[];
  /** AUTH only over TLS (RFC 4976 §9.2). Default true; false for loopback and laboratories. */
  readonly requireTls?: boolean;
  /**
   * Clients are known by their connection alone, whatever hosts and session ids their paths have: for clients that match only
   * the session id, or with middleboxes between (RFC 6714). Default false: the first URI of their From-Path has the authority of
   * the one they sent AUTH with.
   */
  readonly lenient?: boolean;
  /** False for a next hop that a user may not reach. Default: any. */
  readonly mayReach?: (hop: MsrpUri, username: string, realm: string) => boolean;
}

/** What a session belongs to. */
export interface SessionClient {
  readonly username: string;
  readonly realm: string;
  /** The connection AUTH came on. */
  readonly connection: Connection;
  /** From-Path of the AUTH: the client, behind the relays between it and us. */
  readonly path: string;
  /** The previous hop is a relay with a verified certificate for its name: any connection of it will do (RFC 4976 §6.3). */
  readonly throughRelay: boolean;
}
