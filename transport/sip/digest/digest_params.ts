import { quotedEnd, skipBlanks, tokenEnd, unquote } from "../grammar.ts";

const SCHEME = /^digest[ \t]+/i;

/**
 * The parameters of a Digest challenge or of credentials (RFC 7235 §2.1): names lower-case, values without quotes and
 * escapes. Blanks around "=" and ",", empty list items and token values where quotes were due are let pass. Null for another
 * scheme; SyntaxError for what is no list of parameters, or names one twice.
 */
export function parseDigestParams(value: string): ReadonlyMap<string, string> | null {
  const scheme = SCHEME.exec(value);
  if (scheme === null) return null;
  const params = new Map<string, string>();
  let at = scheme[0].length;
  while (true) {
    at = skipBlanks(value, at);
    if (value.charCodeAt(at) === 44) {
      at++;
      continue;
    }
    if (at >= value.length) return params;
    const nameEnd = tokenEnd(value, at);
    if (nameEnd === at) throw new SyntaxError("a parameter without a name");
    const name = value.slice(at, nameEnd).toLowerCase();
    at = skipBlanks(value, nameEnd);
    if (value.charCodeAt(at) !== 61) throw new SyntaxError(`no = after "${name}"`);
    at = skipBlanks(value, at + 1);
    const end = value.charCodeAt(at) === 34 ? quotedEnd(value, at) : bareEnd(value, at);
    if (end < 0) throw new SyntaxError("a quote that is not closed");
    if (params.has(name)) throw new SyntaxError(`"${name}" twice`);
    params.set(name, unquote(value.slice(at, end)));
    at = skipBlanks(value, end);
    if (at < value.length && value.charCodeAt(at) !== 44) throw new SyntaxError(`text after "${name}"`);
  }
}

/** Where a value without quotes ends: old clients write URIs and base64 so. */
function bareEnd(text: string, at: number): number {
  while (at < text.length) {
    const code = text.charCodeAt(at);
    if (code === 44 || code === 32 || code === 9) break;
    at++;
  }
  return at;
}
