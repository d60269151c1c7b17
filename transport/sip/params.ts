import { isTokenChar, quotedEnd, skipBlanks, tokenEnd, trimmed } from "./grammar.ts";

/** Parameters of a URI or a header value: names lower-case, values as written; a flag has the value "". */
export type Params = ReadonlyMap<string, string>;

/** No parameters. */
export const NO_PARAMS: Params = new Map();

const SEMICOLON = 59, QUOTE = 34, EQUALS = 61, COMMA = 44, BACKSLASH = 92;

/** Parses `;name=value;flag` between two positions of a text. Quoted values keep their quotes; of twins the first counts. */
export function parseParams(text: string, start: number, end: number): Params {
  if (start >= end) return NO_PARAMS;
  const params = new Map<string, string>();
  let at = start;
  while (at < end) {
    if (text.charCodeAt(at) === SEMICOLON) at++;
    let stop = at;
    let quoted = false;
    for (; stop < end; stop++) {
      const c = text.charCodeAt(stop);
      if (quoted && c === BACKSLASH) stop++;
      else if (c === QUOTE) quoted = !quoted;
      else if (c === SEMICOLON && !quoted) break;
    }
    const piece = text.slice(at, Math.min(stop, end));
    const equals = piece.indexOf("=");
    const name = trimmed(piece, 0, equals < 0 ? piece.length : equals).toLowerCase();
    if (name !== "" && !params.has(name)) params.set(name, equals < 0 ? "" : trimmed(piece, equals + 1, piece.length));
    at = stop + 1;
  }
  return params.size === 0 ? NO_PARAMS : params;
}

/**
 * Walks over header parameters: `*( SEMI name [ EQUAL ( token / host / quoted-string ) ] )` (RFC 3261 §25.1, generic-param)
 * from `at` to the end of the text. Throws SyntaxError for an empty parameter, an open quote, or anything between.
 * More than a token is let into values (IPv6 without brackets, base64), as long as it cannot be mistaken for structure.
 * The walk keeps nothing: whoever wants a value asks `findParam`.
 */
export function checkParams(text: string, at: number): void {
  at = skipBlanks(text, at);
  while (at < text.length) {
    if (text.charCodeAt(at) !== SEMICOLON) throw new SyntaxError("; expected before a parameter");
    const name = skipBlanks(text, at + 1);
    at = tokenEnd(text, name);
    if (at === name) throw new SyntaxError("an empty parameter");
    at = skipBlanks(text, at);
    if (text.charCodeAt(at) !== EQUALS) continue;
    at = skipBlanks(text, at + 1);
    const end = valueEnd(text, at);
    if (end < 0) throw new SyntaxError("a quote that is not closed");
    if (end === at) throw new SyntaxError("a parameter without a value");
    at = skipBlanks(text, end);
  }
}

/**
 * The value of one header parameter, as written (quotes kept); "" for a flag, undefined when it is not there. `name` is
 * lower-case. `at` is where the parameters begin.
 */
export function findParam(text: string, at: number, name: string): string | undefined {
  for (;;) {
    at = text.indexOf(";", at);
    if (at < 0) return undefined;
    const start = skipBlanks(text, at + 1);
    const end = tokenEnd(text, start);
    at = skipBlanks(text, end);
    let value = "";
    if (text.charCodeAt(at) === EQUALS) {
      const valueAt = skipBlanks(text, at + 1);
      at = valueEnd(text, valueAt);
      if (at < 0) return undefined;
      if (end - start === name.length) value = text.slice(valueAt, at);
    }
    if (end - start === name.length && isNameAt(text, start, name)) return value;
  }
}

function valueEnd(text: string, at: number): number {
  if (text.charCodeAt(at) === QUOTE) return quotedEnd(text, at);
  for (; at < text.length; at++) {
    const c = text.charCodeAt(at);
    if (isTokenChar(c)) continue;
    if (c <= 32 || c === SEMICOLON || c === COMMA || c === QUOTE || c === 60 || c === 62 || c === 127) break;
  }
  return at;
}

/** True where that name, given lower-case, stands in the text at `start`, in any case. */
export function isNameAt(text: string, start: number, lower: string): boolean {
  for (let i = 0; i < lower.length; i++) {
    let c = text.charCodeAt(start + i);
    if (c >= 65 && c <= 90) c |= 32;
    if (c !== lower.charCodeAt(i)) return false;
  }
  return true;
}
