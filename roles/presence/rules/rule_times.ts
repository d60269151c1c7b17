import type { Clock, Timed, Timer, Timers } from "../../../foundation/mod.ts";

/** What the times of rules stand on. */
export interface RuleTimesParts {
  readonly clock: Clock;
  readonly timers: Timers;
  /** Told of each whose time has come, once: what holds from now on is to be said anew. */
  readonly passed: (owner: string) => void;
}

interface Span {
  readonly from: number;
  readonly until: number;
}

/** The wall clock may be set to another time while nothing is due: it is looked at so often. */
const LOOK_MS = 60_000;
/** Owners told in one turn. */
const SLICE = 500;

/**
 * When somebody's rules become others because time passes (`validity`, RFC 4745 §7.4): one span for each user with such rules,
 * within which they stay what they are.
 */
export class RuleTimes implements Timed {
  readonly #parts: RuleTimesParts;
  readonly #spans = new Map<string, Span>();
  #timer: Timer | null = null;

  constructor(parts: RuleTimesParts) {
    this.#parts = parts;
  }

  get size(): number {
    return this.#spans.size;
  }

  /** @param boundaries wall clock, ms, in order: when a rule begins or ends to hold */
  watch(owner: string, boundaries: readonly number[]): void {
    const now = this.#parts.clock.now();
    const next = boundaries.findIndex((at) => at > now);
    if (next < 0) {
      this.#spans.delete(owner);
      return;
    }
    this.#spans.set(owner, { from: boundaries[next - 1] ?? -Infinity, until: boundaries[next] });
    this.#wake(boundaries[next] - now);
  }

  forget(owner: string): void {
    this.#spans.delete(owner);
  }

  onTimer(): void {
    const { clock, passed } = this.#parts;
    this.#timer = null;
    const now = clock.now(), due: string[] = [];
    let next = Infinity;
    for (const [owner, { from, until }] of this.#spans) {
      if (now >= from && now < until) next = Math.min(next, until);
      else if (due.push(owner) >= SLICE) {
        next = now;
        break;
      }
    }
    for (const owner of due) this.#spans.delete(owner);
    if (this.#spans.size > 0) this.#wake(next - now);
    for (const owner of due) passed(owner);
  }

  #wake(delay_ms: number): void {
    const { clock, timers } = this.#parts;
    const delay = Math.min(delay_ms, LOOK_MS);
    if (this.#timer !== null) {
      if (this.#timer.due <= clock.monotonic() + delay) return;
      this.#timer.stop();
    }
    this.#timer = timers.start(delay, this, 0);
  }
}
