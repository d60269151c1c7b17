import { Problem } from "./problems.ts";

/** The ETag of a version (RFC 9110 §8.8.3). */
export function etagOf(version: number): string {
  return `"${version}"`;
}

/**
 * The version that If-Match names (RFC 9110 §13.1.1); null where it is absent or `*`. Throws the Problem "stale" where it
 * names none of ours, "malformed" where it is none.
 */
export function ifMatch(headers: Headers): number | null {
  const text = headers.get("if-match")?.trim();
  if (text === undefined || text === "*") return null;
  const ours = /^"([0-9]{1,15})"$/.exec(text);
  if (ours !== null) return Number(ours[1]);
  // A weak tag never matches here, and one of letters is not one of ours.
  if (/^(?:W\/)?"[^"]*"$/.test(text)) throw stale();
  throw new Problem("malformed", `If-Match is "${text.slice(0, 60)}"; one ETag is wanted, as \`"3"\`, or *.`);
}

export function stale(): Problem {
  return new Problem("stale", "It was changed since you read it: read it again, then change it.");
}
