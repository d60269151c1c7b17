import type { Clock, Timed, Timers } from "../../../foundation/mod.ts";

export interface TrickleParts<Item> {
  readonly clock: Clock;
  readonly timers: Timers;
  /** What is marked is written once in so long, about. */
  readonly period_ms: number;
  readonly write: (item: Item) => void;
  /** Everything there is: the wall clock was set, and all that is stored says another time than was meant. */
  readonly all: () => Iterable<Item>;
}

const TICK_MS = 1000;
/** Of each tick; what is left over goes with the next. */
const SLICE_MS = 8;
/** Wall clock steps below this are drift, not somebody setting the time. */
const CLOCK_STEP_MS = 2000;

/**
 * Writes what became another a little at a time: how often something changes does not matter, and a thousand of them at once
 * hold nobody up.
 */
export class Trickle<Item> implements Timed {
  readonly #parts: TrickleParts<Item>;
  #marked = new Set<Item>();
  /** Those of the last period, being written in this one. */
  #due: Iterator<Item> | null = null;
  #dueItems = new Set<Item>();
  #share = 0;
  #swapAt: number;
  /** Wall time less monotonic time: tells when somebody set the clock. */
  #offset: number;
  #stopped = false;

  constructor(parts: TrickleParts<Item>) {
    this.#parts = parts;
    const { clock, timers } = parts;
    this.#offset = clock.now() - clock.monotonic();
    this.#swapAt = clock.monotonic() + parts.period_ms;
    timers.start(TICK_MS, this, 0);
  }

  /** It is another than was written. */
  mark(item: Item): void {
    this.#marked.add(item);
  }

  /** It was written, or is no more. */
  forget(item: Item): void {
    this.#marked.delete(item);
    this.#dueItems.delete(item);
  }

  /** No more ticks; gives what is not written yet. */
  stop(): Set<Item> {
    this.#stopped = true;
    const left = this.#dueItems.union(this.#marked);
    this.#marked.clear();
    this.#dueItems.clear();
    return left;
  }

  onTimer(): void {
    if (this.#stopped) return;
    const { clock, timers, period_ms, all } = this.#parts;
    const step = clock.now() - clock.monotonic() - this.#offset;
    if (Math.abs(step) >= CLOCK_STEP_MS) {
      this.#offset += step;
      for (const item of all()) this.#marked.add(item);
    }
    const now = clock.monotonic();
    if (now >= this.#swapAt) {
      this.#swapAt = now + period_ms;
      // What no slice had the time for comes first.
      for (const item of this.#marked) this.#dueItems.add(item);
      this.#marked = new Set();
      this.#due = this.#dueItems.values();
      this.#share = Math.ceil(this.#dueItems.size * TICK_MS / period_ms);
    }
    this.#writeSome(now + SLICE_MS);
    timers.start(TICK_MS, this, 0);
  }

  #writeSome(until: number): void {
    const { clock, write } = this.#parts;
    for (let n = 0; n < this.#share && this.#dueItems.size > 0; n++) {
      const { value, done } = this.#due!.next();
      if (done === true) return;
      this.#dueItems.delete(value);
      write(value);
      if ((n & 7) === 7 && clock.monotonic() >= until) return;
    }
  }
}
