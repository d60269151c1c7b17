/** The algorithms Parley speaks (RFC 8760): SHA-256, and MD5 for old clients. In this spelling on the wire. */
export type Algorithm = "SHA-256" | "MD5";

/**
 * A hash over text of one character an octet (latin1: a UTF-8 name is its octets), as lower-case hexadecimal. Comes in by
 * constructor: `node_hash.ts` under Deno, something else in a browser.
 */
export type Hash = (algorithm: Algorithm, text: string) => string;

/** The algorithm that a token of the wire names, in any case; an absent one means MD5. Null for what we do not speak. */
export function algorithmOf(token: string | undefined): Algorithm | null {
  if (token === undefined || token === "MD5") return "MD5";
  if (token === "SHA-256") return "SHA-256";
  const upper = token.toUpperCase();
  return upper === "MD5" || upper === "SHA-256" ? upper : null;
}
