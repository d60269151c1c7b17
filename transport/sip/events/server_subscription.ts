import type { Timed, Timer } from "../../../foundation/mod.ts";
import type { Dialog } from "../dialog.ts";
import type { EventPackage, Notification, Subscription } from "../event_package.ts";
import type { HeaderName } from "../header_names.ts";
import type { SipResponse } from "../message.ts";
import type { SentRequest } from "../sent_request.ts";
import type { Failure } from "../transactions.ts";
import type { RequestUser } from "../user_agent.ts";
import { deltaSeconds } from "../grammar.ts";
import { subscriptionStateText } from "../event_header.ts";
import { type EndReason, eventText } from "./event_headers.ts";
import type { NotifierTools } from "./notifier_tools.ts";

/** What a subscription is made from, once its SUBSCRIBE was found good. Texts are detached. */
export interface SubscriptionStart {
  readonly id: string;
  readonly dialog: Dialog;
  readonly eventId: string;
  readonly resource: string;
  readonly watcher: string;
  readonly accept: readonly string[];
  readonly filter: Notification | null;
  readonly flowId: number;
  readonly contactUser: string;
}

/** What is owed to the subscriber; a greater one includes the lesser. */
const NOTHING = 0, PARTIAL = 1, FULL = 2;

const EXPIRY = 1, PACE = 2;

/** RFC 6665 §4.2.2: a NOTIFY answered so means that nobody is there any more. */
const ENDING: ReadonlySet<number> = new Set([404, 405, 410, 416, 480, 481, 482, 483, 484, 485, 489, 501, 604]);

/** Other failures are tried again after these seconds, then the subscriber counts as gone. */
const RETRIES_S = [5, 30, 120];
const LONGEST_RETRY_S = 600;

/**
 * One subscription at the notifier (RFC 6665 §4.2.2): `pending` or `active` until `terminated`. One NOTIFY is under way at a
 * time; what changes meanwhile is one more NOTIFY afterwards with the latest state, not sooner than the minimum interval.
 */
export class ServerSubscription implements Subscription, RequestUser, Timed {
  readonly id: string;
  readonly resource: string;
  readonly watcher: string;
  readonly eventId: string;
  readonly dialog: Dialog;
  readonly eventPackage: EventPackage;
  readonly #tools: NotifierTools;
  readonly #contactUser: string;
  #accept: readonly string[];
  #filter: Notification | null;
  #flowId: number;
  #sent = 0;
  #state: "init" | "pending" | "active" | "terminated" = "init";
  /** Whether the subscriber may see the state of the resource; outlives the end, for the last NOTIFY. */
  #authorized = false;
  #reason: EndReason = "timeout";
  #owed = NOTHING;
  #inFlight = false;
  #failures = 0;
  #expiresAt = 0;
  #notBefore = 0;
  #expiry: Timer | null = null;
  #pace: Timer | null = null;

  constructor(start: SubscriptionStart, eventPackage: EventPackage, tools: NotifierTools) {
    this.id = start.id;
    this.dialog = start.dialog;
    this.eventId = start.eventId;
    this.resource = start.resource;
    this.watcher = start.watcher;
    this.eventPackage = eventPackage;
    this.#accept = start.accept;
    this.#filter = start.filter;
    this.#flowId = start.flowId;
    this.#contactUser = start.contactUser;
    this.#tools = tools;
  }

  get event(): string {
    return this.eventPackage.name;
  }
  get accept(): readonly string[] {
    return this.#accept;
  }
  get filter(): Notification | null {
    return this.#filter;
  }
  get sent(): number {
    return this.#sent;
  }
  get ended(): boolean {
    return this.#state === "terminated";
  }
  /** Seconds left, at least 0. */
  get expires(): number {
    return Math.max(0, Math.round((this.#expiresAt - this.#tools.clock.monotonic()) / 1000));
  }

  /** The SUBSCRIBE that begins it was answered with a 2xx: the first NOTIFY goes out at once (RFC 6665 §4.2.1.2). */
  begin(state: "pending" | "active", expires_s: number): void {
    this.#state = state;
    this.#authorized = state === "active";
    this.#extend(expires_s);
  }

  /** A SUBSCRIBE inside the dialog was answered with a 2xx: complete state at once, also at the end. */
  refresh(expires_s: number, accept: readonly string[], filter: Notification | null, flowId: number): void {
    if (this.#state === "terminated") return;
    this.#accept = accept;
    if (filter !== null) this.#filter = filter;
    this.#flowId = flowId;
    this.#failures = 0;
    this.#extend(expires_s);
  }

  /** The state of the resource is another. Waits for the NOTIFY under way and for the minimum interval. */
  changed(): void {
    if (this.#state !== "active") return;
    this.#owe(PARTIAL);
  }

  /** Policy was asked again. */
  setState(state: "pending" | "active"): void {
    if (this.#state === "terminated" || this.#state === state) return;
    this.#state = state;
    this.#authorized = state === "active";
    this.#owe(FULL);
  }

  /** Ends it with a last NOTIFY. */
  terminate(reason: EndReason): void {
    if (this.#state === "terminated") return;
    this.#state = "terminated";
    this.#reason = reason;
    this.#expiry?.stop();
    this.#owed = FULL;
    // What was to wait need not: it is the last one.
    this.#notBefore = 0;
    this.#tools.ended(this);
    this.#flush();
  }

  /** Ends it without a word: there is nobody to hear it. */
  drop(): void {
    this.#expiry?.stop();
    this.#pace?.stop();
    this.#owed = NOTHING;
    if (this.#state === "terminated") return;
    this.#state = "terminated";
    this.#tools.ended(this);
  }

  onTimer(kind: number): void {
    if (kind === EXPIRY) return this.terminate("timeout");
    this.#pace = null;
    this.#flush();
  }

  onResponse(_request: SentRequest, response: SipResponse): void {
    const { status } = response;
    if (status < 200) return;
    this.#inFlight = false;
    if (status < 300) {
      this.#failures = 0;
      this.dialog.refreshTarget(response);
      this.#flush();
    } else if (ENDING.has(status)) this.drop();
    else this.#again(deltaSeconds(response.get("Retry-After")) ?? 0);
  }

  onFailure(_request: SentRequest, failure: Failure): void {
    this.#inFlight = false;
    // RFC 6665 §4.2.2: timer F means that the subscriber crashed or left.
    if (failure === "timeout") this.drop();
    else this.#again(0);
  }

  /** The NOTIFY did not arrive: the whole state is owed again, a few times. */
  #again(retryAfter_s: number): void {
    if (this.#state === "terminated" || this.#failures >= RETRIES_S.length) return this.drop();
    const wait_s = Math.min(LONGEST_RETRY_S, Math.max(retryAfter_s, RETRIES_S[this.#failures++]));
    this.#notBefore = this.#tools.clock.monotonic() + wait_s * 1000;
    this.#owe(FULL);
  }

  #extend(expires_s: number): void {
    this.#expiry?.stop();
    this.#expiresAt = this.#tools.clock.monotonic() + expires_s * 1000;
    this.#notBefore = 0;
    // RFC 6665 §4.2.1.4, §4.4.3: an end that was asked for, and a poll, bring the state and `timeout`.
    if (expires_s === 0) return this.terminate("timeout");
    this.#expiry = this.#tools.timers.start(expires_s * 1000, this, EXPIRY);
    this.#owe(FULL);
  }

  #owe(what: number): void {
    if (what > this.#owed) this.#owed = what;
    this.#flush();
  }

  #flush(): void {
    if (this.#owed === NOTHING || this.#inFlight) return;
    const wait = this.#notBefore - this.#tools.clock.monotonic();
    if (wait > 0) {
      this.#pace ??= this.#tools.timers.start(wait, this, PACE);
      return;
    }
    this.#pace?.stop();
    this.#pace = null;
    const owed = this.#owed;
    this.#owed = NOTHING;
    const notification = this.#notification(owed);
    if (notification === undefined) return;
    this.#inFlight = true;
    this.#notBefore = this.#tools.clock.monotonic() + this.#tools.minInterval_ms;
    const headers: (readonly [HeaderName, string])[] = [
      ["Event", eventText(this.event, this.eventId)],
      ["Subscription-State", this.#stateText()],
    ];
    this.#sent++;
    this.#tools.agent.sendInDialog(this.dialog, {
      method: "NOTIFY",
      flowId: this.#flowId,
      contact: this.#contactUser,
      headers,
      contentType: notification?.contentType,
      body: notification?.body,
    }, this);
  }

  /** Null: an empty NOTIFY. Undefined: this subscriber sees no difference, nothing is sent. */
  #notification(owed: number): Notification | null | undefined {
    const { eventPackage } = this;
    // What was not authorised yet, or is no longer, sees nothing (RFC 6665 §6.2).
    if (!this.#authorized || (this.#state === "terminated" && this.#reason !== "timeout")) return null;
    if (owed === FULL || eventPackage.partial === undefined) return eventPackage.full(this);
    return eventPackage.partial(this) ?? undefined;
  }

  #stateText(): string {
    if (this.#state === "terminated") return subscriptionStateText({ state: "terminated", reason: this.#reason });
    return subscriptionStateText({ state: this.#state, expires: this.expires });
  }
}
