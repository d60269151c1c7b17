import type { Timed, Timers } from "../../foundation/mod.ts";
import { StorageError } from "../repositories.ts";

class Overdue implements Timed {
  readonly promise: Promise<never>;
  readonly #reject: (error: StorageError) => void;
  readonly #ms: number;

  constructor(ms: number) {
    const { promise, reject } = Promise.withResolvers<never>();
    this.promise = promise;
    this.#reject = reject;
    this.#ms = ms;
  }

  onTimer(): void {
    this.#reject(new StorageError("failed", `the store has not answered for ${this.#ms / 1000} s`));
  }
}

/**
 * What `answer` gives; rejects with StorageError when it takes longer than `ms`. The client of a KV Connect service asks without
 * end and cannot be called off: whoever reads goes on without it.
 */
export async function patiently<T>(answer: Promise<T>, timers: Timers, ms: number): Promise<T> {
  const overdue = new Overdue(ms);
  const timer = timers.start(ms, overdue, 0);
  try {
    return await Promise.race([answer, overdue.promise]);
  } finally {
    timer.stop();
  }
}
