import { detached, EMPTY, type LabelledCounter, type Log, randomToken } from "../../../foundation/mod.ts";
import { Dialog } from "../dialog.ts";
import type { EventPackage, SubscribeContents, SubscribeRefusal } from "../event_package.ts";
import { deltaSeconds } from "../grammar.ts";
import type { HeaderName } from "../header_names.ts";
import { responseHead, type ResponseParts } from "../respond.ts";
import type { ServerTransaction } from "../transactions.ts";
import { codingsAccepted, type ContentDecoder, decodedBody } from "./content_coding.ts";
import { acceptable, tryEvent } from "./event_headers.ts";
import type { EventPackages } from "./event_packages.ts";
import type { HeldSubscriptions } from "./held_subscriptions.ts";
import type { EventRates } from "./rate_parameters.ts";
import type { ServerSubscription } from "./server_subscription.ts";
import { askedRates, detachedParams, filterOf, hasState, isQuenched } from "./subscribe_contents.ts";

export interface SubscribeServerParts {
  readonly packages: EventPackages;
  readonly held: HeldSubscriptions;
  readonly log: Log;
  readonly answers: LabelledCounter;
  readonly maxSubscriptions: number;
  readonly maxPerWatcher: number;
  readonly decode: ContentDecoder | null;
}

const RETRY_AFTER_S = "60";
const LATER: readonly (readonly [HeaderName, string])[] = [["Retry-After", RETRY_AFTER_S]];

/** Answers SUBSCRIBE requests (RFC 6665 §4.2.1): looks at them, asks the package, and begins or refreshes a subscription. */
export class SubscribeServer {
  readonly #packages: EventPackages;
  readonly #held: HeldSubscriptions;
  readonly #log: Log;
  readonly #answers: LabelledCounter;
  readonly #maxSubscriptions: number;
  readonly #maxPerWatcher: number;
  readonly #decode: ContentDecoder | null;

  constructor(parts: SubscribeServerParts) {
    this.#packages = parts.packages;
    this.#held = parts.held;
    this.#log = parts.log;
    this.#answers = parts.answers;
    this.#maxSubscriptions = parts.maxSubscriptions;
    this.#maxPerWatcher = parts.maxPerWatcher;
    this.#decode = parts.decode;
  }

  /** `resource` is unused inside a dialog. */
  handle(transaction: ServerTransaction, watcher: string, resource: string): void {
    this.#answer(transaction, watcher, resource, false);
  }

  /** @param loaded what the package had to bring in is there */
  #answer(transaction: ServerTransaction, watcher: string, resource: string, loaded: boolean): void {
    const { request } = transaction;
    const event = tryEvent(request.get("Event"));
    const named = event === null ? undefined : this.#packages.named(event.package);
    if (event === null || named === undefined) {
      const headers: (readonly [HeaderName, string])[] = this.#packages.names === ""
        ? []
        : [["Allow-Events", this.#packages.names]];
      return this.#reply(transaction, 489, { headers });
    }
    const known = this.#held.table.find(request);
    if (request.to.tag !== "" && known === undefined) {
      return this.#reply(transaction, 481, { reason: "No Such Subscription" });
    }
    if (known !== undefined) {
      if (known.event !== event.package || known.eventId !== event.id) {
        // RFC 6665 §4.5.2 deprecates it; who tries can subscribe in a dialog of its own.
        return this.#reply(transaction, 403, { reason: "One Subscription In A Dialog" });
      }
      if (known.watcher !== watcher) return this.#reply(transaction, 403, { reason: "Not Your Subscription" });
    }
    const { expires } = known?.eventPackage ?? named;
    const asked = deltaSeconds(request.get("Expires")) ?? expires.default;
    // RFC 6665 §4.2.1.1: an hour or more is never too brief.
    if (asked > 0 && asked < expires.min && asked < 3600) {
      return this.#reply(transaction, 423, { headers: [["Min-Expires", String(Math.min(expires.min, 3600))]] });
    }
    const body = decodedBody(request, this.#decode);
    if (body === null) return this.#reply(transaction, 415, codingsAccepted(this.#decode));
    if (body.length > MAX_BODY) return this.#reply(transaction, 413, { reason: `Body Over ${MAX_BODY} Octets` });
    const required = request.list("Require").map((tag) => tag.toLowerCase());
    const contents: SubscribeContents = {
      resource: known?.resource ?? resource,
      watcher,
      params: detachedParams(event.params),
      filter: filterOf(request, body),
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
      ? acceptable(eventPackage.contentTypes, request.list("Accept"), eventPackage.namedTypes)
      : eventPackage.contentTypes.slice(0, 1);
    const lacking = accept.length === 0 && eventPackage.contentTypes.length > 0;
    if (lacking || (request.has("Accept") && eventPackage.requiredTypes?.some((type) => !accept.includes(type)))) {
      return this.#reply(transaction, 406, { headers: [["Accept", eventPackage.contentTypes.join(", ")]] });
    }
    const rates = eventPackage.rates === undefined ? null : askedRates(contents.params);
    if (typeof rates === "string") return this.#reply(transaction, 400, { reason: rates });
    const loading = loaded ? null : eventPackage.load?.(contents) ?? null;
    if (loading !== null) {
      loading.then(
        () => this.#answer(transaction, watcher, resource, true),
        (error) => this.#unloaded(transaction, error),
      );
      return;
    }
    const refusal = eventPackage.refuse?.(contents) ?? null;
    if (refusal !== null) return this.#reply(transaction, refusal.status, refusal);
    const others = this.#held.table.octetsOf(watcher) - (known?.octets ?? 0);
    if (body.length > 0 && others + body.length > MAX_BODIES) {
      return this.#reply(transaction, 403, { reason: `Bodies Of Your Subscriptions Over ${MAX_BODIES} Octets` });
    }
    if (known === undefined) this.#begin(transaction, eventPackage, event.id, contents, accept, rates);
    else this.#refresh(transaction, known, contents, accept, rates);
  }

  #unloaded(transaction: ServerTransaction, error: unknown): void {
    this.#log.warn("subscription refused: what its answer stands on cannot be read", { error: reasonOf(error) });
    this.#reply(transaction, 503, { headers: LATER });
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
    if (this.#held.table.size >= this.#maxSubscriptions) {
      this.#log.warn("subscription refused: as many as are allowed are held", { subscriptions: this.#held.table.size });
      return this.#reply(transaction, 503, { headers: LATER });
    }
    if (this.#held.table.held(watcher) >= this.#maxPerWatcher) {
      return this.#reply(transaction, 403, { reason: `More Than ${this.#maxPerWatcher} Subscriptions` });
    }
    const subscription = this.#held.add({
      dialog,
      eventId: detached(eventId),
      resource,
      watcher,
      accept: this.#held.shared(accept),
      filter,
      params,
      rates,
      way: this.#held.ways.of(dialog, flow, watcher),
    }, eventPackage);
    subscription.open(admission.state, hasState(request, eventPackage, contents), isQuenched(request));
    try {
      eventPackage.subscribed?.(subscription, contents);
    } catch (error) {
      // It has no time yet: nothing else would ever end it.
      subscription.drop();
      throw error;
    }
    subscription.begin(expires_s);
    this.#held.store(subscription, (error) => {
      if (error !== null) return this.#unstored(transaction, subscription, error);
      this.#accept(transaction, 200, subscription, toTag, expires_s);
      subscription.release();
    });
  }

  #unstored(transaction: ServerTransaction, subscription: ServerSubscription, error: Error): void {
    this.#log.error("subscription not stored", { event: subscription.event, error: error.message });
    subscription.drop();
    this.#reply(transaction, 503, { reason: "Subscription Cannot Be Stored", headers: LATER });
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
      const { status, reason } = admission;
      if (status < 500) {
        this.#reply(transaction, status, { reason });
        return subscription.terminate("rejected");
      }
      // What cannot be said at the moment leaves what was granted before (RFC 6665 §4.1.2.2); who leaves may.
      if (contents.expires > 0) return this.#reply(transaction, status, { reason, headers: LATER });
      this.#accept(transaction, 200, subscription, "", 0);
      return subscription.terminate("timeout");
    }
    const { params, filter, expires: expires_s } = contents;
    // RFC 5839 §6.3: whoever has the state, and learns nothing else from a NOTIFY, gets none.
    const suppressed = subscription.state === admission.state && admission.state === "active" &&
      hasState(request, subscription.eventPackage, contents);
    this.#accept(transaction, suppressed ? 204 : 200, subscription, "", expires_s);
    subscription.eventPackage.subscribed?.(subscription, contents);
    subscription.refresh(expires_s, {
      state: admission.state,
      accept: this.#held.shared(accept),
      filter,
      params,
      rates,
      way: this.#held.ways.of(subscription.dialog, flow, subscription.watcher),
      suppressed,
      quenched: isQuenched(request),
    });
    this.#held.table.reweigh(subscription);
    this.#held.storeLazily(subscription);
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
      ["Contact", this.#held.agent.contactOn(flow, id, request.uri.startsWith("sips:"))],
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

const NO_TAGS: readonly string[] = [];
/** Octets of one body, decoded: it is kept as long as its subscription, and stored. */
const MAX_BODY = 131_072;
/** Octets of the bodies of all subscriptions of one watcher. */
const MAX_BODIES = 2_097_152;

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function isRefusal(answer: EventPackage | SubscribeRefusal): answer is SubscribeRefusal {
  return "status" in answer;
}
