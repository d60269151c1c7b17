import type { Committed, States, StorageError } from "../../../../storage/mod.ts";

/** States in memory: a commit in the next microtask, lazy ones only at `flush`. For tests only. */
export class MemoryStates implements States {
  #stored: Map<string, string>;
  #lazy = new Map<string, unknown>();
  failure: Error | null = null;
  /** It is written, and its writer is told that it failed. */
  failsAfterwards = false;

  constructor(stored: Map<string, string> = new Map()) {
    this.#stored = stored;
  }

  get size(): number {
    return this.#stored.size;
  }

  *load(): Iterable<readonly [string, unknown]> {
    for (const [name, value] of this.#stored) yield [name, JSON.parse(value)];
  }

  save(name: string, value: unknown, lazily: boolean, done: Committed | null): void {
    if (this.failure !== null) {
      const failure = this.failure as StorageError;
      return queueMicrotask(() => done?.(failure));
    }
    if (lazily) this.#lazy.set(name, structuredClone(value));
    else {
      this.#lazy.delete(name);
      if (value === null) this.#stored.delete(name);
      else this.#stored.set(name, JSON.stringify(value));
    }
    const failure = this.failsAfterwards ? new Error("no answer") as StorageError : null;
    queueMicrotask(() => done?.(failure));
  }

  flush(): void {
    for (const [name, value] of this.#lazy) this.save(name, value, false, null);
  }

  /** What is there after a kill: nothing lazy. */
  afterKill(): MemoryStates {
    return new MemoryStates(new Map(this.#stored));
  }
}
