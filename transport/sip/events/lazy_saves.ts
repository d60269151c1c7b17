import type { Log } from "../../../foundation/mod.ts";

/** For writes that nobody waits for: says once that they fail, and once that they do so no more. */
export class LazySaves {
  readonly #log: Log;
  readonly #what: string;
  #failing = false;

  /** @param what in the plural: `subscriptions` */
  constructor(log: Log, what: string) {
    this.#log = log;
    this.#what = what;
  }

  /** For `DurableStates.save`. */
  readonly done = (error: Error | null): void => {
    if ((error !== null) === this.#failing) return;
    this.#failing = error !== null;
    if (error !== null) this.#log.warn(`${this.#what} are not stored as they are now`, { error: error.message });
    else this.#log.info(`${this.#what} are stored again`);
  };
}
