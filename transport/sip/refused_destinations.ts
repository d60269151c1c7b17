import type { Clock } from "../../foundation/mod.ts";
import type { Destination } from "./flow.ts";

const LIMIT = 1000;
const KEPT_MS = 300_000;

/** Hosts that refused TCP lately: their large requests go by UDP at once (RFC 3261 §18.1.1). The oldest is forgotten first. */
export class RefusedDestinations {
  readonly #clock: Clock;
  readonly #until = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  add(destination: Destination): void {
    const key = keyOf(destination);
    this.#until.delete(key);
    this.#until.set(key, this.#clock.monotonic() + KEPT_MS);
    if (this.#until.size > LIMIT) this.#until.delete(this.#until.keys().next().value!);
  }

  has(destination: Destination): boolean {
    if (this.#until.size === 0) return false;
    const until = this.#until.get(keyOf(destination));
    if (until === undefined) return false;
    if (until > this.#clock.monotonic()) return true;
    this.#until.delete(keyOf(destination));
    return false;
  }
}

function keyOf({ host, port }: Destination): string {
  return `${host} ${port}`;
}
