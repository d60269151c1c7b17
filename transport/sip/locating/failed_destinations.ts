import type { Clock } from "../../../foundation/mod.ts";
import type { Destination } from "../flow.ts";

/** How long a destination that did not answer comes last. */
const PENALTY_MS = 60_000;
const MAX = 1000;

/** Destinations that failed lately (RFC 3263 §4.3): tried again only after all others, until a minute has passed. */
export class FailedDestinations {
  readonly #clock: Clock;
  readonly #until = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  add(destination: Destination): void {
    const key = keyOf(destination);
    this.#until.delete(key);
    if (this.#until.size >= MAX) {
      for (const oldest of this.#until.keys()) {
        this.#until.delete(oldest);
        break;
      }
    }
    this.#until.set(key, this.#clock.monotonic() + PENALTY_MS);
  }

  /** The same destinations, failed ones moved to the end; the very same array where there is nothing to move. */
  last(destinations: readonly Destination[]): readonly Destination[] {
    if (this.#until.size === 0 || destinations.length < 2) return destinations;
    const good: Destination[] = [];
    const bad: Destination[] = [];
    for (const destination of destinations) (this.#isFailed(destination) ? bad : good).push(destination);
    return bad.length === 0 ? destinations : [...good, ...bad];
  }

  #isFailed(destination: Destination): boolean {
    const key = keyOf(destination);
    const until = this.#until.get(key);
    if (until === undefined) return false;
    if (until > this.#clock.monotonic()) return true;
    this.#until.delete(key);
    return false;
  }
}

function keyOf({ transport, host, port }: Destination): string {
  return `${transport} ${host} ${port}`;
}
