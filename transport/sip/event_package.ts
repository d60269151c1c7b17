import type { RatePolicy } from "./events/rate_parameters.ts";
import type { HeaderName } from "./header_names.ts";
import type { Params } from "./params.ts";

/** The body of one NOTIFY; an empty one goes without Content-Type. */
export interface Notification {
  readonly contentType: string;
  readonly body: Uint8Array;
  /** Entity-tag of the whole state as it is now (RFC 5839 §6.1), a token; absent where the package has none. */
  readonly etag?: string;
  /** There is more of it, for which there was no room: `partial` is asked as soon as this one was answered, whatever the pace. */
  readonly more?: boolean;
}

/** One subscription as its package sees it (RFC 6665 §4.2). */
export interface Subscription {
  /** Unique in this boot. */
  readonly id: string;
  /** Package name, such as `reg`. */
  readonly event: string;
  /** Address-of-record (or other resource) subscribed to. */
  readonly resource: string;
  /** Identity of the subscriber, as the core vouches for it. */
  readonly watcher: string;
  /** Those of the package's media types that the subscriber's Accept admits, in the package's order; its default alone
   * when there was no Accept. */
  readonly accept: readonly string[];
  /** Number of NOTIFYs sent so far: packages with a `version` count by it. */
  readonly sent: number;
  /** The SUBSCRIBE's body (filters), as it came. */
  readonly filter: Notification | null;
  /** Parameters of the last SUBSCRIBE's Event beyond `id`, values as written; absent or empty for none. */
  readonly params?: Params;
  /** True once it is over, and this is for its last NOTIFY. */
  readonly ended?: boolean;
  /** Seconds left, at least 0. */
  readonly expires?: number;
  /** Why it is over (RFC 6665 §4.1.3); `timeout` also where the subscriber ended it, or was not to be reached. */
  readonly endReason?: TerminationReason | "timeout" | "invariant";
  /** True while `full` is asked for what the subscriber has already: what it says is not sent (RFC 5839 §6.2). */
  readonly suppressed?: boolean;
  /** What the package keeps of it; goes with it. */
  kept?: unknown;
  /** What `Notifier.changed` is for a resource, for this subscription alone. */
  changed?(): void;
  /** What `Notifier.terminate` is for a resource, for this subscription alone. */
  terminate?(reason: TerminationReason): void;
  /** Policy was asked again: the subscriber learns of another state at once, with all that it may see then. */
  setState?(state: "active" | "pending"): void;
}

/** Why a package ends a subscription (RFC 6665 §4.1.3). */
export type TerminationReason = "deactivated" | "rejected" | "noresource" | "giveup" | "probation";

/** What a SUBSCRIBE says beyond who watches what. */
export interface SubscribeContents {
  readonly resource: string;
  readonly watcher: string;
  readonly params: Params;
  /** Null without a body; inside a dialog the one before holds then. */
  readonly filter: Notification | null;
  /** The subscription it is for; null where it begins one. */
  readonly subscription: Subscription | null;
  /** What it asks for, in seconds; 0 ends it, or polls. */
  readonly expires: number;
  /** As From has it; "" for none. */
  readonly displayName: string;
  /** Option tags that the subscriber supports or requires, lower-case. */
  readonly options: readonly string[];
}

/** An answer that refuses one SUBSCRIBE. */
export interface SubscribeRefusal {
  readonly status: number;
  readonly reason: string;
  readonly headers?: readonly (readonly [HeaderName, string])[];
}

/** What a package decides about a subscription. */
export type Admission =
  | { readonly state: "active" | "pending" }
  /** Refused with this answer. */
  | { readonly state: "refused"; readonly status: number; readonly reason?: string };

/** An event package (RFC 6665 §5.4): what the framework does not know about its states. */
export interface EventPackage {
  readonly name: string;
  /**
   * Tells packages of one name from each other: "" or absent for the one that is asked first, such as `list` for one that its `variant`
   * gives. Subscriptions outlast a restart with the package of that name and kind, which is to be registered for that.
   */
  readonly kind?: string;
  /** Media types it can send, the default first. */
  readonly contentTypes: readonly string[];
  /** Those of them that an Accept has to admit, each of them: 406 else. Default: any one will do. */
  readonly requiredTypes?: readonly string[];
  /** Those of them that only their own name in Accept admits, and that are left out where the first one is wanted more. */
  readonly namedTypes?: readonly string[];
  /** Seconds. */
  readonly expires: { readonly default: number; readonly min: number; readonly max: number };
  /** Option tags that a SUBSCRIBE may require. Default: none. */
  readonly supported?: readonly string[];
  /** Option tags that whoever gets a NOTIFY must know: in the 2xx and in each NOTIFY (RFC 4662 §4.4). Default: none. */
  readonly requires?: readonly string[];
  /** Present: subscribers may say how often they are told (RFC 6446), within this. Absent: they are not heard. */
  readonly rates?: RatePolicy;
  /**
   * How often NOTIFYs may go out that no SUBSCRIBE asked for: one each `interval_ms` in the long run, `burst` of them at once after
   * a quiet time. Default: the notifier's own interval, and 1.
   */
  readonly pace?: { readonly interval_ms: number; readonly burst: number };
  /**
   * True: where the resource is no more (`noresource`) the last NOTIFY brings what `full` says then. Default: it has no body, as only
   * the last one to a subscription that ran out has one.
   */
  readonly tellsEnd?: boolean;
  /**
   * The package of the same name that serves a SUBSCRIBE which begins a subscription, where there are several: one for lists
   * beside the one for single resources. Asked before all else. Default: this one.
   */
  variant?(contents: SubscribeContents): EventPackage | SubscribeRefusal;
  /**
   * Brings in what `refuse`, `admit` and `stateTag` will look at; null where it is all there. A rejection is answered with 503.
   */
  load?(contents: SubscribeContents): Promise<void> | null;
  /** Looks at parameters and body of every SUBSCRIBE; a subscription that was there stays as it was. */
  refuse?(contents: SubscribeContents): SubscribeRefusal | null;
  /** Called for every SUBSCRIBE, those that refresh included. */
  admit(resource: string, watcher: string): Admission;
  /** The state to send at once after a SUBSCRIBE: complete, as if nothing had been sent before. Null: an empty NOTIFY. */
  full(subscription: Subscription): Notification | null;
  /** The state to send after `changed`; null when this subscriber sees no difference. Default: `full`. */
  partial?(subscription: Subscription): Notification | null;
  /**
   * Brings in what `full` or `partial` will look at; null where it is all there. A rejection counts as a NOTIFY that failed: it is
   * tried again later.
   */
  prepare?(subscription: Subscription, what: "full" | "partial"): Promise<void> | null;
  /**
   * Entity-tag of the state that this SUBSCRIBE would be told, for conditional subscriptions (RFC 5839 §6); null where it cannot be
   * said at once.
   */
  stateTag?(contents: SubscribeContents): string | null;
  /** The subscriber answered the last NOTIFY with a 2xx: it knows what `full` or `partial` said. */
  delivered?(subscription: Subscription): void;
  /**
   * The SUBSCRIBE was accepted, and its NOTIFY is about to be made: once for every SUBSCRIBE. A subscription that outlasts a restart is
   * stored next, with what `keep` says then; where that fails it has ended.
   */
  subscribed?(subscription: Subscription, contents: SubscribeContents): void;
  /**
   * What has to outlast a restart of the box beside the subscription itself: plain data, a few hundred octets. Absent: subscriptions of
   * this package do not outlast it. Asked when a SUBSCRIBE was accepted, when the box stops, and every few minutes in between where
   * the subscriber was told something.
   */
  keep?(subscription: Subscription): unknown;
  /**
   * After a restart the subscription is there again, active or pending as it was, with what `keep` gave last. What the
   * subscriber does not know yet is for the package to tell, by `changed`; what it may see no longer, by `setState` or `terminate`.
   * What the subscriber was told in the last minutes before a crash may be missing in `kept`. `sent` has skipped some numbers: a document
   * that has to follow the one before is to be whole. Nothing goes out before the box's doors are open.
   */
  resume?(subscription: Subscription, kept: unknown): void;
  /** The subscription is over; one more `full` may follow, for its last NOTIFY. */
  ended?(subscription: Subscription): void;
}

/** The notifier's side of the framework, for the roles that own packages. */
export interface Notifier {
  register(eventPackage: EventPackage): void;
  /** The state of a resource changed: every active subscription to it gets a NOTIFY (rate limited, latest state wins). */
  changed(event: string, resource: string): void;
  /** Ends subscriptions: NOTIFY with `terminated` and this reason (RFC 6665 §4.1.3). */
  terminate(event: string, resource: string, reason: TerminationReason): void;
}
