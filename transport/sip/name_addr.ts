import { isBlank, isTokenChar, quote, quotedEnd, skipBlanks, tokenEnd, trimmed, unquote } from "./grammar.ts";
import { checkParams, findParam, NO_PARAMS, type Params, parseParams } from "./params.ts";
import { parseUri, type Uri } from "./uri.ts";

/**
 * `name-addr` or `addr-spec` with header parameters: From, To, Contact, Route, Record-Route, Path, P-Asserted-Identity
 * (RFC 3261 §20.10). The URI and the parameters are parsed when first asked for.
 */
export class NameAddr {
  /** As written. */
  readonly text: string;
  /** The display name without quotes and escapes, octets as characters; "" when there is none. */
  readonly displayName: string;
  /** The URI as written, without angle brackets. */
  readonly uriText: string;
  readonly #paramsAt: number;
  #uri: Uri | null = null;
  #params: Params | null = null;
  #tag: string | null;

  /** `tag` null: not looked for yet. */
  constructor(text: string, displayName: string, uriText: string, paramsAt: number, tag: string | null = null) {
    this.text = text;
    this.displayName = displayName;
    this.uriText = uriText;
    this.#paramsAt = paramsAt;
    this.#tag = tag;
  }

  /** Throws UriSyntaxError where the URI is none; never for From and To of a message that passed its `check`. */
  get uri(): Uri {
    return this.#uri ??= parseUri(this.uriText);
  }

  /** Header parameters (after the `>`, or after the first `;` where there are no brackets: RFC 3261 §20). */
  get params(): Params {
    if (this.#params !== null) return this.#params;
    const at = this.#paramsAt;
    return this.#params = at >= this.text.length ? NO_PARAMS : parseParams(this.text, at, this.text.length);
  }

  /** The header parameters as written, from their first `;`; "" when there are none. */
  get paramsText(): string {
    return this.text.slice(this.#paramsAt);
  }

  /** One header parameter by its lower-case name: "" for a flag, undefined when absent. */
  param(name: string): string | undefined {
    return findParam(this.text, this.#paramsAt, name);
  }

  /** The `tag` parameter; "" when there is none. */
  get tag(): string {
    return this.#tag ??= this.param("tag") ?? "";
  }
}

const QUOTE = 34, LESS = 60, SEMICOLON = 59;
const TAG = ";tag=";

/**
 * Throws SyntaxError for text that is neither form, or whose parameters are no parameters. The URI inside is checked when
 * it is asked for.
 */
export function parseNameAddr(text: string): NameAddr {
  const first = text.charCodeAt(0);
  if (first === LESS) return bracketed(text, "", 0);
  if (first === QUOTE) {
    const end = quotedEnd(text, 0);
    if (end < 0) throw new SyntaxError("a quote that is not closed");
    const open = skipBlanks(text, end);
    if (text.charCodeAt(open) !== LESS) throw new SyntaxError("no < after the display name");
    return bracketed(text, unquote(text.slice(0, end)), open);
  }
  if (text === "") throw new SyntaxError("empty");
  const open = text.indexOf("<");
  const semi = text.indexOf(";");
  // `sip:a@b;x=<y>` has no brackets around its URI.
  if (open < 0 || (semi >= 0 && semi < open)) return bare(text, semi < 0 ? text.length : semi);
  for (let i = 0; i < open; i++) {
    const c = text.charCodeAt(i);
    // Octets of UTF-8 are no tokens, but unquoted names in them are common and do not mislead.
    if (!isTokenChar(c) && !isBlank(c) && c < 128) throw new SyntaxError("the display name needs quotes");
  }
  return bracketed(text, trimmed(text, 0, open), open);
}

function bracketed(text: string, displayName: string, open: number): NameAddr {
  const close = text.indexOf(">", open);
  if (close < 0) throw new SyntaxError("< without >");
  if (close === open + 1) throw new SyntaxError("nothing between < and >");
  const paramsAt = skipBlanks(text, close + 1);
  const uriText = text.slice(open + 1, close);
  if (paramsAt >= text.length) return new NameAddr(text, displayName, uriText, paramsAt, "");
  // Nearly every From and To: a tag and nothing else.
  const tagAt = paramsAt + TAG.length;
  if (text.length > tagAt && text.startsWith(TAG, paramsAt) && tokenEnd(text, tagAt) === text.length) {
    return new NameAddr(text, displayName, uriText, paramsAt, text.slice(tagAt));
  }
  if (text.charCodeAt(paramsAt) !== SEMICOLON) throw new SyntaxError("text after >");
  checkParams(text, paramsAt);
  return new NameAddr(text, displayName, uriText, paramsAt);
}

function bare(text: string, end: number): NameAddr {
  const uri = trimmed(text, 0, end);
  for (let i = 0; i < uri.length; i++) {
    const c = uri.charCodeAt(i);
    // Without brackets these end the URI (RFC 3261 §20): nobody knows what was meant.
    if (c === 44 || c === 63 || c <= 32) throw new SyntaxError("a URI with , ? or a blank needs < and >");
  }
  if (end < text.length) checkParams(text, end);
  return new NameAddr(text, "", uri, end);
}

/** The `tag` parameter of such a value; "" when there is none. Throws as `parseNameAddr`, where it has to look. */
export function tagOf(text: string): string {
  // Parameters would stand behind the bracket.
  return text.endsWith(">") ? "" : parseNameAddr(text).tag;
}

/** As `parseNameAddr`, its URI checked as well; null for text that does not hold. */
export function tryNameAddr(text: string): NameAddr | null {
  try {
    const address = parseNameAddr(text);
    void address.uri;
    return address;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

/** A display name as it stands before `<`: always quoted, octets as characters; "" stays "". */
export function quoteDisplayName(name: string): string {
  return name === "" ? "" : `${quote(name)} `;
}
