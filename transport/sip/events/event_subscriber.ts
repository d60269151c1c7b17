import { type Clock, EMPTY, type Log, type Metrics, randomToken, type Timers } from "../../../foundation/mod.ts";
import { Dialog, dialogKey } from "../dialog.ts";
import { parseSubscriptionState, type SubscriptionState } from "../event_header.ts";
import type { Notification } from "../event_package.ts";
import { responseHead, type ResponseParts } from "../respond.ts";
import type { HeaderName } from "../header_names.ts";
import type { SipRequest } from "../message.ts";
import type { ServerTransaction } from "../transactions.ts";
import type { UserAgent } from "../user_agent.ts";
import { ClientSubscription } from "./client_subscription.ts";
import { tryEvent } from "./event_headers.ts";

/** What to subscribe to (RFC 6665 §4.1.2.1). */
export interface SubscribeRequest {
  readonly event: string;
  /** Event `id`; default none. */
  readonly eventId?: string;
  readonly uri: string;
  readonly from: string;
  readonly to: string;
  readonly routes?: readonly string[];
  readonly flowId?: number;
  /** Seconds; 0 asks once (RFC 6665 §4.4.3). */
  readonly expires: number;
  /** Media types for Accept; none sends no Accept. */
  readonly accept: readonly string[];
  readonly headers?: readonly (readonly [HeaderName, string])[];
  readonly filter?: Notification;
}

/** What a NOTIFY brought. A SUBSCRIBE that forked has several notifiers, told apart by `notifier`. */
export interface ReceivedNotification {
  /** The notifier's tag: one for each dialog of the subscription. */
  readonly notifier: string;
  readonly state: "active" | "pending" | "terminated";
  /** Lower-case media type with its parameters as they came; "" without a body. */
  readonly contentType: string;
  readonly body: Uint8Array;
}

/** Who subscribed. Methods return at once. */
export interface SubscriptionUser {
  /** State came. */
  onNotification(subscription: ClientSubscription, notification: ReceivedNotification): void;
  /**
   * No notifier is left: the subscription was refused (`status` of the answer), ended by its notifier (`reason`), or ran
   * out. Whoever wants it still subscribes anew, not before `retryAfter` seconds.
   */
  onEnded(
    subscription: ClientSubscription,
    end: { readonly status: number; readonly reason: string; readonly retryAfter: number },
  ): void;
}

export interface EventSubscriberOptions {
  readonly agent: UserAgent;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: Log;
  readonly metrics: Metrics;
  /** Subscriptions at a time; default 10,000. */
  readonly maxSubscriptions?: number;
}

/** The subscriber's side of RFC 6665 §4.1: sends SUBSCRIBE, keeps it fresh, takes NOTIFY. */
export class EventSubscriber {
  readonly agent: UserAgent;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly #log: Log;
  readonly #max: number;
  /** By Call-ID and our tag: what a NOTIFY must name, whoever sends it (RFC 6665 §4.4.1). */
  readonly #subscriptions = new Map<string, ClientSubscription>();

  constructor(options: EventSubscriberOptions) {
    this.agent = options.agent;
    this.clock = options.clock;
    this.timers = options.timers;
    this.#log = options.log;
    this.#max = options.maxSubscriptions ?? 10_000;
    options.metrics.gauge("sip_subscriptions_made", "Subscriptions of our own", () => this.#subscriptions.size);
  }

  get size(): number {
    return this.#subscriptions.size;
  }

  /** Subscribes. Throws RangeError when there are as many subscriptions as are allowed. */
  subscribe(request: SubscribeRequest, user: SubscriptionUser): ClientSubscription {
    if (this.#subscriptions.size >= this.#max) throw new RangeError(`more than ${this.#max} subscriptions of our own`);
    const subscription = new ClientSubscription(this, request, user, randomToken(24), randomToken(10));
    this.#subscriptions.set(dialogKey(subscription.callId, subscription.localTag, ""), subscription);
    subscription.start();
    return subscription;
  }

  /** True for a NOTIFY of one of these subscriptions: nobody else knows what names it. */
  owns(request: SipRequest): boolean {
    return request.method === "NOTIFY" && request.to.tag !== "" &&
      this.#subscriptions.has(dialogKey(request.callId, request.to.tag, ""));
  }

  /** Answers a NOTIFY that is for us. */
  handleNotify(transaction: ServerTransaction): void {
    const { request } = transaction;
    const event = tryEvent(request.get("Event"));
    if (event === null) return reply(transaction, 489);
    const subscription = this.#subscriptions.get(dialogKey(request.callId, request.to.tag, ""));
    if (
      subscription === undefined || subscription.request.event !== event.package ||
      (subscription.request.eventId ?? "") !== event.id
    ) return reply(transaction, 481, { reason: "No Such Subscription" });
    const required = request.list("Require");
    if (required.length > 0) return reply(transaction, 420, { headers: [["Unsupported", required.join(", ")]] });
    const state = stateOf(request);
    if (state === null) return reply(transaction, 400, { reason: "Subscription-State Missing Or Malformed" });
    const coding = request.get("Content-Encoding");
    if (request.body.length > 0 && coding !== undefined && coding.toLowerCase() !== "identity") {
      return reply(transaction, 415, { headers: [["Accept-Encoding", "identity"]] });
    }
    const leg = subscription.leg(request);
    if (!(leg instanceof Dialog)) return reply(transaction, leg.status, { reason: leg.reason });
    reply(transaction, 200);
    subscription.notified(leg, state, {
      notifier: leg.remoteTag,
      state: state.state === "terminated" ? "terminated" : state.state === "pending" ? "pending" : "active",
      contentType: request.body.length === 0 ? "" : request.get("Content-Type") ?? "",
      body: request.body,
    });
  }

  /** Called by a subscription that is over. */
  ended(subscription: ClientSubscription): void {
    this.#subscriptions.delete(dialogKey(subscription.callId, subscription.localTag, ""));
    this.#log.debug("subscription over", { event: subscription.request.event, uri: subscription.request.uri });
  }
}

function stateOf(request: SipRequest): SubscriptionState | null {
  try {
    return parseSubscriptionState(request.get("Subscription-State") ?? "");
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

function reply(transaction: ServerTransaction, status: number, parts: ResponseParts = {}): void {
  transaction.respond(status, responseHead(transaction.request, status, { toTag: randomToken(10), ...parts }), EMPTY);
}
