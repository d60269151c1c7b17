import type { Clock, Timed, Timers } from "../../../foundation/mod.ts";

export interface ChangesParts<T> {
  readonly clock: Clock;
  readonly timers: Timers;
  /** How long is worked at a stretch, ms. */
  readonly slice_ms: number;
  readonly work: (item: T) => void;
  readonly failed: (error: unknown, item: T) => void;
}

/**
 * What is to be looked at because of something that happened: once for all that happens in one turn of the event loop, at its end;
 * where that are thousands, in slices, so that others have their turn in between.
 */
export class Changes<T> implements Timed {
  readonly #parts: ChangesParts<T>;
  readonly #items = new Set<T>();
  #scheduled = false;
  readonly #run = () => this.onTimer();

  constructor(parts: ChangesParts<T>) {
    this.#parts = parts;
  }

  add(item: T): void {
    this.#items.add(item);
    if (this.#scheduled) return;
    this.#scheduled = true;
    queueMicrotask(this.#run);
  }

  /** What waits. */
  get size(): number {
    return this.#items.size;
  }

  onTimer(): void {
    const { clock, timers, slice_ms, work, failed } = this.#parts;
    const until = clock.monotonic() + slice_ms;
    for (const item of this.#items) {
      this.#items.delete(item);
      try {
        work(item);
      } catch (error) {
        failed(error, item);
      }
      if (this.#items.size > 0 && clock.monotonic() >= until) {
        timers.start(0, this, 0);
        return;
      }
    }
    this.#scheduled = false;
  }
}
