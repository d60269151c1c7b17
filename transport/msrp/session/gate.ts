import type { Connection, Room, RoomWaiter } from "../connection.ts";

/** What stops reading on a connection while somebody cannot take more. */
export class Gate implements Room {
  readonly #waiters: RoomWaiter[] = [];
  /** Those who hold it shut. */
  readonly #holders = new Set<object>();

  get open(): boolean {
    return true;
  }
  get full(): boolean {
    return this.#holders.size > 0;
  }

  whenRoom(waiter: RoomWaiter): void {
    this.#waiters.push(waiter);
  }

  /** Nothing more is read from `connection` until every holder let go. What has been read already still comes. */
  shut(holder: object, connection: Connection | null): void {
    const first = this.#holders.size === 0;
    this.#holders.add(holder);
    if (first && connection !== null) connection.holdFor(this);
  }

  release(holder: object): void {
    if (!this.#holders.delete(holder) || this.#holders.size > 0) return;
    for (const waiter of this.#waiters.splice(0)) waiter.onRoom(this);
  }

  releaseAll(): void {
    this.#holders.clear();
    for (const waiter of this.#waiters.splice(0)) waiter.onRoom(this);
  }
}
