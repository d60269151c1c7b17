import type { Clock } from "../../../foundation/mod.ts";
import type { States } from "../../../storage/mod.ts";
import type { ListJob } from "./list_job.ts";

/** Longer than anybody sends one request again (64 T1, RFC 3261 §17.1.2.2), and a restart besides; ms. */
const KEPT_MS = 300_000;
const MOST = 10_000;
const DONE = "done ";

interface Done {
  readonly transaction: string;
  /** Wall time, ms. */
  readonly at: number;
}

/**
 * Messages to lists that have been done with not long ago: whoever did not get the 202 sends the same request again, and is told that it
 * was accepted. Kept in the store: the crash that lost the 202 is what makes them do so.
 */
export class DoneLists {
  readonly #states: States;
  readonly #clock: Clock;
  /** By transaction, the oldest first. */
  readonly #done = new Map<string, { readonly id: string; readonly at: number }>();

  constructor(states: States, clock: Clock) {
    this.#states = states;
    this.#clock = clock;
  }

  /** Takes a stored state in that is one of these; false for others. */
  restore(name: string, value: unknown): boolean {
    if (!name.startsWith(DONE)) return false;
    const { transaction, at } = value as Done;
    this.#done.set(transaction, { id: name.slice(DONE.length), at });
    return true;
  }

  has(transaction: string): boolean {
    const done = this.#done.get(transaction);
    return done !== undefined && this.#clock.now() - done.at < KEPT_MS;
  }

  add({ id, transaction }: Pick<ListJob, "id" | "transaction">): void {
    const at = this.#clock.now();
    this.#forget(at);
    this.#done.set(transaction, { id, at });
    const value: Done = { transaction, at };
    this.#states.save(DONE + id, value, false, null);
  }

  /** Those of long ago, and of a time long to come, where the clock was set back. */
  #forget(now: number): void {
    for (const [transaction, { id, at }] of this.#done) {
      if (this.#done.size < MOST && Math.abs(now - at) < KEPT_MS) continue;
      this.#done.delete(transaction);
      this.#states.save(DONE + id, null, true, null);
    }
  }
}
