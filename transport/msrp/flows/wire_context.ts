import type { Clock, Log } from "../../../foundation/mod.ts";
import type { Resolver, Source } from "../../net/mod.ts";
import type { Breather, TlsContexts } from "../../net/machine/mod.ts";
import type { MsrpTransport } from "../connection.ts";
import type { BaseDuplex } from "./base_duplex.ts";
import type { ReadBuffers } from "./read_buffers.ts";
import type { WireLimits } from "./wire_limits.ts";
import type { WireMeters } from "./wire_meters.ts";

/** What all connections of one `MsrpWires` share. */
export interface WireContext {
  readonly log: Log;
  readonly clock: Clock;
  readonly limits: WireLimits;
  readonly breather: Breather;
  readonly reads: ReadBuffers;
  readonly resolver: Resolver;
  readonly tls: TlsContexts;
  meters(transport: MsrpTransport): WireMeters;
  /** Its deadlines are looked at from now on. */
  opened(duplex: BaseDuplex): void;
  closed(duplex: BaseDuplex): void;
}

/** What doors are built over. */
export interface Gate extends WireContext {
  /** The source of a connection that came, with the connection counted; null where it may have no more. */
  admit(transport: MsrpTransport, host: string): Source | null;
  /** Hands a connection on: at once, or later where its source opens them too fast. */
  accepted(duplex: BaseDuplex): void;
}
