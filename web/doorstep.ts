import type { Timed, Timer, Timers } from "../foundation/mod.ts";
import type { FrontMeters } from "./front_meters.ts";

/** One connection that has not said yet what it wants. */
export interface Newcomer {
  destroy(): void;
}

/** How many may stand there at once, and for how many ms each. */
export interface DoorstepLimits {
  readonly waiting: number;
  readonly first_head_ms: number;
}

/**
 * Connections from their first octet to the end of their first head, TLS handshakes included. Each has its time, whatever
 * trickles in; where one more comes than there is room for, the one that has stood longest goes: who means it is quick.
 */
export class Doorstep {
  readonly #limits: DoorstepLimits;
  readonly #timers: Timers;
  readonly #meters: FrontMeters;
  /** Oldest first. */
  readonly #waiting = new Map<string, Wait>();

  constructor(limits: DoorstepLimits, timers: Timers, meters: FrontMeters) {
    this.#limits = limits;
    this.#timers = timers;
    this.#meters = meters;
  }

  get size(): number {
    return this.#waiting.size;
  }

  /** `key`: address and port of the far end. */
  add(key: string, newcomer: Newcomer): void {
    if (this.#waiting.size >= this.#limits.waiting) {
      const [[oldest, wait]] = this.#waiting;
      this.remove(oldest);
      this.#meters.crowded.add();
      wait.newcomer.destroy();
    }
    const wait = new Wait(newcomer, () => {
      this.#waiting.delete(key);
      this.#meters.silent.add();
      newcomer.destroy();
    });
    wait.timer = this.#timers.start(this.#limits.first_head_ms, wait, 0);
    this.#waiting.set(key, wait);
  }

  /** It has said what it wants, or is gone. */
  remove(key: string): void {
    this.#waiting.get(key)?.timer?.stop();
    this.#waiting.delete(key);
  }
}

class Wait implements Timed {
  readonly newcomer: Newcomer;
  readonly onTimer: () => void;
  timer: Timer | null = null;

  constructor(newcomer: Newcomer, onTimer: () => void) {
    this.newcomer = newcomer;
    this.onTimer = onTimer;
  }
}
