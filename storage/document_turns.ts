import { StorageError } from "./repositories.ts";

/** Writers that wait, and octets (about) that they hold meanwhile. */
const MAX_WAITING = 10_000;
const MAX_OCTETS = 64 * 1024 * 1024;

/** Work that is carried out one after the other for each owner, and side by side for different ones. */
export class DocumentTurns {
  readonly #last = new Map<string, Promise<void>>();
  #waiting = 0;
  #octets = 0;

  /** Runs `work` when all before it are done. Rejects as it does, or with StorageError when too many wait. */
  run<T>(owner: string, octets: number, work: () => Promise<T>): Promise<T> {
    if (this.#waiting >= MAX_WAITING || this.#octets + octets > MAX_OCTETS) {
      const text = `queue full: ${this.#waiting} changes of ${this.#octets} octets wait for documents ` +
        `(at most ${MAX_WAITING} and ${MAX_OCTETS})`;
      return Promise.reject(new StorageError("failed", text));
    }
    this.#waiting++;
    this.#octets += octets;
    const before = this.#last.get(owner);
    const result = before === undefined ? work() : before.then(work);
    const done = () => {
      this.#waiting--;
      this.#octets -= octets;
      if (this.#last.get(owner) === over) this.#last.delete(owner);
    };
    // The caller has the error; the next in turn starts all the same.
    const over = result.then(done, done);
    this.#last.set(owner, over);
    return result;
  }
}
