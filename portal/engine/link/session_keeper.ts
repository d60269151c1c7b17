import type { Clock } from "../../../foundation/mod.ts";
import type { SessionAnswer } from "../doors.ts";

/** A page's clock may be far from the service's: a session is not asked for more often, whatever its end seems to be. */
const LEAST_LIFE_MS = 60_000;
const MOST_LIFE_MS = 86_400_000;
/** The part of its life after which it is asked for again. */
const USED = 0.8;

/** The session of the page, and when to ask for the next one. */
export class SessionKeeper {
  readonly #clock: Clock;
  #session: SessionAnswer;
  #renewAt = 0;

  constructor(clock: Clock, session: SessionAnswer) {
    this.#clock = clock;
    this.#session = session;
    this.take(session);
  }

  get session(): SessionAnswer {
    return this.#session;
  }

  /** It is another one now. */
  take(session: SessionAnswer): void {
    this.#session = session;
    const now = this.#clock.now();
    const life = Math.min(Math.max(session.expires_at - now, LEAST_LIFE_MS), MOST_LIFE_MS);
    // 0: no credentials at all yet.
    this.#renewAt = session.expires_at === 0 ? now : now + life * USED;
  }

  /** Milliseconds until it is time. By the wall clock: the other one stands still while the machine sleeps. */
  get dueIn(): number {
    return Math.max(0, this.#renewAt - this.#clock.now());
  }
}
