import type { Clock } from "../../../../foundation/mod.ts";
import { Held } from "../frame/held.ts";

const MOST = 100;
const MOST_TRIES = 5;

/** A log-in whose password was right and whose code is still to come. */
interface HalfOpen {
  readonly name: string;
  readonly password: string;
  tries: number;
}

/**
 * Between password and code the password stays here, in memory, for three minutes, so that it is neither asked for twice nor
 * written into a page.
 */
export class HalfOpenLogIns {
  readonly #held: Held<HalfOpen>;

  constructor(clock: Clock) {
    this.#held = new Held(clock, { life_ms: 3 * 60_000, most: MOST, octets: MOST });
  }

  /** Gives the ticket that the form carries. */
  begin(name: string, password: string, holder: string): string {
    return this.#held.put({ name, password, tries: 0 }, holder);
  }

  /** What to log in with; null where it is too late, or after too many tries. */
  take(ticket: string, holder: string): { readonly name: string; readonly password: string } | null {
    const found = this.#held.get(ticket, holder);
    if (found === null || ++found.tries <= MOST_TRIES) return found;
    this.#held.drop(ticket);
    return null;
  }

  end(ticket: string): void {
    this.#held.drop(ticket);
  }
}
