import { Problem } from "./problems.ts";
import { stale } from "./conditions.ts";

/**
 * The version of a document that If-Match names (RFC 9110 §13.1.1), as its entity tag without quotes; "" for one that is not there,
 * null where it is absent or `*`. Throws the Problem "stale" for a weak one, "malformed" where it is none.
 */
export function documentIfMatch(headers: Headers): string | null {
  const text = headers.get("if-match")?.trim();
  if (text === undefined || text === "*") return null;
  const tag = /^"([^"]{0,200})"$/.exec(text);
  if (tag !== null) return tag[1];
  if (/^W\/"[^"]*"$/.test(text)) throw stale();
  throw new Problem("malformed", `If-Match is "${text.slice(0, 60)}"; one ETag is wanted, as \`"a3"\`, or *.`);
}

/** The ETag line of a document's version, "" for one that is not there. */
export function documentEtag(etag: string): string {
  return `"${etag}"`;
}

/** What routes say of it in the OpenAPI document. */
export const IF_MATCH = { "If-Match": "The ETag that was read: 412 where the document was changed since." } as const;
