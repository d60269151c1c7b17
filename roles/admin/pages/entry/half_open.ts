import { type Clock, randomToken } from "../../../../foundation/mod.ts";

const LIFE_MS = 3 * 60_000;
const MOST = 100;
const MOST_TRIES = 5;

/** A log-in whose password was right and whose code is still to come. */
interface HalfOpen {
  readonly name: string;
  readonly password: string;
  /** Token of the forms of that browser: nobody else goes on with it. */
  readonly holder: string;
  readonly until: number;
  tries: number;
}

/**
 * Between password and code the password stays here, in memory, for three minutes, so that it is neither asked for twice nor
 * written into a page. The oldest ones make room.
 */
export class HalfOpenLogIns {
  readonly #clock: Clock;
  readonly #waiting = new Map<string, HalfOpen>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Gives the ticket that the form carries. */
  begin(name: string, password: string, holder: string): string {
    const now = this.#clock.monotonic();
    for (const [ticket, { until }] of this.#waiting) {
      if (until <= now || this.#waiting.size >= MOST) this.#waiting.delete(ticket);
    }
    const ticket = randomToken(32);
    this.#waiting.set(ticket, { name, password, holder, until: now + LIFE_MS, tries: 0 });
    return ticket;
  }

  /** What to log in with; null where it is too late, or after too many tries. */
  take(ticket: string, holder: string): { readonly name: string; readonly password: string } | null {
    const found = this.#waiting.get(ticket);
    if (found === undefined || found.holder !== holder) return null;
    if (found.until <= this.#clock.monotonic() || ++found.tries > MOST_TRIES) {
      this.#waiting.delete(ticket);
      return null;
    }
    return found;
  }

  end(ticket: string): void {
    this.#waiting.delete(ticket);
  }

  get size(): number {
    return this.#waiting.size;
  }
}
