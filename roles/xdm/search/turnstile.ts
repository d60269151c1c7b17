import type { Clock } from "../../../foundation/mod.ts";
import { SearchRefusal } from "./search_refusal.ts";

/** How often people search. */
export interface SearchRates {
  /** Searches that one user may make at once, */
  readonly burst: number;
  /** and ms after which there is one more. */
  readonly every_ms: number;
  /** Searches of all users at the same time. */
  readonly concurrent: number;
  /** Users whose rate is remembered. */
  readonly users: number;
}

export const SEARCH_RATES: SearchRates = { burst: 30, every_ms: 3000, concurrent: 32, users: 20_000 };

interface Rate {
  left: number;
  /** Monotonic. */
  at: number;
  searching: boolean;
}

/** Lets in one search of a user at a time, and not too many in a row: nobody reads the whole directory by searching. */
export class Turnstile {
  readonly #clock: Clock;
  readonly #rates: SearchRates;
  readonly #users = new Map<string, Rate>();
  #inside = 0;

  constructor(clock: Clock, rates: SearchRates = SEARCH_RATES) {
    this.#clock = clock;
    this.#rates = rates;
  }

  /** Runs `work` in the user's turn. Rejects with SearchRefusal `busy`. */
  async through<T>(user: string, work: () => Promise<T>): Promise<T> {
    const rate = this.#enter(user);
    try {
      return await work();
    } finally {
      rate.searching = false;
      this.#inside--;
    }
  }

  #enter(user: string): Rate {
    const { burst, every_ms, concurrent } = this.#rates;
    const now = this.#clock.monotonic();
    const rate = this.#users.get(user) ?? { left: burst, at: now, searching: false };
    if (rate.searching) throw new SearchRefusal("busy", "Another search of yours is still going on.", 1);
    if (this.#inside >= concurrent) throw new SearchRefusal("busy", "Too many people search at the moment.", 1);
    const gained = Math.floor((now - rate.at) / every_ms);
    if (gained > 0) {
      rate.left = Math.min(burst, rate.left + gained);
      rate.at += gained * every_ms;
    }
    if (rate.left === 0) {
      const wait = Math.ceil((rate.at + every_ms - now) / 1000);
      throw new SearchRefusal("busy", `You have searched ${burst} times in a row; the next one is in ${wait} s.`, wait);
    }
    if (rate.left === burst) rate.at = now;
    rate.left--;
    rate.searching = true;
    this.#inside++;
    // In order of their last search: the one in front has waited the longest.
    this.#users.delete(user);
    this.#users.set(user, rate);
    this.#makeRoom(user);
    return rate;
  }

  #makeRoom(newest: string): void {
    for (const [user, { searching }] of this.#users) {
      if (this.#users.size <= this.#rates.users || user === newest) return;
      if (!searching) this.#users.delete(user);
    }
  }
}
