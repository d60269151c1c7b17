import type { States } from "../../../storage/mod.ts";

export interface OverLimits {
  readonly over_ms: number;
  readonly over: number;
}

/** URIs of rooms that have ended: known for a day, and not given to another (oma-reference §3.3.6). The oldest go first where they are many. */
export class OverRooms {
  /** Ids, and when that was (wall time, ms), the oldest first. */
  readonly #ended = new Map<string, number>();
  readonly #states: States;
  readonly #limits: OverLimits;

  constructor(states: States, limits: OverLimits) {
    this.#states = states;
    this.#limits = limits;
  }

  get size(): number {
    return this.#ended.size;
  }
  has(id: string): boolean {
    return this.#ended.has(id);
  }

  /** What was kept, in any order. */
  restore(ended: Iterable<readonly [id: string, at: number]>): void {
    for (const [id, at] of [...ended].sort((a, b) => a[1] - b[1])) this.#ended.set(id, at);
  }

  add(id: string, at: number): void {
    this.#ended.set(id, at);
    if (this.#ended.size > this.#limits.over) this.#forget(this.#ended.keys().next().value!);
  }

  /** Now and then. */
  sweep(now: number): void {
    for (const [id, at] of this.#ended) {
      // A clock that was set back ends nothing early, and keeps nothing for ever.
      if (Math.abs(now - at) < this.#limits.over_ms) return;
      this.#forget(id);
    }
  }

  #forget(id: string): void {
    this.#ended.delete(id);
    this.#states.save(id, null, true, null);
  }
}
