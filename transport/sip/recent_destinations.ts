import type { Clock } from "../../foundation/mod.ts";
import type { Destination } from "./flow.ts";

const LIMIT = 1000;

/** Destinations of which something was learnt lately (no answer, no TCP). Each is forgotten after a while, the oldest first. */
export class RecentDestinations {
  readonly #clock: Clock;
  readonly #kept_ms: number;
  readonly #until = new Map<string, number>();

  constructor(clock: Clock, kept_ms: number) {
    this.#clock = clock;
    this.#kept_ms = kept_ms;
  }

  add(destination: Destination): void {
    const key = keyOf(destination);
    this.#until.delete(key);
    this.#until.set(key, this.#clock.monotonic() + this.#kept_ms);
    if (this.#until.size > LIMIT) this.#until.delete(this.#until.keys().next().value!);
  }

  has(destination: Destination): boolean {
    if (this.#until.size === 0) return false;
    const key = keyOf(destination);
    const until = this.#until.get(key);
    if (until === undefined) return false;
    if (until > this.#clock.monotonic()) return true;
    this.#until.delete(key);
    return false;
  }

  /** The same destinations, those known here moved to the end; the very same array where there is nothing to move. */
  last(destinations: readonly Destination[]): readonly Destination[] {
    if (this.#until.size === 0 || destinations.length < 2) return destinations;
    const others: Destination[] = [];
    const known: Destination[] = [];
    for (const destination of destinations) (this.has(destination) ? known : others).push(destination);
    return known.length === 0 ? destinations : [...others, ...known];
  }
}

function keyOf({ transport, host, port }: Destination): string {
  return `${transport} ${host} ${port}`;
}
