import type { Clock, Log, Timers } from "../../foundation/mod.ts";
import type { Locator, Transactions, Wires } from "../../transport/sip/mod.ts";
import type { Egress } from "./egress.ts";
import type { FlowTokens } from "./flow_token.ts";
import type { Devices, LocationService } from "./location.ts";

/** What sends and forks stand on; one object for the whole core. */
export interface CoreServices {
  readonly transactions: Transactions;
  readonly wires: Wires;
  readonly locator: Locator;
  readonly location: LocationService & Devices;
  readonly timers: Timers;
  readonly clock: Clock;
  readonly log: Log;
  readonly egress: Egress;
  readonly tokens: FlowTokens;
  /** Domains served here, lower-case; the first one is the default. */
  readonly domains: ReadonlySet<string>;
  /** Salt of loop detection, random for each boot. */
  readonly salt: number;
}
