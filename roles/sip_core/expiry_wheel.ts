/** What can wait in the wheel. `checkAt` is the wheel's own: the second at which it is looked at, 0 when it waits for none. */
export interface Waiting {
  checkAt: number;
}

/**
 * One structure for all expiries: a slot for each second in which something is due. An entry waits in one slot, and is put
 * off when it is looked at, so that a refresh costs nothing here.
 */
export class ExpiryWheel<T extends Waiting> {
  readonly #slots = new Map<number, T[]>();
  #done: number;

  /** `now`: seconds of a clock that never jumps. */
  constructor(now: number) {
    this.#done = Math.floor(now);
  }

  /** Looks at `entry` at that second at the latest. */
  schedule(entry: T, second: number): void {
    const at = Math.max(Math.ceil(second), this.#done + 1);
    // It is looked at earlier anyway, and then put off.
    if (entry.checkAt !== 0 && entry.checkAt <= at) return;
    entry.checkAt = at;
    const slot = this.#slots.get(at);
    if (slot === undefined) this.#slots.set(at, [entry]);
    else slot.push(entry);
  }

  /** Calls `look` for every entry whose second has come; whoever is to be looked at again schedules it again. */
  turn(now: number, look: (entry: T) => void): void {
    while (this.#done + 1 <= now) {
      const second = ++this.#done;
      const slot = this.#slots.get(second);
      if (slot === undefined) continue;
      this.#slots.delete(second);
      for (const entry of slot) {
        // Otherwise it was scheduled for an earlier second since, and has been looked at.
        if (entry.checkAt !== second) continue;
        entry.checkAt = 0;
        look(entry);
      }
    }
  }
}
