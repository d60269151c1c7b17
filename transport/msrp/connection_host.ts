import type { Clock, Log } from "../../foundation/mod.ts";
import type { KeyTable } from "../sip/mod.ts";
import type { BufferPool } from "./buffer_pool.ts";
import type { SessionEnd } from "./connection.ts";
import type { ConnectionLimits } from "./connection_limits.ts";
import type { IncomingRequest } from "./frame.ts";
import type { FramedConnection } from "./framed_connection.ts";
import type { HeadReader } from "./head_reader.ts";
import type { Hop } from "./hop_transactions.ts";
import type { MsrpMeters } from "./msrp_meters.ts";
import type { FrameLimits } from "./slow_head.ts";

/** What all connections of one node share. */
export interface ConnectionHost {
  readonly clock: Clock;
  readonly log: Log;
  readonly limits: ConnectionLimits;
  readonly frameLimits: FrameLimits;
  readonly meters: MsrpMeters;
  readonly buffers: BufferPool;
  readonly hops: KeyTable<Hop>;
  readonly reader: HeadReader;
  /** Changes with every change of sessions and bindings: what `route` said before may be wrong then. */
  readonly version: number;
  nextId(): number;
  /** `flush` is called once at the end of this turn. */
  flushLater(connection: FramedConnection): void;
  /** Whose request it is; null: nobody's, and it was answered. */
  route(connection: FramedConnection, request: IncomingRequest): SessionEnd | null;
  /** It carries nothing more, but what is queued. */
  closed(connection: FramedConnection): void;
  /** Nothing is left of it. */
  gone(connection: FramedConnection): void;
}
