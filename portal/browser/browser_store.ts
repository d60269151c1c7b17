import type { LocalStore } from "../engine/doors.ts";
import { MemoryStore } from "../engine/memory_store.ts";

/** Of all that one user may keep: browsers give a host about five million characters. */
const MOST = 2_000_000;

/** What one user keeps in this browser, beside others who use it. */
export class BrowserStore implements LocalStore {
  readonly #storage: Storage;
  readonly #prefix: string;
  readonly #most: number;
  #cleared = false;

  constructor(storage: Storage, user: string, most = MOST) {
    this.#storage = storage;
    this.#prefix = `parley:${user}:`;
    this.#most = most;
  }

  get(key: string): string | null {
    return this.#storage.getItem(this.#prefix + key);
  }

  set(key: string, value: string): boolean {
    if (this.#cleared) return false;
    const name = this.#prefix + key;
    const had = this.#storage.getItem(name);
    if (had === value) return true;
    // What becomes shorter always has room.
    if (value.length > (had?.length ?? 0) && this.#taken() - (had?.length ?? 0) + value.length > this.#most) {
      return false;
    }
    try {
      this.#storage.setItem(name, value);
      return true;
    } catch (error) {
      if (error instanceof DOMException && error.name === "QuotaExceededError") return false;
      throw error;
    }
  }

  remove(key: string): void {
    this.#storage.removeItem(this.#prefix + key);
  }

  keys(): readonly string[] {
    const keys: string[] = [];
    for (let i = 0; i < this.#storage.length; i++) {
      const name = this.#storage.key(i);
      if (name?.startsWith(this.#prefix)) keys.push(name.slice(this.#prefix.length));
    }
    return keys;
  }

  /** For good: what is still on its way into the store when the user signs out must not come after. */
  clear(): void {
    this.#cleared = true;
    for (const key of this.keys()) this.remove(key);
  }

  #taken(): number {
    return this.keys().reduce((sum, key) => sum + key.length + (this.get(key)?.length ?? 0), 0);
  }
}

/** The store of a user; where the browser keeps nothing (its settings forbid it), one that lasts as long as the page. */
export function storeOf(user: string): LocalStore {
  const storage = storageOf("localStorage");
  return storage === null ? new MemoryStore() : new BrowserStore(storage, user);
}

/** Null where the browser's settings forbid it. */
export function storageOf(name: "localStorage" | "sessionStorage"): Storage | null {
  try {
    return globalThis[name];
  } catch (error) {
    if (error instanceof DOMException && error.name === "SecurityError") return null;
    throw error;
  }
}
