import type { Timed, Timer } from "../../../foundation/mod.ts";
import { Dialog } from "../dialog.ts";
import type { SubscriptionState } from "../event_header.ts";
import { deltaSeconds } from "../grammar.ts";
import type { HeaderName } from "../header_names.ts";
import type { Problem, SipRequest, SipResponse } from "../message.ts";
import type { SentRequest } from "../sent_request.ts";
import type { Failure } from "../transactions.ts";
import type { RequestParts, RequestUser } from "../user_agent.ts";
import { eventText } from "./event_headers.ts";
import type { EventSubscriber, ReceivedNotification, SubscribeRequest, SubscriptionUser } from "./event_subscriber.ts";

/** Timer N (RFC 6665 §4.1.2.4): 64*T1. */
const TIMER_N_MS = 32_000;
const MAX_LEGS = 8;
/** A refresh goes out so long before the end, or at half time where that is later. */
const AHEAD_MS = 60_000;
/** No refresh goes out sooner, however little a notifier grants: it ends then, and its user decides. */
const SOONEST_MS = 5_000;

const TIMER_N = 1;

/** RFC 6665 §4.1.2.2: answers to a refresh that end the subscription at once. */
const ENDING: ReadonlySet<number> = new Set([404, 405, 410, 416, 480, 481, 482, 483, 484, 485, 489, 501, 604]);

/**
 * A subscription of ours. One SUBSCRIBE may reach several notifiers (RFC 6665 §4.4.1): each has a dialog of its own, kept
 * fresh by itself, which its first NOTIFY begins, also one that comes before the answer to the SUBSCRIBE.
 */
export class ClientSubscription implements RequestUser, Timed {
  readonly request: SubscribeRequest;
  readonly callId: string;
  readonly localTag: string;
  readonly subscriber: EventSubscriber;
  readonly #user: SubscriptionUser;
  readonly #legs = new Map<string, Leg>();
  #first: SentRequest | null = null;
  #waiting: Timer | null = null;
  #granted: number;
  #flowId: number;
  #ending = false;
  #over = false;
  #end = { status: 0, reason: "timeout", retryAfter: -1 };

  constructor(
    subscriber: EventSubscriber,
    request: SubscribeRequest,
    user: SubscriptionUser,
    callId: string,
    localTag: string,
  ) {
    this.subscriber = subscriber;
    this.request = request;
    this.#user = user;
    this.callId = callId;
    this.localTag = localTag;
    this.#granted = request.expires;
    this.#flowId = request.flowId ?? 0;
  }

  start(): void {
    const { uri, from, to, routes } = this.request;
    this.#waiting = this.subscriber.timers.start(TIMER_N_MS, this, TIMER_N);
    this.#first = this.subscriber.agent.send({
      ...this.parts(this.request.expires),
      uri,
      from: `${from};tag=${this.localTag}`,
      to,
      routes,
      callId: this.callId,
      cseq: 1,
    }, this);
  }

  /** Ends it at every notifier (RFC 6665 §4.1.2.3); `onEnded` follows. */
  unsubscribe(): void {
    this.#ending = true;
    this.#end = { status: 0, reason: "unsubscribed", retryAfter: -1 };
    for (const leg of [...this.#legs.values()]) leg.unsubscribe();
    this.#settle();
  }

  /** Asks every notifier for the whole state again. */
  refresh(): void {
    for (const leg of this.#legs.values()) leg.refresh();
  }

  /** Header lines and body of any SUBSCRIBE of this subscription. */
  parts(expires_s: number): RequestParts {
    const { event, eventId, accept, headers, filter } = this.request;
    const lines: (readonly [HeaderName, string])[] = [
      ["Event", eventText(event, eventId ?? "")],
      ["Expires", String(expires_s)],
    ];
    if (accept.length > 0) lines.push(["Accept", accept.join(", ")]);
    if (headers !== undefined) lines.push(...headers);
    return {
      method: "SUBSCRIBE",
      flowId: this.#flowId,
      contact: this.localTag,
      headers: lines,
      contentType: filter?.contentType,
      body: filter?.body,
    };
  }

  /** The dialog that a NOTIFY belongs to, begun by it where it is the first; or the answer that it deserves. */
  leg(notify: SipRequest): Dialog | Problem {
    const known = this.#legs.get(notify.from.tag);
    if (known !== undefined) return known.dialog.receive(notify) ?? known.dialog;
    // RFC 6665 §4.1.2.4: after timer N nobody joins.
    if (this.#waiting === null) return { status: 481, reason: "No Such Subscription" };
    if (this.#legs.size >= MAX_LEGS) return { status: 481, reason: `More Than ${MAX_LEGS} Notifiers` };
    const dialog = Dialog.uas(notify, this.localTag);
    if (!(dialog instanceof Dialog)) return dialog;
    dialog.startFrom(this.#first?.cseq ?? 1);
    this.#legs.set(dialog.remoteTag, new Leg(this, dialog));
    return dialog;
  }

  /** A NOTIFY in one of the dialogs, which has its 200 already. */
  notified(dialog: Dialog, state: SubscriptionState, notification: ReceivedNotification): void {
    const leg = this.#legs.get(dialog.remoteTag);
    if (leg === undefined) return;
    if (this.#ending && notification.state !== "terminated") leg.unsubscribe();
    if (notification.state === "terminated") {
      this.#end = { status: 0, reason: state.reason, retryAfter: state.retryAfter ?? -1 };
    } else leg.granted(Math.min(state.expires ?? this.#granted, this.#granted));
    this.#user.onNotification(this, notification);
    if (notification.state === "terminated") this.drop(leg);
  }

  onTimer(): void {
    this.#waiting = null;
    this.#settle();
  }

  onResponse(request: SentRequest, response: SipResponse): void {
    if (response.status < 200) return;
    if (response.status >= 300) {
      this.#waiting?.stop();
      this.#waiting = null;
      this.#end = {
        status: response.status,
        reason: response.reason,
        retryAfter: deltaSeconds(response.get("Retry-After")) ?? -1,
      };
      return this.#settle();
    }
    this.#granted = Math.min(this.request.expires, deltaSeconds(response.get("Expires")) ?? this.#granted);
    if (this.#flowId !== 0 && request.flow !== null) this.#flowId = request.flow.id;
    for (const leg of this.#legs.values()) leg.shorten(this.#granted);
  }

  onFailure(_request: SentRequest, failure: Failure): void {
    this.#waiting?.stop();
    this.#waiting = null;
    this.#end = { status: failure === "timeout" ? 408 : 503, reason: failure, retryAfter: -1 };
    this.#settle();
  }

  /** One notifier is gone. */
  drop(leg: Leg): void {
    leg.stop();
    this.#legs.delete(leg.dialog.remoteTag);
    // A poll, or an end that was asked for, needs no other notifier.
    if (this.request.expires === 0 || this.#ending) {
      this.#waiting?.stop();
      this.#waiting = null;
    }
    this.#settle();
  }

  /** A refresh was refused for good. */
  refused(leg: Leg, status: number, reason: string): void {
    this.#end = { status, reason, retryAfter: -1 };
    this.drop(leg);
  }

  #settle(): void {
    if (this.#over || this.#waiting !== null || this.#legs.size > 0) return;
    this.#over = true;
    this.subscriber.ended(this);
    this.#user.onEnded(this, this.#end);
  }
}

const REFRESH = 1, EXPIRED = 2, NO_NOTIFY = 3;

/** The dialog with one notifier. */
class Leg implements RequestUser, Timed {
  readonly dialog: Dialog;
  readonly #subscription: ClientSubscription;
  #until = 0;
  #leaving = false;
  #refresh: Timer | null = null;
  #expiry: Timer | null = null;
  #timerN: Timer | null = null;

  constructor(subscription: ClientSubscription, dialog: Dialog) {
    this.#subscription = subscription;
    this.dialog = dialog;
  }

  /** Lives so many seconds from now: the notifier's word (RFC 6665 §4.1.3). */
  granted(seconds: number): void {
    // Only its end counts by now; where that is not told, timer N ends it.
    if (this.#leaving) return;
    this.#timerN?.stop();
    this.#timerN = null;
    this.#stopClocks();
    const { timers, clock } = this.#subscription.subscriber;
    const life_ms = seconds * 1000;
    this.#until = clock.monotonic() + life_ms;
    this.#expiry = timers.start(life_ms, this, EXPIRED);
    if (life_ms <= SOONEST_MS) return;
    this.#refresh = timers.start(Math.max(life_ms / 2, life_ms - AHEAD_MS, SOONEST_MS), this, REFRESH);
  }

  /** Nothing where a SUBSCRIBE is under way: its NOTIFY brings the whole. */
  refresh(): void {
    if (this.#leaving || this.#timerN !== null) return;
    this.#refresh?.stop();
    this.#refresh = null;
    this.#send(this.#subscription.request.expires);
  }

  /** The answer to the SUBSCRIBE says less than the NOTIFY that overtook it. */
  shorten(seconds: number): void {
    if (this.#until > this.#subscription.subscriber.clock.monotonic() + seconds * 1000) this.granted(seconds);
  }

  unsubscribe(): void {
    if (this.#leaving) return;
    this.#leaving = true;
    this.#stopClocks();
    this.#send(0);
  }

  stop(): void {
    this.#stopClocks();
    this.#timerN?.stop();
  }

  onTimer(kind: number): void {
    if (kind === REFRESH) this.#send(this.#subscription.request.expires);
    else this.#subscription.drop(this);
  }

  onResponse(_request: SentRequest, response: SipResponse): void {
    const { status } = response;
    if (status < 200) return;
    if (status < 300) {
      this.dialog.refreshTarget(response);
      // RFC 5839: 204 promises that no NOTIFY will come.
      const granted = deltaSeconds(response.get("Expires"));
      if (status === 204) this.granted(granted ?? this.#subscription.request.expires);
      return;
    }
    // Any other failure leaves what was granted before (RFC 6665 §4.1.2.2).
    this.#timerN?.stop();
    this.#timerN = null;
    if (this.#leaving || ENDING.has(status)) this.#subscription.refused(this, status, response.reason);
    else this.#retry();
  }

  onFailure(): void {
    this.#timerN?.stop();
    this.#timerN = null;
    if (this.#leaving) this.#subscription.drop(this);
    else this.#retry();
  }

  #send(expires_s: number): void {
    const { subscriber } = this.#subscription;
    this.#timerN?.stop();
    this.#timerN = subscriber.timers.start(TIMER_N_MS, this, NO_NOTIFY);
    subscriber.agent.sendInDialog(this.dialog, this.#subscription.parts(expires_s), this);
  }

  /** Once more at half of what is left. */
  #retry(): void {
    const { timers, clock } = this.#subscription.subscriber;
    const left = this.#until - clock.monotonic();
    if (left > 10_000) this.#refresh = timers.start(left / 2, this, REFRESH);
  }

  #stopClocks(): void {
    this.#refresh?.stop();
    this.#expiry?.stop();
    this.#refresh = null;
    this.#expiry = null;
  }
}
