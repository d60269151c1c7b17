import { DATE_TIME } from "../xml/mod.ts";

/** A dateTime (RFC 3339; XML Schema Part 2 §3.2.7) as ms since 1970, in UTC where it names no zone; NaN for anything else. */
export function timeOf(text: string): number {
  if (text === "" || DATE_TIME.breach(text) !== null) return NaN;
  const zoned = /(?:Z|[-+][0-9]{2}:[0-9]{2})$/.test(text);
  return Date.parse(zoned ? text : `${text}Z`);
}

/** ms since 1970 as documents say it: `2026-11-21T14:56:07Z`, with milliseconds where there are some. */
export function dateTimeText(at: number): string {
  return new Date(at).toISOString().replace(".000Z", "Z");
}
