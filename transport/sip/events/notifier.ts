import {
  type Clock,
  detached,
  EMPTY,
  type LabelledCounter,
  type Log,
  type Metrics,
  randomToken,
  type Timers,
} from "../../../foundation/mod.ts";
import { Dialog, dialogKeyOf } from "../dialog.ts";
import type { EventPackage, Notification, Notifier, SubscribeContents, SubscribeRefusal } from "../event_package.ts";
import { deltaSeconds } from "../grammar.ts";
import type { HeaderName } from "../header_names.ts";
import type { SipRequest } from "../message.ts";
import { NO_PARAMS, type Params } from "../params.ts";
import { responseHead, type ResponseParts } from "../respond.ts";
import type { ServerTransaction } from "../transactions.ts";
import type { UserAgent } from "../user_agent.ts";
import { preferredFlow } from "./contact_flow.ts";
import { acceptable, type EndReason, mediaType, tryEvent } from "./event_headers.ts";
import type { NotifierTools } from "./notifier_tools.ts";
import { PublicationServer } from "./publication_server.ts";
import { type EventRates, readEventRates } from "./rate_parameters.ts";
import type { PublicationStore } from "./publication_store.ts";
import { ServerSubscription } from "./server_subscription.ts";

export interface EventServerOptions {
  readonly agent: UserAgent;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: Log;
  readonly metrics: Metrics;
  /** Subscriptions in all; one more gets 503. Default 100,000. */
  readonly maxSubscriptions?: number;
  /** Subscriptions of one watcher; one more gets 403. Default 200. */
  readonly maxPerWatcher?: number;
  /** Milliseconds between two NOTIFYs of one subscription that no SUBSCRIBE asked for. Default 500. */
  readonly minInterval_ms?: number;
}

/** Whoever has not said who he is (RFC 3323 §4.1.1.3). */
const ANONYMOUS = "sip:anonymous@anonymous.invalid";
const RETRY_AFTER_S = "60";

/**
 * The notifier of RFC 6665 §4.2 for all packages of the box: answers SUBSCRIBE, keeps the subscriptions and sends NOTIFY.
 * What is subscribed to and who may is the packages' business; the state of publications (RFC 3903) is that of the stores.
 */
export class EventServer implements Notifier, NotifierTools {
  readonly agent: UserAgent;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly minInterval_ms: number;
  readonly #log: Log;
  readonly #maxSubscriptions: number;
  readonly #maxPerWatcher: number;
  readonly #packages = new Map<string, EventPackage>();
  readonly #publications = new PublicationServer();
  readonly #byDialog = new Map<string, ServerSubscription>();
  readonly #byResource = new Map<string, Set<ServerSubscription>>();
  readonly #perWatcher = new Map<string, number>();
  readonly #answers: LabelledCounter;
  #number = 0;

  constructor(options: EventServerOptions) {
    this.agent = options.agent;
    this.clock = options.clock;
    this.timers = options.timers;
    this.minInterval_ms = options.minInterval_ms ?? 500;
    this.#log = options.log;
    this.#maxSubscriptions = options.maxSubscriptions ?? 100_000;
    this.#maxPerWatcher = options.maxPerWatcher ?? 200;
    this.#answers = options.metrics.labelled(
      "sip_event_answers_total",
      "Answers to SUBSCRIBE and PUBLISH",
      "method",
      "status",
    );
    options.metrics.gauge("sip_subscriptions", "Subscriptions held", () => this.#byDialog.size);
  }

  register(eventPackage: EventPackage): void {
    this.#packages.set(eventPackage.name, eventPackage);
  }

  /** PUBLISH for the store's event is answered from now on. */
  acceptPublications(store: PublicationStore): void {
    this.#publications.register(store);
  }

  /** The value of Allow-Events (RFC 6665 §8.2.2); "" when there is no package. */
  get allowEvents(): string {
    return [...this.#packages.keys()].join(", ");
  }

  /** Subscriptions held. */
  get size(): number {
    return this.#byDialog.size;
  }

  /** The package of that name, for one that is to share it; undefined where there is none. */
  packageOf(name: string): EventPackage | undefined {
    return this.#packages.get(name);
  }

  /** True for a package that is answered here. */
  serves(eventPackage: string): boolean {
    return this.#packages.has(eventPackage);
  }

  /** True for a request inside a dialog of ours. */
  owns(request: SipRequest): boolean {
    return this.#byDialog.has(dialogKeyOf(request));
  }

  /** Subscriptions of one resource to one package, for packages that tell of their watchers (RFC 3857). */
  subscriptions(event: string, resource: string): Iterable<ServerSubscription> {
    return this.#byResource.get(resourceKey(event, resource)) ?? NOBODY;
  }

  /**
   * Answers a SUBSCRIBE that is for us: one that the core routed to the resource's notifier, or one in a dialog of ours.
   * `identity` is null where the core vouches for nobody; `resource` is the address-of-record, unused inside a dialog.
   */
  handleSubscribe(transaction: ServerTransaction, identity: { readonly aor: string } | null, resource: string): void {
    this.#subscribe(transaction, identity?.aor ?? ANONYMOUS, resource, false);
  }

  /** @param loaded what the package had to bring in is there */
  #subscribe(transaction: ServerTransaction, watcher: string, resource: string, loaded: boolean): void {
    const { request } = transaction;
    const event = tryEvent(request.get("Event"));
    const named = event === null ? undefined : this.#packages.get(event.package);
    if (event === null || named === undefined) {
      const headers: (readonly [HeaderName, string])[] = this.#packages.size === 0
        ? []
        : [["Allow-Events", this.allowEvents]];
      return this.#reply(transaction, 489, { headers });
    }
    const inDialog = dialogKeyOf(request);
    const known = inDialog === "" ? undefined : this.#byDialog.get(inDialog);
    if (inDialog !== "" && known === undefined) {
      return this.#reply(transaction, 481, { reason: "No Such Subscription" });
    }
    if (known !== undefined) {
      if (known.event !== event.package || known.eventId !== event.id) {
        // RFC 6665 §4.5.2 deprecates it; who tries can subscribe in a dialog of its own.
        return this.#reply(transaction, 403, { reason: "One Subscription In A Dialog" });
      }
      if (known.watcher !== watcher) return this.#reply(transaction, 403, { reason: "Not Your Subscription" });
    }
    const { expires } = named;
    const asked = deltaSeconds(request.get("Expires")) ?? expires.default;
    // RFC 6665 §4.2.1.1: an hour or more is never too brief.
    if (asked > 0 && asked < expires.min && asked < 3600) {
      return this.#reply(transaction, 423, { headers: [["Min-Expires", String(Math.min(expires.min, 3600))]] });
    }
    const coding = request.get("Content-Encoding");
    if (request.body.length > 0 && coding !== undefined && coding.toLowerCase() !== "identity") {
      return this.#reply(transaction, 415, { headers: [["Accept-Encoding", "identity"]] });
    }
    const required = request.list("Require").map((tag) => tag.toLowerCase());
    const contents: SubscribeContents = {
      resource: known?.resource ?? resource,
      watcher,
      params: detachedParams(event.params),
      filter: filterOf(request),
      subscription: known ?? null,
      expires: Math.min(asked, expires.max),
      displayName: request.from.displayName,
      options: [...required, ...request.list("Supported").map((tag) => tag.toLowerCase())],
    };
    const eventPackage = known?.eventPackage ?? named.variant?.(contents) ?? named;
    if (isRefusal(eventPackage)) return this.#reply(transaction, eventPackage.status, eventPackage);
    const unsupported = required.filter((tag) => !(eventPackage.supported ?? NO_TAGS).includes(tag));
    if (unsupported.length > 0) {
      return this.#reply(transaction, 420, { headers: [["Unsupported", unsupported.join(", ")]] });
    }
    const accept = request.has("Accept")
      ? acceptable(eventPackage.contentTypes, request.list("Accept"))
      : eventPackage.contentTypes.slice(0, 1);
    if (accept.length === 0 && eventPackage.contentTypes.length > 0) {
      return this.#reply(transaction, 406, { headers: [["Accept", eventPackage.contentTypes.join(", ")]] });
    }
    const rates = eventPackage.rates === undefined ? null : askedRates(contents.params);
    if (typeof rates === "string") return this.#reply(transaction, 400, { reason: rates });
    const loading = loaded ? null : eventPackage.load?.(contents) ?? null;
    if (loading !== null) {
      loading.then(
        () => this.#subscribe(transaction, watcher, resource, true),
        (error) => this.#unloaded(transaction, error),
      );
      return;
    }
    const refusal = eventPackage.refuse?.(contents) ?? null;
    if (refusal !== null) return this.#reply(transaction, refusal.status, refusal);
    if (known === undefined) this.#begin(transaction, eventPackage, event.id, contents, accept, rates);
    else this.#refresh(transaction, known, contents, accept, rates);
  }

  #unloaded(transaction: ServerTransaction, error: unknown): void {
    this.#log.warn("subscription refused: what its answer stands on cannot be read", {
      error: error instanceof Error ? error.message : String(error),
    });
    this.#reply(transaction, 503, { headers: [["Retry-After", RETRY_AFTER_S]] });
  }

  /** Answers a PUBLISH (RFC 3903 §6) for a resource that the core found to be ours. */
  handlePublish(transaction: ServerTransaction, identity: { readonly aor: string } | null, resource: string): void {
    const answer = this.#publications.handle(transaction.request, identity?.aor ?? ANONYMOUS, resource);
    this.#reply(transaction, answer.status, answer.parts);
    answer.afterwards?.();
  }

  changed(event: string, resource: string): void {
    const all = this.#byResource.get(resourceKey(event, resource));
    if (all === undefined) return;
    for (const subscription of [...all]) subscription.changed();
  }

  terminate(event: string, resource: string, reason: EndReason): void {
    for (const subscription of [...this.subscriptions(event, resource)]) subscription.terminate(reason);
  }

  /** Asks the package again about everybody who watches a resource: its rules changed (RFC 6665 §4.2.1.3). */
  reauthorize(event: string, resource: string): void {
    for (const subscription of [...this.subscriptions(event, resource)]) {
      const admission = subscription.eventPackage.admit(resource, subscription.watcher);
      if (admission.state === "refused") subscription.terminate("rejected");
      else subscription.setState(admission.state);
    }
  }

  /** Ends every subscription, so that clients come again: `deactivated` at once, `probation` later. */
  terminateAll(reason: "deactivated" | "probation"): void {
    for (const subscription of [...this.#byDialog.values()]) subscription.terminate(reason);
  }

  ended(subscription: ServerSubscription): void {
    const { dialog, event, resource, watcher } = subscription;
    if (this.#byDialog.get(dialog.key) !== subscription) return;
    this.#byDialog.delete(dialog.key);
    const key = resourceKey(event, resource);
    const all = this.#byResource.get(key);
    all?.delete(subscription);
    if (all?.size === 0) this.#byResource.delete(key);
    const left = (this.#perWatcher.get(watcher) ?? 1) - 1;
    if (left === 0) this.#perWatcher.delete(watcher);
    else this.#perWatcher.set(watcher, left);
    subscription.eventPackage.ended?.(subscription);
  }

  #begin(
    transaction: ServerTransaction,
    eventPackage: EventPackage,
    eventId: string,
    contents: SubscribeContents,
    accept: readonly string[],
    rates: EventRates | null,
  ): void {
    const { request, flow } = transaction;
    const { resource, watcher, params, filter, expires: expires_s } = contents;
    const toTag = randomToken(10);
    const dialog = Dialog.uas(request, toTag);
    if (!(dialog instanceof Dialog)) return this.#reply(transaction, dialog.status, { reason: dialog.reason });
    const admission = eventPackage.admit(resource, watcher);
    if (admission.state === "refused") {
      return this.#reply(transaction, admission.status, { reason: admission.reason });
    }
    if (this.#byDialog.size >= this.#maxSubscriptions) {
      this.#log.warn("subscription refused: as many as are allowed are held", { subscriptions: this.#byDialog.size });
      return this.#reply(transaction, 503, { headers: [["Retry-After", RETRY_AFTER_S]] });
    }
    const held = this.#perWatcher.get(watcher) ?? 0;
    if (held >= this.#maxPerWatcher) {
      return this.#reply(transaction, 403, { reason: `More Than ${this.#maxPerWatcher} Subscriptions` });
    }
    const id = `s${++this.#number}`;
    const subscription = new ServerSubscription(
      {
        id,
        dialog,
        eventId: detached(eventId),
        resource: detached(resource),
        watcher: detached(watcher),
        accept,
        filter,
        params,
        rates,
        flowId: preferredFlow(dialog, flow),
        contactUser: id,
      },
      eventPackage,
      this,
    );
    this.#byDialog.set(dialog.key, subscription);
    this.#perWatcher.set(subscription.watcher, held + 1);
    const key = resourceKey(eventPackage.name, subscription.resource);
    const all = this.#byResource.get(key);
    if (all === undefined) this.#byResource.set(key, new Set([subscription]));
    else all.add(subscription);
    const suppressed = hasState(request, eventPackage, contents);
    this.#accept(transaction, 200, subscription, toTag, expires_s);
    eventPackage.subscribed?.(subscription, contents);
    subscription.begin(admission.state, expires_s, suppressed, isQuenched(request));
  }

  #refresh(
    transaction: ServerTransaction,
    subscription: ServerSubscription,
    contents: SubscribeContents,
    accept: readonly string[],
    rates: EventRates | null,
  ): void {
    const { request, flow } = transaction;
    const problem = subscription.dialog.receive(request);
    if (problem !== null) return this.#reply(transaction, problem.status, { reason: problem.reason });
    const admission = subscription.eventPackage.admit(subscription.resource, subscription.watcher);
    if (admission.state === "refused") {
      this.#reply(transaction, admission.status, { reason: admission.reason });
      return subscription.terminate("rejected");
    }
    const { params, filter, expires: expires_s } = contents;
    // RFC 5839 §6.3: whoever has the state, and learns nothing else from a NOTIFY, gets none.
    const suppressed = subscription.state === admission.state && admission.state === "active" &&
      hasState(request, subscription.eventPackage, contents);
    this.#accept(transaction, suppressed ? 204 : 200, subscription, "", expires_s);
    subscription.eventPackage.subscribed?.(subscription, contents);
    subscription.setState(admission.state);
    const flowId = preferredFlow(subscription.dialog, flow);
    const quenched = isQuenched(request);
    subscription.refresh(expires_s, { accept, filter, params, rates, flowId, suppressed, quenched });
  }

  #accept(
    transaction: ServerTransaction,
    status: 200 | 204,
    { id, eventPackage }: ServerSubscription,
    toTag: string,
    expires_s: number,
  ): void {
    const { request, flow } = transaction;
    const headers: (readonly [HeaderName, string])[] = [
      ["Contact", this.agent.contactOn(flow, id, request.uri.startsWith("sips:"))],
      ["Expires", String(expires_s)],
    ];
    if (eventPackage.requires !== undefined) headers.push(["Require", eventPackage.requires.join(", ")]);
    this.#reply(transaction, status, { toTag, recordRoute: true, headers });
  }

  #reply(transaction: ServerTransaction, status: number, parts: ResponseParts): void {
    const { request } = transaction;
    this.#answers.with(request.method, String(status)).add();
    transaction.respond(
      status,
      responseHead(request, status, { toTag: randomToken(10), ...parts }),
      parts.body ?? EMPTY,
    );
  }
}

const NOBODY: readonly ServerSubscription[] = [];
const NO_TAGS: readonly string[] = [];

function isRefusal(answer: EventPackage | SubscribeRefusal): answer is SubscribeRefusal {
  return "status" in answer;
}

/** How often the subscriber wants to be told; null where nothing is said, a text for what is none (RFC 6446 §9.2). */
function askedRates(params: Params): EventRates | string | null {
  if (params.size === 0) return null;
  try {
    const rates = readEventRates(params);
    return rates.maxRate + rates.minRate + rates.adaptiveMinRate === 0 ? null : rates;
  } catch (error) {
    if (error instanceof SyntaxError) return error.message;
    throw error;
  }
}

function resourceKey(event: string, resource: string): string {
  return `${event} ${resource}`;
}

/** Kept as long as the subscription: not as parts of the text of a whole message. */
function detachedParams(params: Params): Params {
  if (params.size === 0 || (params.size === 1 && params.has("id"))) return NO_PARAMS;
  return new Map([...params].map(([name, value]) => [detached(name), detached(value)]));
}

/** Whether the subscriber says that it has just this state (RFC 5839 §6.2). */
function hasState(request: SipRequest, eventPackage: EventPackage, contents: SubscribeContents): boolean {
  const tag = request.get("Suppress-If-Match")?.trim();
  if (tag === undefined || eventPackage.stateTag === undefined) return false;
  return tag === "*" || tag === eventPackage.stateTag(contents);
}

/** Whether nothing is to be told of the state until the next SUBSCRIBE (RFC 5839 §5.2.3). */
function isQuenched(request: SipRequest): boolean {
  return request.get("Suppress-If-Match")?.trim() === "*";
}

/** A filter in a SUBSCRIBE's body (RFC 4660). */
function filterOf(request: SipRequest): Notification | null {
  if (request.body.length === 0) return null;
  return { contentType: detached(mediaType(request.get("Content-Type") ?? "")), body: request.body.slice() };
}
