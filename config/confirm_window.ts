import type { Clock, Timed, Timer, Timers } from "../foundation/mod.ts";

/** A restart that has not come by then, beyond the time to confirm, does not come any more. */
const GRACE_MS = 30_000;

export interface ConfirmWindowOptions {
  readonly clock: Clock;
  readonly timers: Timers;
  /** Of the candidate. */
  readonly version: number;
  readonly patience_ms: number;
  /** Monotonic ms at which it came into force; null: a restart brings it into force. */
  readonly since: number | null;
  readonly onEnd: () => void;
}

/** The time in which a candidate must be confirmed. */
export class ConfirmWindow implements Timed {
  readonly version: number;
  readonly patience_ms: number;
  readonly inForce: boolean;
  /** As `SettingsHandover` has it. */
  readonly since: number;
  readonly #deadline: number;
  readonly #clock: Clock;
  readonly #onEnd: () => void;
  readonly #timer: Timer;

  constructor({ clock, timers, version, patience_ms, since, onEnd }: ConfirmWindowOptions) {
    const now = clock.monotonic();
    this.version = version;
    this.patience_ms = patience_ms;
    this.inForce = since !== null;
    this.since = since ?? 0;
    this.#deadline = (since ?? now) + patience_ms;
    this.#clock = clock;
    this.#onEnd = onEnd;
    this.#timer = timers.start(Math.max(0, this.#deadline - now) + (this.inForce ? 0 : GRACE_MS), this, 0);
  }

  get over(): boolean {
    return this.#clock.monotonic() >= this.#deadline;
  }

  /** Wall time; an estimate while the candidate is not in force. */
  get confirmBefore(): number {
    return Math.round(this.#clock.now() + this.#deadline - this.#clock.monotonic());
  }

  stop(): void {
    this.#timer.stop();
  }

  onTimer(): void {
    this.#onEnd();
  }
}
