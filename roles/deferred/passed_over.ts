import type { DeferredEntry } from "../../storage/mod.ts";

/** What waits in the store and is not to be delivered at present, and why. Only what is in the store stands here. */
export class PassedOver {
  /** Delivered or withdrawn, the removal not yet confirmed. */
  readonly #gone = new Set<number>();
  /** Refused by every device of this boot. */
  readonly #refused = new Set<number>();
  /** By recipient: what the recipient's rules do not let through at present. */
  readonly #withheld = new Map<string, Set<number>>();
  /** By recipient: what the devices that are there cannot take, or not now; looked at again when one registers. */
  readonly #aside = new Map<string, Set<number>>();

  /** What is left, in its order. */
  among(recipient: string, entries: readonly DeferredEntry[]): readonly DeferredEntry[] {
    const withheld = this.#withheld.get(recipient);
    const aside = this.#aside.get(recipient);
    if (this.#gone.size === 0 && this.#refused.size === 0 && withheld === undefined && aside === undefined) {
      return entries;
    }
    return entries.filter(({ id }) =>
      !this.#gone.has(id) && !this.#refused.has(id) && withheld?.has(id) !== true && aside?.has(id) !== true
    );
  }

  /** False where it is gone already. */
  leave(id: number): boolean {
    if (this.#gone.has(id)) return false;
    this.#gone.add(id);
    this.#refused.delete(id);
    return true;
  }
  /** Its removal is committed. */
  removed(id: number): void {
    this.#gone.delete(id);
  }
  refuse(id: number): void {
    this.#refused.add(id);
  }
  withhold(recipient: string, id: number): void {
    add(this.#withheld, recipient, id);
  }
  putAside(recipient: string, id: number): void {
    add(this.#aside, recipient, id);
  }

  /** True where something was withheld. */
  admitAgain(recipient: string): boolean {
    return this.#withheld.delete(recipient);
  }
  tryAgain(recipient: string): void {
    this.#aside.delete(recipient);
  }

  /** The store has it no longer. */
  forget(id: number, recipient: string): void {
    this.#gone.delete(id);
    this.#refused.delete(id);
    remove(this.#withheld, recipient, id);
    remove(this.#aside, recipient, id);
  }
}

function add(sets: Map<string, Set<number>>, recipient: string, id: number): void {
  const ids = sets.get(recipient);
  if (ids === undefined) sets.set(recipient, new Set([id]));
  else ids.add(id);
}

function remove(sets: Map<string, Set<number>>, recipient: string, id: number): void {
  const ids = sets.get(recipient);
  if (ids?.delete(id) && ids.size === 0) sets.delete(recipient);
}
