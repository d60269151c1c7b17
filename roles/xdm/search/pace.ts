import type { Clock } from "../../../foundation/mod.ts";
import { SearchRefusal } from "./search_refusal.ts";

/** Milliseconds of work between two pauses for others, and steps after which the clock is looked at. */
const SLICE_MS = 5;
const STEPS = 1000;

/** Work in slices, so that nobody waits long for the event loop; with an end, so that nothing goes on for ever. */
export class Pace {
  readonly #clock: Clock;
  readonly #end: number;
  #sliceEnd: number;
  #steps = 0;
  #left: number;

  /**
   * @param limit_ms of wall time
   * @param steps that may be taken in all
   */
  constructor(clock: Clock, limit_ms = Infinity, steps = Infinity) {
    this.#clock = clock;
    const now = clock.monotonic();
    this.#end = now + limit_ms;
    this.#sliceEnd = now + SLICE_MS;
    this.#left = steps;
  }

  /** True when it is time for `pause`. Throws SearchRefusal where it takes too much. */
  due(steps: number): boolean {
    this.#left -= steps;
    if (this.#left < 0) throw tooMuch();
    if ((this.#steps += steps) < STEPS) return false;
    this.#steps = 0;
    const now = this.#clock.monotonic();
    if (now > this.#end) throw tooMuch();
    return now >= this.#sliceEnd;
  }

  /** Lets others go first. */
  async pause(): Promise<void> {
    await new Promise<void>((resolve) => setTimeout(resolve, 0));
    this.#sliceEnd = this.#clock.monotonic() + SLICE_MS;
  }
}

function tooMuch(): SearchRefusal {
  return new SearchRefusal("unavailable", "The search takes too long at the moment; ask for less.", 5);
}
