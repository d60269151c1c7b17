import type { Connection, RoomWaiter } from "./connection.ts";
import type { FaultTaker } from "./hop_transactions.ts";

/** Who waits until a connection has room. */
export class RoomWaiters {
  readonly #connection: Connection & FaultTaker;
  #waiters: Set<RoomWaiter> | null = null;

  constructor(connection: Connection & FaultTaker) {
    this.#connection = connection;
  }

  get any(): boolean {
    return this.#waiters !== null;
  }

  get size(): number {
    return this.#waiters === null ? 0 : this.#waiters.size;
  }

  /** True for the first one. */
  add(waiter: RoomWaiter): boolean {
    const waiters = this.#waiters ??= new Set();
    waiters.add(waiter);
    return waiters.size === 1;
  }

  /** In the order they came, each once. When the first ones have filled it again, the others keep their places. */
  tell(): void {
    const waiters = this.#waiters;
    if (waiters === null) return;
    let left = waiters.size;
    for (const waiter of waiters) {
      if (left-- === 0 || (this.#connection.open && this.#connection.full)) break;
      waiters.delete(waiter);
      try {
        waiter.onRoom(this.#connection);
      } catch (error) {
        this.#connection.onFault(error);
      }
    }
    if (waiters.size === 0) this.#waiters = null;
  }
}
