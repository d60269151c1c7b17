import type { Clock, Log, Timed, Timers } from "../../foundation/mod.ts";
import { OperationError } from "../../operations/mod.ts";
import type { StoredOperations, UserEdit } from "../../operations/stored/mod.ts";
import type { Subscribers } from "../../storage/mod.ts";

const EVERY_MS = 60_000;
/** Records looked at in one go: well below a millisecond. */
const PAGE = 1000;

export interface ExpiredBarsParts {
  readonly subscribers: Pick<Subscribers, "list">;
  readonly operations: Pick<StoredOperations, "editUser">;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: Log;
}

/**
 * Writes into the records what holds already: a bar whose time is over has ended (`serviceState` says so at once; this makes
 * lists, the audit log and whoever waits for `resumed` say it too, within a minute).
 */
export class ExpiredBars implements Timed {
  readonly #parts: ExpiredBarsParts;
  #stopped = false;

  constructor(parts: ExpiredBarsParts) {
    this.#parts = parts;
  }

  start(): void {
    this.#parts.timers.start(EVERY_MS, this, 0);
  }

  stop(): void {
    this.#stopped = true;
  }

  onTimer(): void {
    this.run().catch((error: Error) =>
      this.#parts.log.error("bars that are over could not be ended", { error: error.message })
    ).finally(() => {
      if (!this.#stopped) this.start();
    });
  }

  /** Looks through all users once, in pages, so that nobody waits for it. Rejects with OperationError. */
  async run(): Promise<void> {
    const { subscribers, clock } = this.#parts;
    let after = "";
    while (!this.#stopped) {
      const page = subscribers.list(after, PAGE);
      for (const { aor, state, barredUntil } of page) {
        if (state !== "barred" || barredUntil === undefined || barredUntil > clock.now()) continue;
        await this.#end(aor);
      }
      if (page.length < PAGE) return;
      after = page[page.length - 1].aor;
      await new Promise((resolve) => setTimeout(resolve, 0));
    }
  }

  async #end(aor: string): Promise<void> {
    const { operations, clock } = this.#parts;
    try {
      await operations.editUser(aor, null, (old): UserEdit => {
        const over = old.state === "barred" && old.barredUntil !== undefined && old.barredUntil <= clock.now();
        if (!over) throw new RangeError("changed meanwhile");
        return { next: { ...old, state: "active" }, change: "resumed", facts: { by: "time" } };
      }, "system");
    } catch (error) {
      // Removed, or barred anew by an admin just now: nothing is left to do.
      if (!(error instanceof OperationError) || error.kind === "unavailable") throw error;
    }
  }
}
