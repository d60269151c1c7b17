import { isBlank, trimmed } from "./grammar.ts";
import { isNameAt } from "./params.ts";

/** The first comma-separated value of a list, as written. */
export function firstOfList(text: string): string {
  const end = listEnd(text, 0);
  return end === text.length ? text : trimmed(text, 0, end);
}

/** Appends the comma-separated values of `text`, trimmed, to `into`; empty ones are left out (RFC 3261 §7.3.1). */
export function splitList(text: string, into: string[]): void {
  for (let at = 0; at <= text.length;) {
    const end = listEnd(text, at);
    const value = trimmed(text, at, end);
    if (value !== "") into.push(value);
    at = end + 1;
  }
}

/** True where a list of tokens has that one, given lower-case; nothing is cut out on the way. */
export function listHas(text: string, token: string): boolean {
  for (let at = 0; at < text.length;) {
    const stop = listEnd(text, at);
    let end = stop;
    while (at < end && isBlank(text.charCodeAt(at))) at++;
    while (end > at && isBlank(text.charCodeAt(end - 1))) end--;
    if (end - at === token.length && isNameAt(text, at, token)) return true;
    at = stop + 1;
  }
  return false;
}

/** Where the list value that begins at `at` ends: a comma outside quotes and angle brackets, or the end. */
export function listEnd(text: string, at: number): number {
  const comma = text.indexOf(",", at);
  if (comma < 0) return text.length;
  let quoted = false;
  let angle = false;
  for (let i = at; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (quoted) {
      if (c === 92) i++;
      else if (c === 34) quoted = false;
    } else if (c === 34 && !angle) quoted = true;
    else if (c === 60) angle = true;
    else if (c === 62) angle = false;
    else if (c === 44 && !angle) return i;
  }
  return text.length;
}
