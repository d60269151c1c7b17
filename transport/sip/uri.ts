/**
 * SIP, SIPS and tel URIs (RFC 3261 §19.1, RFC 3966). A URI keeps its own text; its parts are found once, on demand.
 */
import { detached } from "../../foundation/mod.ts";

/** Thrown for text that is not a URI Parley can use. */
export class UriSyntaxError extends SyntaxError {
  constructor(text: string, why: string) {
    super(`URI "${text.length > 80 ? text.slice(0, 80) + "…" : text}": ${why}`);
    this.name = "UriSyntaxError";
  }
}

/** Parameters of a URI or a header value: names lower-case, values as written; a flag has the value "". */
export type Params = ReadonlyMap<string, string>;

const NO_PARAMS: Params = new Map();

/** A parsed `sip:`, `sips:` or `tel:` URI; anything else has only `scheme` and `text`. */
export interface Uri {
  /** As it was written. */
  readonly text: string;
  /** Lower-case: `sip`, `sips`, `tel`, … */
  readonly scheme: string;
  /** User part as written, escapes kept; "" when there is none. For `tel` the number as written. */
  readonly user: string;
  /** Password part as written; "" when there is none. */
  readonly password: string;
  /** Lower-case host; an IPv6 reference without its brackets. "" for `tel`. */
  readonly host: string;
  /** 0 when the URI names no port. */
  readonly port: number;
  readonly params: Params;
  /** Text after `?`, unparsed; "" when there is none. */
  readonly headers: string;
}

const cache = new Map<string, Uri>();
const CACHE_LIMIT = 20_000;
const CACHED_LENGTH = 200;

/** Parses a URI. The same texts come again and again, so results are kept (bounded) and shared: they are immutable. */
export function parseUri(text: string): Uri {
  const known = cache.get(text);
  if (known !== undefined) return known;
  const uri = parse(text);
  if (text.length <= CACHED_LENGTH) {
    if (cache.size >= CACHE_LIMIT) cache.clear();
    cache.set(uri.text, uri);
  }
  return uri;
}

/** As `parseUri`, or null for text that is not a URI. */
export function tryParseUri(text: string): Uri | null {
  try {
    return parseUri(text);
  } catch (error) {
    if (error instanceof UriSyntaxError) return null;
    throw error;
  }
}

function parse(input: string): Uri {
  // Own memory, not a slice of a message: see `detached`.
  const text = input.length <= CACHED_LENGTH ? detached(input) : input;
  const colon = text.indexOf(":");
  if (colon <= 0) throw new UriSyntaxError(text, "no scheme");
  const scheme = text.slice(0, colon).toLowerCase();
  if (!/^[a-z][a-z0-9+.-]*$/.test(scheme)) {
    throw new UriSyntaxError(text, "the scheme has a character that is not allowed");
  }
  if (/[\x00-\x20\x7f<>"]/.test(text)) {
    throw new UriSyntaxError(text, "a blank, control or quote character is not allowed");
  }
  if (scheme === "tel") {
    const semi = text.indexOf(";");
    const number = semi < 0 ? text.slice(4) : text.slice(4, semi);
    if (!/^\+?[0-9A-Fa-f*#().-]+$/.test(number)) throw new UriSyntaxError(text, "not a telephone number");
    const params = semi < 0 ? NO_PARAMS : parseParams(text, semi, text.length);
    return { text, scheme, user: number, password: "", host: "", port: 0, params, headers: "" };
  }
  if (scheme !== "sip" && scheme !== "sips") {
    return { text, scheme, user: "", password: "", host: "", port: 0, params: NO_PARAMS, headers: "" };
  }
  const question = text.indexOf("?", colon + 1);
  // A "?" may stand in the user part; then it comes before the "@".
  const at = text.indexOf("@", colon + 1);
  const headersAt = question >= 0 && question < at ? text.indexOf("?", at) : question;
  const end = headersAt < 0 ? text.length : headersAt;
  let user = "";
  let password = "";
  let hostAt = colon + 1;
  if (at >= 0 && at < end) {
    const info = text.slice(colon + 1, at);
    const secret = info.indexOf(":");
    user = secret < 0 ? info : info.slice(0, secret);
    password = secret < 0 ? "" : info.slice(secret + 1);
    if (user === "") throw new UriSyntaxError(text, "an empty user part before @");
    if (!/^(?:[A-Za-z0-9\-_.!~*'()&=+$,;?\/#\x80-\xff]|%[0-9A-Fa-f]{2})+$/.test(user)) {
      throw new UriSyntaxError(text, "the user part has a character that must be escaped");
    }
    hostAt = at + 1;
  }
  const semi = text.indexOf(";", hostAt);
  const hostEnd = semi < 0 || semi > end ? end : semi;
  const { host, port } = splitHostPort(text.slice(hostAt, hostEnd), text);
  const params = hostEnd < end ? parseParams(text, hostEnd, end) : NO_PARAMS;
  const headers = headersAt < 0 ? "" : text.slice(headersAt + 1);
  return { text, scheme, user, password, host, port, params, headers };
}

/** Splits `host[:port]`; the host comes back lower-case, an IPv6 reference without brackets; port 0 when absent. */
export function splitHostPort(text: string, whole = text): { host: string; port: number } {
  let host = text;
  let portText = "";
  if (text.startsWith("[")) {
    const close = text.indexOf("]");
    if (close < 0) throw new UriSyntaxError(whole, "an IPv6 reference without ]");
    host = text.slice(1, close);
    if (!/^[0-9A-Fa-f:.]+$/.test(host) || !host.includes(":")) throw new UriSyntaxError(whole, "not an IPv6 address");
    const rest = text.slice(close + 1);
    if (rest !== "" && !rest.startsWith(":")) throw new UriSyntaxError(whole, "text after the IPv6 reference");
    portText = rest;
  } else {
    const colon = text.indexOf(":");
    if (colon >= 0) {
      host = text.slice(0, colon);
      portText = text.slice(colon);
    }
    if (!/^[A-Za-z0-9_](?:[A-Za-z0-9_.-]*)$/.test(host)) throw new UriSyntaxError(whole, "not a host name or address");
  }
  if (portText === "") return { host: host.toLowerCase(), port: 0 };
  if (!/^:[0-9]{1,5}$/.test(portText)) throw new UriSyntaxError(whole, "the port is not a number");
  const port = Number(portText.slice(1));
  if (port > 65_535) throw new UriSyntaxError(whole, "the port is above 65535");
  return { host: host.toLowerCase(), port };
}

/** Parses `;name=value;flag` between two positions of a text. Quoted values keep their quotes. */
export function parseParams(text: string, start: number, end: number): Params {
  const params = new Map<string, string>();
  let at = start;
  while (at < end) {
    if (text[at] === ";") at++;
    let stop = at;
    let quoted = false;
    for (; stop < end; stop++) {
      const c = text.charCodeAt(stop);
      if (quoted && c === 92) stop++;
      else if (c === 34) quoted = !quoted;
      else if (c === 59 && !quoted) break;
    }
    const piece = text.slice(at, Math.min(stop, end));
    const equals = piece.indexOf("=");
    const name = (equals < 0 ? piece : piece.slice(0, equals)).trim().toLowerCase();
    if (name !== "" && !params.has(name)) params.set(name, equals < 0 ? "" : piece.slice(equals + 1).trim());
    at = stop + 1;
  }
  return params.size === 0 ? NO_PARAMS : params;
}

/** Percent-escapes undone, as octets read as UTF-8 where they are that, and left alone where they are not. */
export function unescapeUser(user: string): string {
  if (!user.includes("%")) return user;
  try {
    return decodeURIComponent(user);
  } catch {
    return user;
  }
}

/** `host` as it stands in a URI: an IPv6 address in brackets. */
export function hostText(host: string): string {
  return host.includes(":") ? `[${host}]` : host;
}
