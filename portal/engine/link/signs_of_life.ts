import type { Timed, Timer, Timers } from "../../../foundation/mod.ts";

/** Between signs of life, and how long one may take; after a sleep nobody wants to wait. */
const EVERY_MS = 25_000, PATIENCE_MS = 10_000, WOKEN_PATIENCE_MS = 5_000;
const ASK = 0, LATE = 1;

/** Who wants to know. */
export interface LifeUser {
  ping(): void;
  /** Nothing has come in time. */
  dead(): void;
}

/**
 * Finds out about a connection that is dead and does not know it (a network that was changed, a machine that has slept): asks for a sign of life
 * now and then (RFC 5626 §4.4.1). Whatever comes is one.
 */
export class SignsOfLife implements Timed {
  readonly #timers: Timers;
  readonly #user: LifeUser;
  #timer: Timer | null = null;
  #asked = false;
  #heard = false;

  constructor(timers: Timers, user: LifeUser) {
    this.#timers = timers;
    this.#user = user;
  }

  /** A sign is awaited. */
  get asked(): boolean {
    return this.#asked;
  }

  begin(): void {
    this.end();
    this.#timer = this.#timers.start(EVERY_MS, this, ASK);
  }

  end(): void {
    this.#timer?.stop();
    this.#timer = null;
    this.#asked = false;
  }

  heard(): void {
    this.#heard = true;
  }

  /** Somebody has come back: they are to know soon. */
  askNow(): void {
    this.#ask(WOKEN_PATIENCE_MS);
  }

  onTimer(kind: number): void {
    if (kind === ASK) return this.#ask(PATIENCE_MS);
    if (this.#heard) this.begin();
    else this.#user.dead();
  }

  #ask(patience_ms: number): void {
    this.end();
    this.#asked = true;
    this.#heard = false;
    this.#timer = this.#timers.start(patience_ms, this, LATE);
    this.#user.ping();
  }
}
