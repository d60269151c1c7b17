import type { Clock, Log, Timers } from "../../../foundation/mod.ts";
import type { DurableStates } from "./durable_states.ts";
import { LazySaves } from "./lazy_saves.ts";
import type { ServerSubscription } from "./server_subscription.ts";
import { readStored, type SubscriptionRecord, toStored } from "./stored_subscription.ts";
import { Trickle } from "./trickle.ts";

export interface StoredSubscriptionsParts {
  readonly states: DurableStates;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: Log;
  /** All that are held. */
  readonly all: () => Iterable<ServerSubscription>;
}

/**
 * What a subscriber was told since is written about so often: often enough that a crash makes few NOTIFYs say again what was said,
 * seldom enough for the flash of a small box.
 */
const PERIOD_MS = 300_000;
/** Subscriptions in a commit of the last writes. */
const SLICE = 200;

/** Those subscriptions that outlast a restart, in their log, each under its id. */
export class StoredSubscriptions {
  readonly #parts: StoredSubscriptionsParts;
  readonly #lazily: LazySaves;
  readonly #trickle: Trickle<ServerSubscription>;

  constructor(parts: StoredSubscriptionsParts) {
    this.#parts = parts;
    const { clock, timers, log, all } = parts;
    this.#lazily = new LazySaves(log, "subscriptions");
    const write = (subscription: ServerSubscription) => this.writeLazily(subscription);
    this.#trickle = new Trickle({ clock, timers, period_ms: PERIOD_MS, write, all });
  }

  /** Whether it is to outlast a restart. */
  holds({ eventPackage }: ServerSubscription): boolean {
    return eventPackage.keep !== undefined;
  }

  /** One that begins. `done` is told once it is safe, or why it is not; never inside the call. */
  write(subscription: ServerSubscription, done: (error: Error | null) => void): void {
    // Its first NOTIFY is made whatever happens; whether that arrived the package knows.
    this.#save(subscription, subscription.record(false), false, done);
  }

  /** Within a second; nobody waits. */
  writeLazily(subscription: ServerSubscription): void {
    this.#trickle.forget(subscription);
    if (this.holds(subscription) && !subscription.ended) {
      this.#save(subscription, subscription.record(), true, this.#lazily.done);
    }
  }

  /** Something is another than was written: some time. */
  touched(subscription: ServerSubscription): void {
    if (this.holds(subscription) && !subscription.ended) this.#trickle.mark(subscription);
  }

  ended(subscription: ServerSubscription): void {
    if (!this.holds(subscription)) return;
    this.#trickle.forget(subscription);
    this.remove(subscription.id);
  }

  /** One that was found, and not taken. */
  remove(id: string): void {
    this.#parts.states.save(id, null, true, this.#lazily.done);
  }

  /** Once. Null: what cannot be read, which is left alone; its id is taken. */
  *load(): Iterable<readonly [id: string, record: SubscriptionRecord | null]> {
    const { states, log } = this.#parts;
    let bad = 0;
    for (const [id, value] of states.load()) {
      const record = readStored(value);
      if (record === null) bad++;
      yield [id, record];
    }
    if (bad > 0) log.error("stored subscriptions that cannot be read were left alone", { count: bad });
  }

  /** Writes all that is not written yet, a commit after the other. Nothing is written by itself from then on. */
  async close(): Promise<void> {
    const left = this.#trickle.stop();
    for (const subscription of this.#parts.all()) if (subscription.owes) left.add(subscription);
    let slice: ServerSubscription[] = [];
    for (const subscription of left) {
      if (!this.holds(subscription) || subscription.ended) continue;
      slice.push(subscription);
      if (slice.length < SLICE) continue;
      await this.#writeAll(slice);
      slice = [];
    }
    await this.#writeAll(slice);
  }

  #writeAll(slice: readonly ServerSubscription[]): Promise<void> {
    return new Promise((resolve) => {
      let left = slice.length;
      if (left === 0) return resolve();
      for (const subscription of slice) {
        this.#save(subscription, subscription.record(), false, (error) => {
          this.#lazily.done(error);
          if (--left === 0) resolve();
        });
      }
    });
  }

  #save(
    { id }: ServerSubscription,
    record: SubscriptionRecord,
    lazily: boolean,
    done: (error: Error | null) => void,
  ): void {
    this.#parts.states.save(id, toStored(record), lazily, done);
  }
}
