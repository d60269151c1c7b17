import type { Timed, Timer } from "../../../foundation/mod.ts";
import type { Dialog } from "../dialog.ts";
import type { EventPackage, Notification, Subscription } from "../event_package.ts";
import type { Flow } from "../flow.ts";
import { deltaSeconds } from "../grammar.ts";
import { ID } from "../header_names.ts";
import type { SipResponse } from "../message.ts";
import type { Params } from "../params.ts";
import type { SentRequest } from "../sent_request.ts";
import type { Failure } from "../transactions.ts";
import type { RequestUser } from "../user_agent.ts";
import { type EndReason, tryEvent } from "./event_headers.ts";
import type { NotifierTools } from "./notifier_tools.ts";
import { NotifyPace } from "./notify_pace.ts";
import { notifyRequest } from "./notify_request.ts";
import { type EventRates, readEventRates } from "./rate_parameters.ts";
import type { RoomGuest } from "./room_line.ts";
import type { SubscriptionRecord } from "./stored_subscription.ts";
import type { SubscriptionRefresh, SubscriptionStart } from "./subscription_terms.ts";
import type { SubscriptionWay } from "./subscription_way.ts";

/** What is owed to the subscriber; a greater one includes the lesser. */
const NOTHING = 0, PARTIAL = 1, FULL = 2;

const EXPIRY = 1, PACE = 2, RELEASE = 3;

/** RFC 6665 §4.2.2: a NOTIFY answered so means that nobody is there any more. */
const ENDING: ReadonlySet<number> = new Set([404, 405, 410, 416, 480, 481, 482, 483, 484, 485, 489, 501, 604]);

/** Other failures are tried again after these seconds, then the subscriber counts as gone. */
const RETRIES_S = [5, 30, 120];
const LONGEST_RETRY_S = 600;
/** When there may be room in a connection that is full: at first, and at most, as what is to be told is made anew each time. */
const BUSY_MS = 100, LONGEST_BUSY_MS = 3200;

/** More numbers than can have been used since the last of them was stored, also where nothing could be stored for a day. */
export const SKIPPED = 100_000;
const YEAR_2020_MS = Date.UTC(2020, 0);

/**
 * After a restart numbers of requests, and of NOTIFYs, go on higher than all that were used: with the seconds that have gone by since
 * 2020, of which there are more than NOTIFYs, so that a box may go down twice before anything is stored. Where a clock that was wrong
 * has led beyond those, by far more than was stored last.
 */
export function numberAfterRestart(stored: number, now: number): number {
  const seconds = Math.floor((now - YEAR_2020_MS) / 1000);
  return seconds > stored ? seconds : stored + SKIPPED;
}

/**
 * One subscription at the notifier (RFC 6665 §4.2.2): `pending` or `active` until `terminated`. One NOTIFY is under way at a
 * time; what changes meanwhile is one more NOTIFY afterwards with the latest state, not sooner than the minimum interval.
 */
export class ServerSubscription implements Subscription, RequestUser, RoomGuest, Timed {
  readonly id: string;
  readonly resource: string;
  readonly watcher: string;
  readonly eventId: string;
  readonly dialog: Dialog;
  readonly eventPackage: EventPackage;
  readonly #tools: NotifierTools;
  /** Of the package. */
  kept: unknown = null;
  #accept: readonly string[];
  #filter: Notification | null;
  #params: Params;
  /** What the subscriber asked for; null: the package's pace holds. */
  #rates: EventRates | null;
  readonly #pace = new NotifyPace();
  #way: SubscriptionWay;
  /** Nothing goes out yet: its SUBSCRIBE has no answer, or the box is only starting. */
  #held = false;
  /** Its device is not there: nothing goes out until it is back. */
  #away = false;
  #sent = 0;
  /** It knows more than is stored, and that was said. */
  #touched = false;
  #state: "init" | "pending" | "active" | "terminated" = "init";
  /** Whether the subscriber may see the state of the resource; outlives the end, for the last NOTIFY. */
  #authorized = false;
  #reason: EndReason = "timeout";
  #owed = NOTHING;
  #inFlight = false;
  /** The one in flight. */
  #request: SentRequest | null = null;
  /** Where that went. */
  #target = "";
  /** A SUBSCRIBE came since it went out. */
  #isHeard = false;
  /** The package brings in what the next NOTIFY will say. */
  #preparing = false;
  /** The next full state is one that the subscriber has already: the NOTIFY goes without it (RFC 5839 §6.2). */
  #suppressed = false;
  #quenched = false;
  #failures = 0;
  #busy_ms = BUSY_MS;
  #expiresAt = 0;
  #expiry: Timer | null = null;

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
    this.#way = start.way;
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
  /** Of the body that is kept. */
  get octets(): number {
    return this.#filter === null ? 0 : this.#filter.body.length;
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
  get endReason(): EndReason {
    return this.#reason;
  }
  get suppressed(): boolean {
    return this.#suppressed;
  }
  /** Seconds left, at least 0. */
  get expires(): number {
    return this.#left(this.#tools.clock.monotonic());
  }

  /** A NOTIFY is owed, or under way. */
  get owes(): boolean {
    return this.#owed !== NOTHING || this.#inFlight;
  }

  /** The SUBSCRIBE that begins it is accepted; nothing goes out before `release`. */
  open(state: "pending" | "active", suppressed: boolean, quenched: boolean): void {
    this.#held = true;
    this.#state = state;
    this.#authorized = state === "active";
    this.#suppressed = suppressed && state === "active";
    this.#quenched = quenched;
  }

  /** Its time begins, and its first NOTIFY is owed (RFC 6665 §4.2.1.2). */
  begin(expires_s: number): void {
    if (this.#state !== "terminated") this.#extend(expires_s);
  }

  /**
   * A SUBSCRIBE inside the dialog was answered with a 2xx: complete state at once, also at the end; nothing where the subscriber
   * has it already and was told so.
   */
  refresh(
    expires_s: number,
    { state, accept, filter, params, rates, way, suppressed, quenched }: SubscriptionRefresh,
  ): void {
    if (this.#state === "terminated") return;
    this.#comeBack();
    // Whoever is heard is reached.
    this.#held = false;
    this.#isHeard = true;
    // Where the subscriber is somewhere else by now nobody answers what is under way.
    if (this.#inFlight && this.#hasMoved(way)) this.#letGo();
    this.#state = state;
    this.#authorized = state === "active";
    this.#accept = accept;
    if (filter !== null) this.#filter = filter;
    this.#params = params;
    this.#rates = rates;
    this.#quenched = quenched;
    this.#way = way;
    this.#failures = 0;
    if (!suppressed) return this.#extend(expires_s);
    if (expires_s === 0) return this.drop();
    // What is told from now on begins with what the subscriber has.
    this.#suppressed = true;
    this.#notification(FULL);
    this.#suppressed = false;
    this.#owed = NOTHING;
    this.#live(expires_s);
  }

  /** The state of the resource is another. Waits for the NOTIFY under way and for the minimum interval. */
  changed(): void {
    if (this.#state !== "active" || this.#quenched) return;
    // It waits for its turn already, and is told the newest state then.
    if (this.#owed !== NOTHING && this.#pace.isWaiting) return;
    this.#pace.changed();
    this.#owe(PARTIAL);
  }

  /** Policy was asked again. */
  setState(state: "pending" | "active"): void {
    if (this.#state === "terminated" || this.#state === state) return;
    this.#state = state;
    this.#authorized = state === "active";
    this.#touch();
    // What was to wait need not, but for what failed.
    if (this.#failures === 0) this.#pace.hurry();
    this.#owe(FULL);
  }

  /** Its SUBSCRIBE has its answer by now. */
  release(): void {
    this.#held = false;
    this.#flush();
  }

  /** After a restart of the box: as it was, and told nothing by itself but what it was owed; nothing at all before `wait_ms`. */
  resume({ state, sent, quenched, owes }: SubscriptionRecord, left_s: number, wait_ms: number): void {
    this.#state = state;
    this.#authorized = state === "active";
    this.#quenched = quenched;
    this.#sent = numberAfterRestart(sent, this.#tools.clock.now());
    this.#held = true;
    this.#tools.timers.start(wait_ms, this, RELEASE);
    this.#live(left_s);
    if (owes) this.#owe(FULL);
  }

  /** It expired while the box was down, just now, and is held by nobody: the subscriber hears that, and nothing else. */
  expire(wait_ms: number): void {
    this.#authorized = false;
    this.#state = "pending";
    this.#expiry = this.#tools.timers.start(wait_ms, this, EXPIRY);
  }

  /** Its device is there again, on that flow; 0 where its Contact says the way. */
  isBack(device: string, flowId: number): void {
    if (!this.#away || this.#way.device !== device) return;
    this.#way = { ...this.#way, flowId };
    if (this.#failures > 0) this.#pace.hurry();
    this.#failures = 0;
    this.#comeBack();
    this.#flush();
  }

  /** What outlasts a restart. `owes`: whether the whole state is to be told after it. */
  record(owes = this.owes): SubscriptionRecord {
    const { eventPackage } = this;
    const { clock } = this.#tools;
    this.#touched = false;
    return {
      event: eventPackage.name,
      kind: eventPackage.kind ?? "",
      eventId: this.eventId,
      resource: this.resource,
      watcher: this.watcher,
      accept: this.#accept,
      filter: this.#filter,
      params: this.#params,
      rates: this.#rates,
      state: this.#state === "pending" ? "pending" : "active",
      quenched: this.#quenched,
      sent: this.#sent,
      owes,
      dialog: this.dialog.saved(),
      way: this.#way,
      kept: eventPackage.keep?.(this),
      expiresAt: clock.now() + this.#expiresAt - clock.monotonic(),
    };
  }

  /** Ends it with a last NOTIFY. */
  terminate(reason: EndReason): void {
    if (this.#state === "terminated") return;
    this.#reason = reason;
    // There is nobody to hear it.
    if (this.#away) return this.drop();
    this.#state = "terminated";
    this.#expiry?.stop();
    this.#owed = FULL;
    // What was to wait need not: it is the last one.
    this.#pace.hurry();
    this.#tools.ended(this);
    this.#flush();
  }

  /** Ends it without a word: there is nobody to hear it. */
  drop(): void {
    this.#expiry?.stop();
    this.#pace.stop();
    this.#owed = NOTHING;
    if (this.#state === "terminated") return;
    this.#state = "terminated";
    this.#tools.ended(this);
  }

  onTimer(kind: number): void {
    if (kind === EXPIRY) return this.terminate("timeout");
    if (kind === RELEASE) return this.release();
    this.#pace.stop();
    this.#flush();
  }

  onRoom(): void {
    this.#flush();
  }

  onResponse(_request: SentRequest, response: SipResponse): void {
    const { status } = response;
    if (status < 200) return;
    this.#inFlight = false;
    this.#request = null;
    this.#busy_ms = BUSY_MS;
    if (status < 300) {
      this.#failures = 0;
      this.dialog.refreshTarget(response);
      if (this.eventPackage.rates !== undefined) this.#adjust(response);
      this.eventPackage.delivered?.(this);
      this.#touch();
      this.#flush();
    } else if (ENDING.has(status)) this.drop();
    else this.#again(deltaSeconds(response.get("Retry-After")) ?? 0);
  }

  onFailure(request: SentRequest, failure: Failure): void {
    this.#inFlight = false;
    this.#request = null;
    if (this.#state !== "terminated" && this.#tools.ways.isAway(this.#way, this.watcher, request.flow)) {
      this.#owed = FULL;
      this.#leave();
      return;
    }
    // RFC 6665 §4.2.2: timer F means that the subscriber crashed or left. Not one that was heard meanwhile.
    if (failure === "timeout" && this.#isHeard) this.#owe(FULL);
    else if (failure === "timeout") this.drop();
    else if (failure === "transport" && isFull(request.flow) && this.#mayWait) this.#soon();
    else this.#again(0);
  }

  /** Its way has no room now: what is told to many over one connection takes its turns. A peer that reads nothing loses the way. */
  #soon(): void {
    this.#pace.waitUntil(this.#tools.clock.monotonic() + this.#busy_ms);
    this.#busy_ms = Math.min(2 * this.#busy_ms, LONGEST_BUSY_MS);
    this.#owe(FULL);
  }

  /** What has ended counts nowhere any more, and waits for room for some seconds only. */
  get #mayWait(): boolean {
    return this.#state !== "terminated" || this.#busy_ms < LONGEST_BUSY_MS;
  }

  /** The NOTIFY did not arrive: the whole state is owed again, a few times. */
  #again(retryAfter_s: number): void {
    if (this.#state === "terminated" || this.#failures >= RETRIES_S.length) return this.drop();
    const wait_s = Math.min(LONGEST_RETRY_S, Math.max(retryAfter_s, RETRIES_S[this.#failures++]));
    this.#pace.waitUntil(this.#tools.clock.monotonic() + wait_s * 1000);
    this.#owe(FULL);
  }

  /** That way is not the one on which the NOTIFY in flight went. */
  #hasMoved({ flowId }: SubscriptionWay): boolean {
    return flowId === 0 ? this.dialog.remoteTarget !== this.#target : this.#request?.flow?.id !== flowId;
  }

  /** What is under way counts no more. */
  #letGo(): void {
    this.#request?.abandon();
    this.#request = null;
    this.#inFlight = false;
  }

  /** Its device is not there. */
  #leave(): void {
    this.#away = true;
    this.#pace.stop();
    this.#tools.away(this);
  }

  #comeBack(): void {
    if (!this.#away) return;
    this.#away = false;
    this.#tools.back(this);
  }

  /** True where there is a way to the subscriber. */
  #findsWay(): boolean {
    const way = this.#tools.ways.now(this.#way, this.watcher);
    if (way !== null) {
      this.#way = way;
      return true;
    }
    if (this.#state === "terminated") this.#owed = NOTHING;
    else this.#leave();
    return false;
  }

  #extend(expires_s: number): void {
    this.#pace.hurry();
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

  #touch(): void {
    if (this.#touched) return;
    this.#touched = true;
    this.#tools.touched(this);
  }

  #agree(): void {
    this.#pace.agree(this.#rates, this.expires, this.eventPackage.rates, this.#tools.clock.monotonic());
  }

  /** RFC 6446 §3.3: the answer to a NOTIFY may ask for other rates; one that cannot be read changes nothing. */
  #adjust(response: SipResponse): void {
    const params = tryEvent(response.get(ID.Event))?.params;
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
    if (this.#inFlight || this.#preparing || this.#held || this.#away) return;
    if (this.#owed === NOTHING && !this.#pace.isRegular) return;
    const { clock, timers, agent } = this.#tools;
    const now = clock.monotonic();
    const at = this.#pace.dueAt(this.#owed === FULL, this.#state === "active" && !this.#quenched);
    if (at === Infinity) return;
    if (at > now) return this.#pace.wake(timers, this, PACE, at, now);
    this.#pace.stop();
    if (!this.#findsWay()) return;
    // What has ended is held by nobody, and does not wait for long.
    const { room, ways } = this.#tools;
    if (this.#state !== "terminated" && room.waits(ways.flowOf(this.#way), this)) return;
    // Told again although nothing is new: the subscriber asked for so much (RFC 6446 §6).
    if (this.#owed === NOTHING) this.#owed = FULL;
    if (this.#tellsState() && this.#prepares()) return;
    const owed = this.#owed;
    this.#owed = NOTHING;
    const notification = this.#notification(owed);
    if (notification === undefined) return this.#unchanged();
    this.#inFlight = true;
    if (notification?.more === true && this.#state === "active") {
      this.#pace.changed();
      this.#owed = PARTIAL;
    } else this.#pace.spend(now, this.eventPackage.pace ?? this.#tools.pace);
    const { flowId } = this.#way;
    const request = notifyRequest(this, this.#rates, notification, !this.#suppressed, flowId, this.#left(now));
    this.#suppressed = false;
    this.#sent++;
    this.#isHeard = false;
    this.#target = this.dialog.remoteTarget;
    const sent = agent.sendInDialog(this.dialog, request, this);
    if (this.#inFlight) this.#request = sent;
  }

  #left(now: number): number {
    return Math.max(0, Math.round((this.#expiresAt - now) / 1000));
  }

  /** There was nothing to tell after all; what is told all the same in its time still is (RFC 6446 §6). */
  #unchanged(): void {
    this.#pace.unchanged();
    if (this.#pace.isRegular) this.#flush();
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

  /** What was not authorised yet, or is no longer, sees nothing (RFC 6665 §6.2). */
  #tellsState(): boolean {
    if (this.#state !== "terminated" || this.#reason === "timeout") return this.#authorized;
    return this.#authorized && this.#reason === "noresource" && this.eventPackage.tellsEnd === true;
  }

  /** Null: an empty NOTIFY. Undefined: this subscriber sees no difference, nothing is sent. */
  #notification(owed: number): Notification | null | undefined {
    const { eventPackage } = this;
    if (!this.#tellsState() || this.#quenched) return null;
    if (owed === FULL || eventPackage.partial === undefined) return eventPackage.full(this);
    return eventPackage.partial(this) ?? undefined;
  }
}

/** A connection that takes nothing now, and may in a moment. What a datagram does not take it never will. */
function isFull(flow: Flow | null): boolean {
  return flow !== null && flow.open && flow.transport !== "udp";
}
