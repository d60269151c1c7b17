import type { Clock } from "./clock.ts";
import { TimerQueues } from "./timers.ts";

/** A clock that stands still until told, with timers that fire in its time. For tests only. */
export class FakeTime implements Clock {
  #wall: number;
  #monotonic = 1_000;
  readonly timers: TimerQueues;

  constructor(start = Date.UTC(2026, 0, 1)) {
    this.#wall = start;
    this.timers = new TimerQueues(this, (error) => {
      throw error;
    });
  }
  now(): number {
    return this.#wall;
  }
  monotonic(): number {
    return this.#monotonic;
  }
  /** Lets `ms` pass in steps of the sweep, so that a timer started by a timer fires in order. */
  advance(ms: number): void {
    for (let left = ms; left > 0; left -= 100) {
      const step = Math.min(100, left);
      this.#wall += step;
      this.#monotonic += step;
      this.timers.sweep();
    }
  }
  /** The wall clock is set to another time, as an administrator or NTP would; monotonic time goes on. */
  jump(ms: number): void {
    this.#wall += ms;
  }
}
