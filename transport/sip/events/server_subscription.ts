import type { Timed, Timer } from "../../../foundation/mod.ts";
import type { Dialog } from "../dialog.ts";
import type { Params } from "../params.ts";
import type { EventPackage, Notification, Subscription } from "../event_package.ts";
import type { HeaderName } from "../header_names.ts";
import type { SipResponse } from "../message.ts";
import type { SentRequest } from "../sent_request.ts";
import type { Failure } from "../transactions.ts";
import type { RequestUser } from "../user_agent.ts";
import { deltaSeconds } from "../grammar.ts";
import { subscriptionStateText } from "../event_header.ts";
import { type EndReason, eventText, tryEvent } from "./event_headers.ts";
import type { NotifierTools } from "./notifier_tools.ts";
import { NotificationPacing } from "./rate_pacing.ts";
import { agreedRates, type EventRates, ratesText, readEventRates } from "./rate_parameters.ts";

/** What a subscription is made from, once its SUBSCRIBE was found good. Texts are detached. */
export interface SubscriptionStart {
  readonly id: string;
  readonly dialog: Dialog;
  readonly eventId: string;
  readonly resource: string;
  readonly watcher: string;
  readonly accept: readonly string[];
  readonly filter: Notification | null;
  readonly params: Params;
  /** How often the subscriber wants to be told; null: nothing was said. */
  readonly rates: EventRates | null;
  readonly flowId: number;
  readonly contactUser: string;
}

/** What a SUBSCRIBE inside the dialog brings. */
export interface SubscriptionRefresh {
  readonly accept: readonly string[];
  /** Null: the one before holds. */
  readonly filter: Notification | null;
  readonly params: Params;
  readonly rates: EventRates | null;
  readonly flowId: number;
  /** The subscriber has this very state already (RFC 5839 §6.3). */
  readonly suppressed: boolean;
  /** Nothing of the state is told until the next SUBSCRIBE (RFC 5839 §5.2.3). */
  readonly quenched: boolean;
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
  /** Of the package. */
  kept: unknown = null;
  #accept: readonly string[];
  #filter: Notification | null;
  #params: Params;
  /** What the subscriber asked for, and when that lets it be told; null: the package's pace holds. */
  #rates: EventRates | null;
  #pacing: NotificationPacing | null = null;
  #flowId: number;
  #sent = 0;
  #state: "init" | "pending" | "active" | "terminated" = "init";
  /** Whether the subscriber may see the state of the resource; outlives the end, for the last NOTIFY. */
  #authorized = false;
  #reason: EndReason = "timeout";
  #owed = NOTHING;
  #inFlight = false;
  /** The package brings in what the next NOTIFY will say. */
  #preparing = false;
  /** The next full state is one that the subscriber has already: the NOTIFY goes without it (RFC 5839 §6.2). */
  #suppressed = false;
  #quenched = false;
  #failures = 0;
  #expiresAt = 0;
  #notBefore = 0;
  /** When all NOTIFYs so far would have been due at the even pace. */
  #paidUntil = 0;
  #expiry: Timer | null = null;
  #pace: Timer | null = null;
  /** When that is to go off. */
  #paceAt = 0;

  constructor(start: SubscriptionStart, eventPackage: EventPackage, tools: NotifierTools) {
    this.id = start.id;
    this.dialog = start.dialog;
    this.eventId = start.eventId;
    this.resource = start.resource;
    this.watcher = start.watcher;
    this.eventPackage = eventPackage;
    this.#accept = start.accept;
    this.#filter = start.filter;
    this.#params = start.params;
    this.#rates = start.rates;
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
  get params(): Params {
    return this.#params;
  }
  get sent(): number {
    return this.#sent;
  }
  get state(): "init" | "pending" | "active" | "terminated" {
    return this.#state;
  }
  get ended(): boolean {
    return this.#state === "terminated";
  }
  /** Seconds left, at least 0. */
  get expires(): number {
    return Math.max(0, Math.round((this.#expiresAt - this.#tools.clock.monotonic()) / 1000));
  }

  /** The SUBSCRIBE that begins it was answered with a 2xx: the first NOTIFY goes out at once (RFC 6665 §4.2.1.2). */
  begin(state: "pending" | "active", expires_s: number, suppressed = false, quenched = false): void {
    this.#state = state;
    this.#quenched = quenched;
    this.#suppressed = suppressed && state === "active";
    this.#authorized = state === "active";
    this.#extend(expires_s);
  }

  /**
   * A SUBSCRIBE inside the dialog was answered with a 2xx: complete state at once, also at the end; nothing where the subscriber
   * has it already and was told so.
   */
  refresh(
    expires_s: number,
    { accept, filter, params, rates, flowId, suppressed, quenched }: SubscriptionRefresh,
  ): void {
    if (this.#state === "terminated") return;
    this.#accept = accept;
    if (filter !== null) this.#filter = filter;
    this.#params = params;
    this.#rates = rates;
    this.#quenched = quenched;
    this.#flowId = flowId;
    this.#failures = 0;
    if (!suppressed) return this.#extend(expires_s);
    if (expires_s === 0) return this.drop();
    // What is told from now on begins with what the subscriber has.
    this.#notification(FULL);
    this.#owed = NOTHING;
    this.#live(expires_s);
  }

  /** The state of the resource is another. Waits for the NOTIFY under way and for the minimum interval. */
  changed(): void {
    if (this.#state !== "active" || this.#quenched) return;
    this.#pacing?.changed();
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
      if (this.eventPackage.rates !== undefined) this.#adjust(response);
      this.eventPackage.delivered?.(this);
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
    this.#notBefore = 0;
    this.#live(expires_s);
    // RFC 6665 §4.2.1.4, §4.4.3: an end that was asked for, and a poll, bring the state and `timeout`.
    if (expires_s === 0) return this.terminate("timeout");
    this.#owe(FULL);
  }

  #live(expires_s: number): void {
    this.#expiry?.stop();
    this.#expiresAt = this.#tools.clock.monotonic() + expires_s * 1000;
    if (expires_s > 0) this.#expiry = this.#tools.timers.start(expires_s * 1000, this, EXPIRY);
    this.#agree();
  }

  /** What the subscriber asked for holds from now on, as far as the package allows. */
  #agree(): void {
    const { rates } = this.eventPackage;
    if (this.#rates === null || rates === undefined) {
      this.#pacing = null;
      return;
    }
    const agreed = agreedRates(this.#rates, this.expires, rates);
    const now = this.#tools.clock.monotonic();
    if (this.#pacing === null) this.#pacing = new NotificationPacing(agreed, now);
    else this.#pacing.agree(agreed, now);
  }

  /** RFC 6446 §3.3: the answer to a NOTIFY may ask for other rates; one that cannot be read changes nothing. */
  #adjust(response: SipResponse): void {
    const params = tryEvent(response.get("Event"))?.params;
    if (params === undefined) return;
    try {
      const rates = readEventRates(params);
      if (rates.maxRate + rates.minRate + rates.adaptiveMinRate === 0) return;
      this.#rates = rates;
      this.#agree();
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
    }
  }

  #owe(what: number): void {
    if (what > this.#owed) this.#owed = what;
    this.#flush();
  }

  #flush(): void {
    if (this.#inFlight || this.#preparing) return;
    if (this.#owed === NOTHING && this.#pacing === null) return;
    const now = this.#tools.clock.monotonic();
    const at = this.#dueAt();
    if (at === Infinity) return;
    const wait = at - now;
    if (wait > 0) {
      // What is due may come sooner than it seemed.
      if (this.#pace !== null && this.#paceAt > at) {
        this.#pace.stop();
        this.#pace = null;
      }
      this.#paceAt = at;
      this.#pace ??= this.#tools.timers.start(wait, this, PACE);
      return;
    }
    this.#pace?.stop();
    this.#pace = null;
    // Told again although nothing is new: the subscriber asked for so much (RFC 6446 §6).
    if (this.#owed === NOTHING) this.#owed = FULL;
    if (this.#tellsState() && this.#prepares()) return;
    const owed = this.#owed;
    this.#owed = NOTHING;
    const notification = this.#notification(owed);
    if (notification === undefined) return;
    this.#inFlight = true;
    this.#spend();
    const headers: (readonly [HeaderName, string])[] = [
      ["Event", eventText(this.event, this.eventId)],
      ["Subscription-State", this.#stateText()],
    ];
    const { requires } = this.eventPackage;
    if (requires !== undefined) headers.push(["Require", requires.join(", ")]);
    if (notification?.etag !== undefined) headers.push(["SIP-ETag", notification.etag]);
    const said = this.#suppressed ? null : notification;
    this.#suppressed = false;
    this.#sent++;
    this.#tools.agent.sendInDialog(this.dialog, {
      method: "NOTIFY",
      flowId: this.#flowId,
      contact: this.#contactUser,
      headers,
      contentType: said?.contentType,
      body: said?.body,
    }, this);
  }

  /** When the next NOTIFY is due, monotonic; Infinity where none is. */
  #dueAt(): number {
    const pacing = this.#pacing;
    if (pacing === null) return this.#notBefore;
    if (this.#owed === FULL) return this.#notBefore;
    if (this.#state !== "active" || this.#quenched) return Infinity;
    return Math.max(this.#notBefore, pacing.nextAt);
  }

  /** True while the package brings in what it will say; the flush goes on when it has. */
  #prepares(): boolean {
    const work = this.eventPackage.prepare?.(this, this.#owed === FULL ? "full" : "partial") ?? null;
    if (work === null) return false;
    this.#preparing = true;
    work.then(() => {
      this.#preparing = false;
      this.#flush();
    }, () => this.#unprepared());
    return true;
  }

  /** What it was to say cannot be had: later, and in the end the subscriber is told to come again. */
  #unprepared(): void {
    this.#preparing = false;
    if (this.#state === "terminated") {
      this.#authorized = false;
      this.#flush();
    } else if (this.#failures >= RETRIES_S.length) this.terminate("probation");
    else this.#again(0);
  }

  /** One NOTIFY goes out: the earliest time for the next one. */
  #spend(): void {
    const now = this.#tools.clock.monotonic();
    if (this.#pacing !== null) {
      this.#pacing.sent(now);
      this.#notBefore = 0;
      return;
    }
    const { interval_ms, burst } = this.eventPackage.pace ?? { interval_ms: this.#tools.minInterval_ms, burst: 1 };
    this.#paidUntil = Math.max(this.#paidUntil, now) + interval_ms;
    // A SUBSCRIBE is answered whatever has gone out before, and owes no more than that for it.
    this.#paidUntil = Math.min(this.#paidUntil, now + burst * interval_ms);
    this.#notBefore = this.#paidUntil - (burst - 1) * interval_ms;
  }

  /** What was not authorised yet, or is no longer, sees nothing (RFC 6665 §6.2). */
  #tellsState(): boolean {
    return this.#authorized && (this.#state !== "terminated" || this.#reason === "timeout");
  }

  /** Null: an empty NOTIFY. Undefined: this subscriber sees no difference, nothing is sent. */
  #notification(owed: number): Notification | null | undefined {
    const { eventPackage } = this;
    if (!this.#tellsState() || this.#quenched) return null;
    if (owed === FULL || eventPackage.partial === undefined) return eventPackage.full(this);
    return eventPackage.partial(this) ?? undefined;
  }

  #stateText(): string {
    if (this.#state === "terminated") return subscriptionStateText({ state: "terminated", reason: this.#reason });
    const text = subscriptionStateText({ state: this.#state, expires: this.expires });
    const { rates } = this.eventPackage;
    if (this.#rates === null || rates === undefined) return text;
    return text + ratesText(this.#rates, agreedRates(this.#rates, this.expires, rates));
  }
}
