import type { LocalStore, Tabs } from "./doors.ts";

/** A store for where nothing may be kept: gone with the page. Octets are counted as UTF-16, like a browser does. */
export class MemoryStore implements LocalStore {
  readonly #values = new Map<string, string>();
  readonly #most: number;
  #taken = 0;

  constructor(most = 2_000_000) {
    this.#most = most;
  }

  get(key: string): string | null {
    return this.#values.get(key) ?? null;
  }

  set(key: string, value: string): boolean {
    const had = this.#values.get(key);
    const taken = this.#taken - (had === undefined ? 0 : key.length + had.length) + key.length + value.length;
    if (taken > this.#most) return false;
    this.#taken = taken;
    this.#values.set(key, value);
    return true;
  }

  remove(key: string): void {
    const had = this.#values.get(key);
    if (had === undefined) return;
    this.#taken -= key.length + had.length;
    this.#values.delete(key);
  }

  keys(): readonly string[] {
    return [...this.#values.keys()];
  }

  clear(): void {
    this.#values.clear();
    this.#taken = 0;
  }
}

/** Where there are no other tabs. */
export class NoTabs implements Tabs {
  onValue: (value: unknown) => void = () => {};
  post(_value: unknown): void {}
}
