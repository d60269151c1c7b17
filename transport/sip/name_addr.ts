import { type Params, parseParams, parseUri, type Uri } from "./uri.ts";

const NO_PARAMS: Params = new Map();

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
  #params: Params | null = null;

  constructor(text: string, displayName: string, uriText: string, paramsAt: number) {
    this.text = text;
    this.displayName = displayName;
    this.uriText = uriText;
    this.#paramsAt = paramsAt;
  }

  /** Throws UriSyntaxError where the URI is none. */
  get uri(): Uri {
    return parseUri(this.uriText);
  }

  /** Header parameters (after the `>`, or after the first `;` where there are no brackets: RFC 3261 §20). */
  get params(): Params {
    if (this.#params !== null) return this.#params;
    const at = this.#paramsAt;
    return this.#params = at >= this.text.length ? NO_PARAMS : parseParams(this.text, at, this.text.length);
  }

  /** The `tag` parameter; "" when there is none. */
  get tag(): string {
    return this.params.get("tag") ?? "";
  }
}

/** Throws SyntaxError for text that is neither form. The URI inside is checked when it is asked for. */
export function parseNameAddr(text: string): NameAddr {
  if (text.length === 0) throw new SyntaxError("empty");
  let at = 0;
  let displayName = "";
  if (text.charCodeAt(0) === 34) {
    at = 1;
    while (at < text.length && text.charCodeAt(at) !== 34) at += text.charCodeAt(at) === 92 ? 2 : 1;
    if (at >= text.length) throw new SyntaxError("a quote that is not closed");
    displayName = text.slice(1, at).replace(/\\([\s\S])/g, "$1");
    at++;
    while (at < text.length && (text.charCodeAt(at) === 32 || text.charCodeAt(at) === 9)) at++;
    if (text.charCodeAt(at) !== 60) throw new SyntaxError("no < after the display name");
  }
  const open = text.indexOf("<", at);
  if (open >= 0 && (at > 0 || text.indexOf(";") < 0 || text.indexOf(";") > open)) {
    const close = text.indexOf(">", open);
    if (close < 0) throw new SyntaxError("< without >");
    if (at === 0 && open > 0) {
      displayName = text.slice(0, open).trim();
      if (!/^[A-Za-z0-9\-.!%*_+`'~ \t\x80-\xff]*$/.test(displayName)) {
        throw new SyntaxError("the display name needs quotes");
      }
    }
    const uri = text.slice(open + 1, close);
    if (uri === "") throw new SyntaxError("nothing between < and >");
    let paramsAt = close + 1;
    while (paramsAt < text.length && (text.charCodeAt(paramsAt) === 32 || text.charCodeAt(paramsAt) === 9)) paramsAt++;
    if (paramsAt < text.length && text.charCodeAt(paramsAt) !== 59) throw new SyntaxError("text after >");
    return new NameAddr(text, displayName, uri, paramsAt);
  }
  const semi = text.indexOf(";");
  const uri = (semi < 0 ? text : text.slice(0, semi)).trim();
  // Without brackets a comma, semicolon or question mark ends the URI (RFC 3261 §20).
  if (/[,?\s]/.test(uri)) throw new SyntaxError("a URI with , ? or a blank needs < and >");
  return new NameAddr(text, "", uri, semi < 0 ? text.length : semi);
}

/** A display name as it stands before `<`: always quoted, octets as characters; "" stays "". */
export function quoteDisplayName(name: string): string {
  return name === "" ? "" : `"${name.replace(/["\\]/g, "\\$&").replace(/[\r\n\0]/g, " ")}" `;
}
