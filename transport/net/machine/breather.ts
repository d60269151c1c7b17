import { setImmediate } from "node:timers";
import type { Clock } from "../../../foundation/mod.ts";

const TURN_MS = 10;

/**
 * Keeps a busy wire from starving the rest: the runtime hands out what is already there without a turn of its event loop,
 * so a reader that is never idle must let go by itself, or no timer fires and no other connection is read. Shared by all
 * readers: the first to see that the turn was long makes all of them wait for the same breath. At most a hundred a second,
 * so nobody has to tell whether the loop has turned meanwhile.
 */
export class Breather {
  readonly #clock: Clock;
  #at: number;
  #breath: Promise<void> | null = null;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#at = clock.monotonic();
  }

  /** True when a reader should `breathe` before it reads on. */
  get due(): boolean {
    return this.#clock.monotonic() - this.#at >= TURN_MS;
  }

  /** Resolves after a turn of the event loop. */
  breathe(): Promise<void> {
    return this.#breath ??= new Promise((resolve) => {
      setImmediate(() => {
        this.#breath = null;
        this.#at = this.#clock.monotonic();
        resolve();
      });
    });
  }
}
