/**
 * Work that is carried out one after the other for each key, and side by side for different keys. Keeps nothing of a key without
 * work; how much of it may wait is for the caller to bound.
 */
export class Turns {
  readonly #lines = new Map<string, { last: Promise<void>; count: number }>();

  /**
   * Runs `work` when all before it with this key are done: at once, inside the call, where there is none. Settles as it does. `work`
   * rejects rather than throws, and takes no turn of its own key, for which it would wait for ever.
   */
  run<T>(key: string, work: () => Promise<T>): Promise<T> {
    const line = this.#lines.get(key);
    const result = line === undefined ? work() : line.last.then(work);
    const mine = line ?? { last: Promise.resolve(), count: 0 };
    const done = () => {
      if (--mine.count === 0) this.#lines.delete(key);
    };
    mine.count++;
    // The caller has the error; the next in turn starts all the same.
    mine.last = result.then(done, done);
    if (line === undefined) this.#lines.set(key, mine);
    return result;
  }

  /** Work of a key that is under way or waits. */
  waiting(key: string): number {
    return this.#lines.get(key)?.count ?? 0;
  }

  /** Keys with work under way. */
  get size(): number {
    return this.#lines.size;
  }
}
