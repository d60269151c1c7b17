import type { Clock } from "../../foundation/mod.ts";

/** When guessing passwords ends. Times in seconds. */
export interface LockOutSettings {
  /** Wrong passwords for one user from one source within the window that lock it. */
  readonly attempts: number;
  readonly window: number;
  /** The first lock; each further one lasts twice as long, up to the longest. */
  readonly first_lock: number;
  readonly longest_lock: number;
  /** After so long without a wrong password everything is forgiven. */
  readonly forget: number;
  /** User and source pairs remembered. */
  readonly table: number;
}

export const DEFAULT_LOCK_OUT: LockOutSettings = {
  attempts: 5,
  window: 300,
  first_lock: 60,
  longest_lock: 3600,
  forget: 86_400,
  table: 10_000,
};

interface Suspect {
  failures: number;
  /** When the window of `failures` began, and the last failure; monotonic ms. */
  since: number;
  last: number;
  /** Locks so far. */
  strikes: number;
  lockedUntil: number;
}

/** How many of the oldest entries are looked at for one that is not locked, when room is needed. */
const LOOK = 32;

/**
 * Counts wrong passwords by user and source, so that nobody can lock a user out from elsewhere. What the name stands for is
 * the same whether there is such a user or not: the answer tells nothing.
 */
export class LockOut {
  readonly #suspects = new Map<string, Suspect>();
  readonly #given: Partial<LockOutSettings>;
  readonly #clock: Clock;

  /** `settings` are read at each failure: they may change meanwhile. */
  constructor(clock: Clock, settings: Partial<LockOutSettings> = {}) {
    this.#clock = clock;
    this.#given = settings;
  }

  get #settings(): LockOutSettings {
    return { ...DEFAULT_LOCK_OUT, ...this.#given };
  }

  /** Seconds until the next attempt is looked at; 0 when it may be now. */
  locked(name: string, source: string): number {
    if (this.#suspects.size === 0) return 0;
    const suspect = this.#suspects.get(keyOf(name, source));
    if (suspect === undefined) return 0;
    return Math.max(0, Math.ceil((suspect.lockedUntil - this.#clock.monotonic()) / 1000));
  }

  /** A wrong password. Gives the seconds it locks for; 0 when it does not. */
  failed(name: string, source: string): number {
    const settings = this.#settings;
    const now = this.#clock.monotonic();
    const key = keyOf(name, source);
    let suspect = this.#suspects.get(key);
    if (suspect === undefined || now - suspect.last > settings.forget * 1000) {
      suspect = { failures: 0, since: now, last: now, strikes: 0, lockedUntil: 0 };
    } else if (now - suspect.since > settings.window * 1000) {
      suspect.failures = 0;
      suspect.since = now;
    }
    // The table is in order of the last failure.
    this.#suspects.delete(key);
    this.#makeRoom(now);
    this.#suspects.set(key, suspect);
    suspect.failures++;
    suspect.last = now;
    // Who was locked before gets one attempt at a time.
    if (suspect.strikes === 0 && suspect.failures < settings.attempts) return 0;
    const seconds = Math.min(settings.first_lock * 2 ** Math.min(suspect.strikes, 30), settings.longest_lock);
    suspect.strikes++;
    suspect.failures = 0;
    suspect.since = now;
    suspect.lockedUntil = now + seconds * 1000;
    return seconds;
  }

  /** The right password: everything is forgiven. */
  passed(name: string, source: string): void {
    if (this.#suspects.size > 0) this.#suspects.delete(keyOf(name, source));
  }

  /** User and source pairs remembered. */
  get size(): number {
    return this.#suspects.size;
  }

  /** The oldest one that is not locked goes first, so that a flood of other names does not end a lock. */
  #makeRoom(now: number): void {
    if (this.#suspects.size < this.#settings.table) return;
    let victim: string | undefined;
    let looked = 0;
    for (const [key, suspect] of this.#suspects) {
      victim ??= key;
      if (suspect.lockedUntil <= now) {
        victim = key;
        break;
      }
      if (++looked === LOOK) break;
    }
    if (victim !== undefined) this.#suspects.delete(victim);
  }
}

function keyOf(name: string, source: string): string {
  // Names come from the wire: what is kept is bounded.
  return `${source} ${name.slice(0, 128)}`;
}
