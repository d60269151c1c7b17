import type { Clock, Timers } from "../../../foundation/mod.ts";
import type { EventPackage } from "../event_package.ts";
import type { UserAgent } from "../user_agent.ts";
import type { RoomLine } from "./room_line.ts";
import type { ServerSubscription } from "./server_subscription.ts";
import type { SubscriptionWays } from "./subscription_way.ts";

/** What a subscription needs of the notifier that holds it. */
export interface NotifierTools {
  readonly agent: UserAgent;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly ways: SubscriptionWays;
  readonly room: RoomLine;
  /** That of packages which have none of their own. */
  readonly pace: NonNullable<EventPackage["pace"]>;
  /** The subscription takes no more state: it leaves the tables. */
  ended(subscription: ServerSubscription): void;
  /** It knows more, or was told more, than is stored. */
  touched(subscription: ServerSubscription): void;
  /** Its device is not there: `isBack` is to be called when it is. */
  away(subscription: ServerSubscription): void;
  /** It need not wait for its device any more. */
  back(subscription: ServerSubscription): void;
}
