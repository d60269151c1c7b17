import type { Clock, Timed, Timers } from "../../foundation/mod.ts";

/** How often it looks, while there is anything to look at: one timer for many questions. */
const LOOK_MS = 1000;

export interface AnswerWatchOptions {
  readonly clock: Clock;
  readonly timers: Timers;
  /** How long one answer may take. */
  readonly patience_ms: number;
  /** Called once when an answer is overdue, with the reason in words. */
  readonly onSilent: (reason: string) => void;
  /** Called when it came after all, or failed. */
  readonly onAnswer: () => void;
}

/**
 * Watches over one question to the store at a time. The client of a KV Connect service asks again and again, without end and
 * without a word, and cannot be called off; so those who wait are told, and the question stays.
 */
export class AnswerWatch implements Timed {
  readonly #options: AnswerWatchOptions;
  /** -1 when nothing is asked. */
  #askedAt = -1;
  #watching = false;
  #silent = false;

  constructor(options: AnswerWatchOptions) {
    this.#options = options;
  }

  /** Why nothing comes, once an answer is overdue; null otherwise. */
  get reason(): string | null {
    const { clock, patience_ms } = this.#options;
    const waited = this.#askedAt < 0 ? 0 : clock.monotonic() - this.#askedAt;
    return waited < patience_ms ? null : `the store has not answered for ${Math.floor(waited / 1000)} s`;
  }

  /** What `question` gives or throws. */
  async over<T>(question: () => Promise<T>): Promise<T> {
    this.#askedAt = this.#options.clock.monotonic();
    this.#start();
    try {
      return await question();
    } finally {
      this.#askedAt = -1;
      if (this.#silent) {
        this.#silent = false;
        this.#options.onAnswer();
      }
    }
  }

  onTimer(): void {
    this.#watching = false;
    if (this.#askedAt < 0) return;
    const { reason } = this;
    if (reason === null) return this.#start();
    this.#silent = true;
    this.#options.onSilent(reason);
  }

  #start(): void {
    if (this.#watching) return;
    this.#watching = true;
    this.#options.timers.start(LOOK_MS, this, 0);
  }
}
