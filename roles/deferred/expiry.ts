import type { Clock, Log, Timed, Timer, Timers } from "../../foundation/mod.ts";
import type { DeferredEntry, DeferredMessage, DeferredMessages } from "../../storage/mod.ts";
import type { DeliveryNotes } from "./delivery_notes.ts";

export interface ExpiryParts {
  readonly store: Pick<DeferredMessages, "nextExpiry" | "expiring" | "expire" | "read">;
  readonly notes: DeliveryNotes;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: Log;
  /** Tells the sender where that was asked for; a promise where the content is read first, which then stays so long. */
  readonly undelivered: (message: DeferredMessage) => void | Promise<void>;
  /** It is gone. */
  readonly forget: (entry: DeferredEntry) => void;
}

/** Everything is looked after so often, whatever expires: the store tidies what it could not write, too. */
const SWEEP_MS = 60_000;
/** A wall clock that has run ahead of the other one by so much between two sweeps has been set. */
const SET_MS = 600_000;
/** What is over by a clock that was set forward stays so long: it may have been a mistake, which somebody puts right. */
const DOUBT_MS = 3_600_000;

/**
 * The end of messages that nobody took in time, to the second: told first, then removed, so that a crash between tells it again.
 */
export class Expiry implements Timed {
  readonly #parts: ExpiryParts;
  #timer: Timer | null = null;
  /** What expires before this was not known when the sweep was planned. Wall time, ms. */
  #by = -Infinity;
  #sweeping = false;
  /** How far wall time is ahead of monotonic time. */
  #ahead = 0;
  /** When the wall clock is believed, by the other one. */
  #believed = -Infinity;

  constructor(parts: ExpiryParts) {
    this.#parts = parts;
  }

  start(): void {
    const { clock } = this.#parts;
    this.#ahead = clock.now() - clock.monotonic();
    this.#plan();
  }

  stop(): void {
    this.#timer?.stop();
    this.#by = -Infinity;
  }

  /** A message was stored: it may be the next one to expire. */
  stored(): void {
    if (this.#parts.store.nextExpiry < this.#by) this.#plan();
  }

  onTimer(): void {
    const { clock } = this.#parts;
    this.#sweep(clock.now(), clock.monotonic());
    this.#plan();
  }

  #plan(): void {
    const { store, clock, timers } = this.#parts;
    const now = clock.now();
    this.#by = Math.min(store.nextExpiry, now + SWEEP_MS);
    // Whole seconds: timers of one delay share a queue.
    const seconds = Math.max(1, Math.ceil((this.#by - now) / 1000));
    this.#timer?.stop();
    this.#timer = timers.start(seconds * 1000, this, 0);
  }

  /** One at a time; what expires meanwhile is for the next one. */
  #sweep(now: number, monotonic: number): void {
    if (this.#sweeping || this.#doubts(now - monotonic, monotonic)) return;
    const { store, log } = this.#parts;
    const entries = store.expiring(now);
    if (entries.length === 0) return this.#remove(now);
    this.#sweeping = true;
    this.#tell(entries).catch((error: Error) => {
      log.error("expired messages could not be told of", { error: error.stack ?? error.message });
    }).finally(() => {
      this.#sweeping = false;
      this.#remove(now);
    });
  }

  /** A clock set forward by mistake would end everything that waits, in one moment and for good. */
  #doubts(ahead: number, monotonic: number): boolean {
    const set = ahead - this.#ahead;
    this.#ahead = ahead;
    if (set > SET_MS) {
      this.#believed = monotonic + DOUBT_MS;
      this.#parts.log.warn("the clock was set forward: for an hour nothing expires", { by_s: Math.round(set / 1000) });
    } else if (set < -SET_MS) this.#believed = monotonic;
    return monotonic < this.#believed;
  }

  async #tell(entries: readonly DeferredEntry[]): Promise<void> {
    const { store, notes, log, undelivered } = this.#parts;
    for (const entry of entries) {
      const message = await store.read(entry.id, true).catch((error: Error) => {
        log.warn("expired message could not be read", { id: entry.id, error: error.message });
        return null;
      });
      notes.expired(entry, message);
      if (message === null) continue;
      try {
        await undelivered(message);
      } catch (error) {
        // The others' senders are told all the same.
        log.error("an expired message could not be told of", { id: entry.id, error: String(error) });
      }
    }
  }

  #remove(now: number): void {
    for (const entry of this.#parts.store.expire(now)) this.#parts.forget(entry);
  }
}
