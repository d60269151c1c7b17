/** Work that is carried out one after the other for each key, and side by side for different keys. Bounded by `most` per key. */
export class Turns {
  readonly #last = new Map<string, { work: Promise<unknown>; waiting: number }>();
  readonly #most: number;

  constructor(most: number) {
    this.#most = most;
  }

  /** Runs `work` when everybody before it is done; undefined, at once, where too many wait already. */
  run<T>(key: string, work: () => Promise<T>): Promise<T> | undefined {
    const line = this.#last.get(key);
    return line !== undefined && line.waiting >= this.#most ? undefined : this.runAnyway(key, work);
  }

  /** The same for work that may not be turned away. */
  runAnyway<T>(key: string, work: () => Promise<T>): Promise<T> {
    const line = this.#last.get(key) ?? { work: Promise.resolve(), waiting: 0 };
    line.waiting++;
    const done = line.work.then(work);
    line.work = done.then(ignore, ignore).then(() => {
      if (--line.waiting === 0) this.#last.delete(key);
    });
    this.#last.set(key, line);
    return done;
  }

  /** Keys with work under way. */
  get size(): number {
    return this.#last.size;
  }
}

function ignore(): void {}
