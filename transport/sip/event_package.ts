/** The body of one NOTIFY. */
export interface Notification {
  readonly contentType: string;
  readonly body: Uint8Array;
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
}

/** What a package decides about a subscription. */
export type Admission =
  | { readonly state: "active" | "pending" }
  /** Refused with this answer. */
  | { readonly state: "refused"; readonly status: number; readonly reason?: string };

/** An event package (RFC 6665 §5.4): what the framework does not know about its states. */
export interface EventPackage {
  readonly name: string;
  /** Media types it can send, the default first. */
  readonly contentTypes: readonly string[];
  /** Seconds. */
  readonly expires: { readonly default: number; readonly min: number; readonly max: number };
  /** Called for every SUBSCRIBE that begins a subscription. */
  admit(resource: string, watcher: string): Admission;
  /** The state to send at once after a SUBSCRIBE: complete, as if nothing had been sent before. Null: an empty NOTIFY. */
  full(subscription: Subscription): Notification | null;
  /** The state to send after `changed`; null when this subscriber sees no difference. Default: `full`. */
  partial?(subscription: Subscription): Notification | null;
}

/** The notifier's side of the framework, for the roles that own packages. */
export interface Notifier {
  register(eventPackage: EventPackage): void;
  /** The state of a resource changed: every active subscription to it gets a NOTIFY (rate limited, latest state wins). */
  changed(event: string, resource: string): void;
  /** Ends subscriptions: NOTIFY with `terminated` and this reason (RFC 6665 §4.1.3). */
  terminate(
    event: string,
    resource: string,
    reason: "deactivated" | "rejected" | "noresource" | "giveup" | "probation",
  ): void;
}
