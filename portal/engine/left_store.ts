import type { LocalStore } from "./doors.ts";

/** The store of somebody who may sign out: what is still under way then writes nothing down any more. */
export class LeftStore implements LocalStore {
  readonly #store: LocalStore;
  #left = false;

  constructor(store: LocalStore) {
    this.#store = store;
  }

  /** Everything of this user goes, and nothing comes. */
  leave(): void {
    this.#left = true;
    this.#store.clear();
  }

  get(key: string): string | null {
    return this.#left ? null : this.#store.get(key);
  }

  set(key: string, value: string): boolean {
    return !this.#left && this.#store.set(key, value);
  }

  remove(key: string): void {
    if (!this.#left) this.#store.remove(key);
  }

  keys(): readonly string[] {
    return this.#left ? [] : this.#store.keys();
  }

  clear(): void {
    if (!this.#left) this.#store.clear();
  }
}
