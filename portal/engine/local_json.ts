import type { LocalStore } from "./doors.ts";

/** A value that was kept as JSON; null for none, or one that is not `isOne`: what another version of the page has written goes. */
export function storedJson<T>(store: LocalStore, key: string, isOne: (value: unknown) => value is T): T | null {
  const text = store.get(key);
  if (text === null) return null;
  try {
    const value: unknown = JSON.parse(text);
    if (isOne(value)) return value;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  store.remove(key);
  return null;
}

/** A list that was kept as JSON, without those in it that are not `isOne`. */
export function storedList<T>(store: LocalStore, key: string, isOne: (value: unknown) => value is T): T[] {
  return storedJson(store, key, (value) => Array.isArray(value))?.filter(isOne) ?? [];
}

export function isText(value: unknown): value is string {
  return typeof value === "string";
}

export function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every(isText);
}

/** A pair of a text and something else. */
export function isPairOf<T>(isSecond: (value: unknown) => value is T): (value: unknown) => value is [string, T] {
  return (value): value is [string, T] =>
    Array.isArray(value) && value.length === 2 && isText(value[0]) && isSecond(value[1]);
}

export function isNumber(value: unknown): value is number {
  return typeof value === "number";
}
