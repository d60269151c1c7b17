import type { Clock } from "./clock.ts";

/** A state machine that is its own timer target: starting a timer makes no closure. */
export interface Timed {
  /** Called once when the timer is due. `kind` is whatever the owner passed to `start`. */
  onTimer(kind: number): void;
}

/** A started timer. Stopping it lets go of its owner at once; the husk leaves the queue some time later. */
export class Timer {
  owner: Timed | null;
  readonly kind: number;
  readonly due: number;
  constructor(owner: Timed, kind: number, due: number) {
    this.owner = owner;
    this.kind = kind;
    this.due = due;
  }
  stop(): void {
    this.owner = null;
  }
}

/** Starts timers. Resolution is that of the sweep (100 ms in the appliance). */
export interface Timers {
  start(delay_ms: number, owner: Timed, kind: number): Timer;
}

/** Entries from which on a queue is searched for husks. */
const COMPACT_FROM = 1024;

/** First in, first out for one delay: all entries wait equally long, so the head is always the next one due. */
class DelayQueue {
  #items: (Timer | null)[] = [];
  #head = 0;
  #compactAt = COMPACT_FROM;

  push(timer: Timer): void {
    if (this.#items.length >= this.#compactAt) this.#compact();
    this.#items.push(timer);
  }

  /**
   * Lets stopped timers go before they are due. Nearly every timer of a transaction is stopped within milliseconds: kept for
   * 32 s, the husks grow old and the collector has to mark and move each of them. After a search at least as many entries
   * come in as stayed, so the searches cost a constant for each entry.
   */
  #compact(): void {
    const items = this.#items;
    let kept = 0;
    for (let i = this.#head; i < items.length; i++) {
      const timer = items[i]!;
      if (timer.owner !== null) items[kept++] = timer;
    }
    items.length = kept;
    this.#head = 0;
    this.#compactAt = Math.max(COMPACT_FROM, 2 * kept);
  }

  /** Fires every timer due at `now`; returns true when the queue ran empty. */
  sweep(now: number, onError: (error: unknown) => void): boolean {
    const items = this.#items;
    while (this.#head < items.length) {
      const timer = items[this.#head]!;
      // A stopped timer at the head is dropped early: nobody waits for it.
      if (timer.owner !== null && timer.due > now) break;
      items[this.#head++] = null;
      const owner = timer.owner;
      if (owner === null) continue;
      timer.owner = null;
      try {
        owner.onTimer(timer.kind);
      } catch (error) {
        onError(error);
      }
    }
    if (this.#head === items.length) {
      this.#items = [];
      this.#head = 0;
      return true;
    }
    if (this.#head > 4096 && this.#head * 2 > items.length) {
      this.#items = items.slice(this.#head);
      this.#head = 0;
    }
    return false;
  }

  get length(): number {
    return this.#items.length - this.#head;
  }
}

/** Delays from which on a coarser step is enough: [above this many ms, step in ms]. Together fewer than 10,000 queues. */
const STEPS: readonly (readonly [number, number])[] = [
  [86_400_000, 600_000],
  [7_200_000, 60_000],
  [600_000, 10_000],
  [60_000, 1_000],
];
const FINE = 100;

/** A delay rounded up to its step: never early, and late by 1/60 at most. */
function stepped(delay_ms: number): number {
  if (delay_ms <= FINE) return FINE;
  // By index: each transaction comes by here, and an iterator is an object.
  for (let i = 0; i < STEPS.length; i++) {
    const step = STEPS[i];
    if (delay_ms > step[0]) return Math.ceil(delay_ms / step[1]) * step[1];
  }
  return Math.ceil(delay_ms / FINE) * FINE;
}

/**
 * One queue for each delay, swept together: a transaction's timers cost a push, not a `setTimeout`. Protocol timers come
 * in few delays (T1, T2, 64*T1 …); any other delay is rounded up to a step (100 ms up to a minute, then 1 s, from ten
 * minutes 10 s, from two hours a minute, from a day ten minutes), so the number of queues stays small.
 */
export class TimerQueues implements Timers {
  readonly #clock: Clock;
  readonly #onError: (error: unknown) => void;
  readonly #queues = new Map<number, DelayQueue>();
  #interval: ReturnType<typeof setInterval> | undefined;

  constructor(clock: Clock, onError: (error: unknown) => void) {
    this.#clock = clock;
    this.#onError = onError;
  }

  start(delay_ms: number, owner: Timed, kind: number): Timer {
    const delay = stepped(delay_ms);
    let queue = this.#queues.get(delay);
    if (queue === undefined) this.#queues.set(delay, queue = new DelayQueue());
    const timer = new Timer(owner, kind, this.#clock.monotonic() + delay);
    queue.push(timer);
    return timer;
  }

  /** Fires what is due. An owner that throws is reported and stops nobody else. */
  sweep(): void {
    const now = this.#clock.monotonic();
    for (const [delay, queue] of this.#queues) {
      if (queue.sweep(now, this.#onError)) this.#queues.delete(delay);
    }
  }

  /** Sweeps by itself until `stop`. */
  run(every_ms = 100): void {
    this.#interval ??= setInterval(() => this.sweep(), every_ms);
  }

  stop(): void {
    clearInterval(this.#interval);
    this.#interval = undefined;
  }

  /** Timers held, stopped ones that have not left yet included. */
  get size(): number {
    let size = 0;
    for (const queue of this.#queues.values()) size += queue.length;
    return size;
  }
}
