import type { LocalStore } from "./doors.ts";

/** A value that was kept as JSON; null for none, or one that is no JSON any more. */
export function storedJson<T>(store: LocalStore, key: string): T | null {
  const text = store.get(key);
  if (text === null) return null;
  try {
    return JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    store.remove(key);
    return null;
  }
}
