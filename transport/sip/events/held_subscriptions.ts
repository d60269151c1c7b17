import { type Clock, detached, type Log, type Timers } from "../../../foundation/mod.ts";
import type { EventPackage } from "../event_package.ts";
import type { UserAgent } from "../user_agent.ts";
import type { DurableStates } from "./durable_states.ts";
import type { EventPackages } from "./event_packages.ts";
import type { NotifierTools } from "./notifier_tools.ts";
import { restoreSubscriptions } from "./restored_subscriptions.ts";
import { RoomLine } from "./room_line.ts";
import { ServerSubscription } from "./server_subscription.ts";
import { StoredSubscriptions } from "./stored_subscriptions.ts";
import { SubscriptionTable } from "./subscription_table.ts";
import type { SubscriptionStart } from "./subscription_terms.ts";
import { type SubscriberDevices, SubscriptionWays } from "./subscription_way.ts";

export interface HeldSubscriptionsParts {
  readonly agent: UserAgent;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: Log;
  readonly packages: EventPackages;
  readonly pace: NotifierTools["pace"];
  readonly states: DurableStates | null;
  readonly devices: SubscriberDevices | null;
}

/** The subscriptions that a notifier holds, in its tables and in its log. */
export class HeldSubscriptions implements NotifierTools {
  readonly agent: UserAgent;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly pace: NotifierTools["pace"];
  readonly ways: SubscriptionWays;
  readonly room = new RoomLine();
  readonly table = new SubscriptionTable();
  readonly #packages: EventPackages;
  readonly #log: Log;
  readonly #stored: StoredSubscriptions | null;
  readonly #accepts = new Map<string, readonly string[]>();
  #number = 0;

  constructor({ agent, clock, timers, log, packages, pace, states, devices }: HeldSubscriptionsParts) {
    this.agent = agent;
    this.clock = clock;
    this.timers = timers;
    this.pace = pace;
    this.ways = new SubscriptionWays(agent.options.wires, devices);
    this.#packages = packages;
    this.#log = log;
    const all = () => this.table.values();
    this.#stored = states === null ? null : new StoredSubscriptions({ states, clock, timers, log, all });
  }

  /** A new one, in the tables. */
  add(start: Omit<SubscriptionStart, "id">, eventPackage: EventPackage): ServerSubscription {
    const resource = this.table.textOf(eventPackage.name, start.resource) ?? detached(start.resource);
    const watcher = detached(start.watcher);
    const id = `s${++this.#number}`;
    const subscription = new ServerSubscription({ ...start, id, resource, watcher }, eventPackage, this);
    this.table.add(subscription);
    return subscription;
  }

  /** The same list for all who accept the same: there are few. */
  shared(accept: readonly string[]): readonly string[] {
    const key = accept.join();
    const known = this.#accepts.get(key);
    if (known !== undefined) return known;
    this.#accepts.set(key, accept);
    return accept;
  }

  /** One that begins is to outlast a restart: `done` is told once it does, or why it does not; at once for any other. */
  store(subscription: ServerSubscription, done: (error: Error | null) => void): void {
    if (this.#stored === null || subscription.ended || !this.#stored.holds(subscription)) done(null);
    else this.#stored.write(subscription, done);
  }

  /** It was refreshed. */
  storeLazily(subscription: ServerSubscription): void {
    this.#stored?.writeLazily(subscription);
  }

  /** Takes up those from before a restart; gives how many. */
  restore(): number {
    return this.#stored === null ? 0 : restoreSubscriptions({
      stored: this.#stored,
      table: this.table,
      packages: this.#packages,
      tools: this,
      log: this.#log,
      shared: (accept) => this.shared(accept),
      begun: (number) => this.#number = Math.max(this.#number, number),
    });
  }

  async close(): Promise<void> {
    await this.#stored?.close();
  }

  touched(subscription: ServerSubscription): void {
    this.#stored?.touched(subscription);
  }

  away(subscription: ServerSubscription): void {
    this.table.leave(subscription);
  }

  back(subscription: ServerSubscription): void {
    this.table.back(subscription);
  }

  ended(subscription: ServerSubscription): void {
    if (!this.table.remove(subscription)) return;
    this.#stored?.ended(subscription);
    subscription.eventPackage.ended?.(subscription);
  }
}
