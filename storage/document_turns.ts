import { Turns } from "../foundation/mod.ts";
import { StorageError } from "./repositories.ts";

/** Writers that wait, and octets (about) that they hold meanwhile. */
const MAX_WAITING = 10_000;
const MAX_OCTETS = 64 * 1024 * 1024;

/** Changes of documents in turn for each owner, and no more of them than there is room for. */
export class DocumentTurns {
  readonly #turns = new Turns();
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
    return this.#turns.run(owner, work).finally(() => {
      this.#waiting--;
      this.#octets -= octets;
    });
  }
}
