import type { Clock, Timers } from "../../../foundation/mod.ts";
import type { UserAgent } from "../user_agent.ts";
import type { ServerSubscription } from "./server_subscription.ts";

/** What a subscription needs of the notifier that holds it. */
export interface NotifierTools {
  readonly agent: UserAgent;
  readonly clock: Clock;
  readonly timers: Timers;
  /** Least time between two NOTIFYs of one subscription that nobody asked for. */
  readonly minInterval_ms: number;
  /** The subscription takes no more state: it leaves the tables. */
  ended(subscription: ServerSubscription): void;
}
