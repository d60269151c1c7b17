/** A delivery whose sender has its 200 while another device is still silent. */
export interface Straggler {
  /** True when this device has not taken the message, and may yet. */
  lacks(instance: string): boolean;
  /** Stores the copies of the silent devices now, so that a newer message can be stored behind them. */
  keepNow(): void;
}

/**
 * By recipient: what silent devices have missed so far and is not stored yet. What the sender sends next must not overtake it there.
 * Rare, and gone with the last answer or timeout.
 */
export class Stragglers {
  readonly #of = new Map<string, Set<Straggler>>();

  /** Null, the usual case, where there are none. */
  of(recipient: string): ReadonlySet<Straggler> | null {
    return this.#of.get(recipient) ?? null;
  }
  add(recipient: string, one: Straggler): void {
    const set = this.#of.get(recipient);
    if (set === undefined) this.#of.set(recipient, new Set([one]));
    else set.add(one);
  }
  delete(recipient: string, one: Straggler): void {
    const set = this.#of.get(recipient);
    if (set?.delete(one) && set.size === 0) this.#of.delete(recipient);
  }
  /** Something newer is about to be stored. */
  keepNow(recipient: string): void {
    const set = this.#of.get(recipient);
    if (set !== undefined) { for (const one of set) one.keepNow(); }
  }
}
