import type { Dialog } from "../dialog.ts";
import type { Notification } from "../event_package.ts";
import type { Params } from "../params.ts";
import type { EventRates } from "./rate_parameters.ts";
import type { SubscriptionWay } from "./subscription_way.ts";

/** What every SUBSCRIBE says. */
export interface SubscriptionTerms {
  readonly accept: readonly string[];
  readonly filter: Notification | null;
  readonly params: Params;
  /** How often the subscriber wants to be told; null: nothing was said. */
  readonly rates: EventRates | null;
  readonly way: SubscriptionWay;
}

/** What a subscription is made from, once its SUBSCRIBE was found good. Texts are detached. */
export interface SubscriptionStart extends SubscriptionTerms {
  readonly id: string;
  readonly dialog: Dialog;
  readonly eventId: string;
  readonly resource: string;
  readonly watcher: string;
}

/** What a SUBSCRIBE inside the dialog brings; `filter` null: the one before holds. */
export interface SubscriptionRefresh extends SubscriptionTerms {
  readonly state: "active" | "pending";
  /** The subscriber has this very state already (RFC 5839 §6.3). */
  readonly suppressed: boolean;
  /** Nothing of the state is told until the next SUBSCRIBE (RFC 5839 §5.2.3). */
  readonly quenched: boolean;
}
