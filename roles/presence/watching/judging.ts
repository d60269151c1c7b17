import type { Log, Timed, Timers } from "../../../foundation/mod.ts";

/** Presentities whose documents are read at a time, and when those are asked for again that could not be read. */
const AT_ONCE = 16, AGAIN_MS = 10_000;

/**
 * Reads the documents that decisions need, for each presentity once however many ask, and for so many at a time as do not
 * hold up others: after a restart all that are watched come together.
 */
export class Judging<T> implements Timed {
  readonly #read: (item: T) => Promise<void>;
  readonly #done: (item: T) => void;
  readonly #timers: Timers;
  readonly #log: Log;
  readonly #line = new Set<T>();
  readonly #running = new Set<T>();
  readonly #failed = new Set<T>();

  constructor({ read, done, timers, log }: {
    readonly read: (item: T) => Promise<void>;
    readonly done: (item: T) => void;
    readonly timers: Timers;
    readonly log: Log;
  }) {
    this.#read = read;
    this.#done = done;
    this.#timers = timers;
    this.#log = log;
  }

  /** `done` is called once what is there from now on has been read. */
  add(item: T): void {
    this.#failed.delete(item);
    this.#line.add(item);
    this.#next();
  }

  /** True while it waits, is being read, or is to be tried again. */
  has(item: T): boolean {
    return this.#line.has(item) || this.#running.has(item) || this.#failed.has(item);
  }

  onTimer(): void {
    for (const item of this.#failed) this.#line.add(item);
    this.#failed.clear();
    this.#next();
  }

  #next(): void {
    for (const item of this.#line) {
      if (this.#running.size >= AT_ONCE) return;
      // What is read at the moment may be older than what asked.
      if (this.#running.has(item)) continue;
      this.#line.delete(item);
      this.#running.add(item);
      this.#read(item).then(() => this.#settled(item, null), (error: unknown) => this.#settled(item, error));
    }
  }

  #settled(item: T, error: unknown): void {
    this.#running.delete(item);
    if (error === null) this.#done(item);
    else {
      this.#log.warn("presence rules cannot be read: their watchers are told nothing until they can", {
        error: error instanceof Error ? error.message : String(error),
      });
      if (this.#failed.size === 0) this.#timers.start(AGAIN_MS, this, 0);
      this.#failed.add(item);
    }
    this.#next();
  }
}
