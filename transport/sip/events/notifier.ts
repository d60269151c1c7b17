import type { Clock, Log, Metrics, Timers } from "../../../foundation/mod.ts";
import type { EventPackage, Notifier } from "../event_package.ts";
import type { SipRequest } from "../message.ts";
import type { ServerTransaction } from "../transactions.ts";
import type { UserAgent } from "../user_agent.ts";
import type { ContentDecoder } from "./content_coding.ts";
import type { DurableStates } from "./durable_states.ts";
import type { EndReason } from "./event_headers.ts";
import { EventPackages } from "./event_packages.ts";
import { HeldSubscriptions } from "./held_subscriptions.ts";
import { PublicationServer } from "./publication_server.ts";
import type { PublicationStore } from "./publication_store.ts";
import type { ServerSubscription } from "./server_subscription.ts";
import { contentsAgain } from "./subscribe_contents.ts";
import { SubscribeServer } from "./subscribe_server.ts";
import type { SubscriberDevices } from "./subscription_way.ts";

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
  /** Where subscriptions outlast a restart, of packages that say what to `keep`. Absent: none does. */
  readonly states?: DurableStates;
  /** Default: no device is known. */
  readonly devices?: SubscriberDevices;
  /** For bodies that come coded, `deflate` or `gzip`. Default: they get 415. */
  readonly decode?: ContentDecoder;
}

/** Whoever has not said who he is (RFC 3323 §4.1.1.3). */
const ANONYMOUS = "sip:anonymous@anonymous.invalid";

/**
 * The notifier of RFC 6665 §4.2 for all packages of the box: answers SUBSCRIBE, keeps the subscriptions and sends NOTIFY.
 * What is subscribed to and who may is the packages' business; the state of publications (RFC 3903) is that of the stores.
 */
export class EventServer implements Notifier {
  readonly #log: Log;
  readonly #packages = new EventPackages();
  readonly #held: HeldSubscriptions;
  readonly #subscribes: SubscribeServer;
  readonly #publications: PublicationServer;

  constructor(options: EventServerOptions) {
    const { agent, clock, timers, log, metrics, maxSubscriptions = 100_000, maxPerWatcher = 200 } = options;
    const { minInterval_ms = 500, states = null, devices = null, decode = null } = options;
    this.#log = log;
    const packages = this.#packages;
    const pace = { interval_ms: minInterval_ms, burst: 1 };
    const held = new HeldSubscriptions({ agent, clock, timers, log, packages, pace, states, devices });
    this.#held = held;
    const answers = metrics.labelled(
      "sip_event_answers_total",
      "Answers to SUBSCRIBE and PUBLISH",
      "method",
      "status",
    );
    this.#subscribes = new SubscribeServer({ packages, held, log, answers, maxSubscriptions, maxPerWatcher, decode });
    this.#publications = new PublicationServer(answers, decode);
    metrics.gauge("sip_subscriptions", "Subscriptions held", () => held.table.size);
    metrics.gauge(
      "sip_watchers_away",
      "Watchers with subscriptions that wait for their device",
      () => held.table.away,
    );
  }

  /** One of a `kind` is not asked by itself: a package of its name gives it as its `variant`. */
  register(eventPackage: EventPackage): void {
    this.#packages.add(eventPackage);
  }

  /** PUBLISH for the store's event is answered from now on. */
  acceptPublications(store: PublicationStore): void {
    this.#publications.register(store);
  }

  /** The value of Allow-Events (RFC 6665 §8.2.2); "" when there is no package. */
  get allowEvents(): string {
    return this.#packages.names;
  }

  /** Subscriptions held. */
  get size(): number {
    return this.#held.table.size;
  }

  /** The package of that name, for one that is to share it; undefined where there is none. */
  packageOf(name: string): EventPackage | undefined {
    return this.#packages.named(name);
  }

  /** True for a package that is answered here. */
  serves(eventPackage: string): boolean {
    return this.#packages.named(eventPackage) !== undefined;
  }

  /** True for a request inside a dialog of ours. */
  owns(request: SipRequest): boolean {
    return this.#held.table.find(request) !== undefined;
  }

  /** Subscriptions of one resource to one package, for packages that tell of their watchers (RFC 3857). */
  subscriptions(event: string, resource: string): Iterable<ServerSubscription> {
    return this.#held.table.of(event, resource);
  }

  /**
   * Answers a SUBSCRIBE that is for us: one that the core routed to the resource's notifier, or one in a dialog of ours.
   * `identity` is null where the core vouches for nobody; `resource` is the address-of-record, unused inside a dialog.
   */
  handleSubscribe(transaction: ServerTransaction, identity: { readonly aor: string } | null, resource: string): void {
    this.#subscribes.handle(transaction, identity?.aor ?? ANONYMOUS, resource);
  }

  /** Answers a PUBLISH (RFC 3903 §6) for a resource that the core found to be ours. */
  handlePublish(transaction: ServerTransaction, identity: { readonly aor: string } | null, resource: string): void {
    this.#publications.handle(transaction, identity?.aor ?? ANONYMOUS, resource);
  }

  changed(event: string, resource: string): void {
    for (const subscription of this.#held.table.of(event, resource)) subscription.changed();
  }

  terminate(event: string, resource: string, reason: EndReason): void {
    for (const subscription of this.#held.table.of(event, resource)) subscription.terminate(reason);
  }

  /**
   * Asks the package again about everybody who watches a resource: its rules changed (RFC 6665 §4.2.1.3). Where they cannot be read, the
   * subscription ends, and its subscriber comes again later.
   */
  reauthorize(event: string, resource: string): void {
    for (const subscription of this.#held.table.of(event, resource)) {
      const loading = subscription.eventPackage.load?.(contentsAgain(subscription, subscription.expires)) ?? null;
      if (loading === null) this.#decide(subscription);
      else {
        loading.then(() => this.#decide(subscription), (error) => {
          this.#log.warn("subscription ended: what its state stands on cannot be read", { error: reasonOf(error) });
          subscription.terminate("probation");
        });
      }
    }
  }

  #decide(subscription: ServerSubscription): void {
    if (subscription.ended) return;
    const admission = subscription.eventPackage.admit(subscription.resource, subscription.watcher);
    if (admission.state === "refused") subscription.terminate(admission.status >= 500 ? "probation" : "rejected");
    else subscription.setState(admission.state);
  }

  /** Everybody who has a subscription. */
  get watchers(): Iterable<string> {
    return this.#held.table.watchers;
  }

  /** Ends those that somebody has to these packages: who may not use the service any more is told nothing more. */
  terminateWatcher(watcher: string, events: ReadonlySet<string>, reason: EndReason): void {
    for (const subscription of this.#held.table.by(watcher)) {
      if (events.has(subscription.event)) subscription.terminate(reason);
    }
  }

  /** Ends every subscription, so that clients come again: `deactivated` at once, `probation` later. */
  terminateAll(reason: "deactivated" | "probation"): void {
    for (const subscription of [...this.#held.table.values()]) subscription.terminate(reason);
  }

  /**
   * Takes up the subscriptions from before a restart; gives how many. To be called once all packages are registered, and before
   * the doors open; what is owed to them goes out a second later, spread out.
   */
  restore(): number {
    return this.#held.restore();
  }

  /** The box stops: what is to outlast that is written. Rejects never; what cannot be stored is told to the log. */
  async close(): Promise<void> {
    await this.#held.close();
  }

  /**
   * A device registered, or its registration is on another flow now: subscriptions of its user that wait for it go on. `device` as
   * `SubscriberDevices.deviceOf` names it; `flowId` 0: its Contact says the way.
   */
  deviceIsBack(aor: string, device: string, flowId: number): void {
    for (const subscription of this.#held.table.waiting(aor)) subscription.isBack(device, flowId);
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
