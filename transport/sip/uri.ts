/**
 * SIP, SIPS and tel URIs (RFC 3261 §19.1, RFC 3966). A URI keeps its own text; the same few are parsed again and again, so
 * results are kept and shared.
 */
import { detached } from "../../foundation/mod.ts";
import { digits, isControl, isDigit, isHex, isHostChar, isUserChar } from "./grammar.ts";
import { parseIpv6 } from "./ipv6.ts";
import { NO_PARAMS, type Params, parseParams } from "./params.ts";

/** Thrown for text that is not a URI Parley can use. */
export class UriSyntaxError extends SyntaxError {
  constructor(text: string, why: string) {
    super(`URI "${text.length > 80 ? text.slice(0, 80) + "…" : text}": ${why}`);
    this.name = "UriSyntaxError";
  }
}

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

// Two generations: when the young one is full it becomes the old one, and what is still asked for moves up again. Hostile
// texts push out each other, and the memory is bounded: 2 * GENERATION entries of at most CACHED_LENGTH characters.
const GENERATION = 4096;
const CACHED_LENGTH = 200;
let young = new Map<string, Uri>();
let old = new Map<string, Uri>();

// In front of them: a `Map` makes an entry in the runtime's table of texts for each new text it is asked for, hit or miss, which costs
// more than to look at some of its characters. Texts that share a place push out each other, into the two generations.
const PLACES = 2048;
const places: (Uri | null)[] = new Array(PLACES).fill(null);

/** Parses a URI. Results are shared and immutable. Throws UriSyntaxError. */
export function parseUri(text: string): Uri {
  if (text.length > CACHED_LENGTH) return parse(text);
  const place = placeOf(text);
  const there = places[place];
  if (there !== null && there.text === text) return there;
  return places[place] = recall(text);
}

/** By the beginning and the end: users differ in the one, addresses in the other. */
function placeOf(text: string): number {
  const { length } = text;
  const head = length < 18 ? length : 18;
  let hash = length;
  for (let i = 4; i < head; i++) hash = Math.imul(hash, 31) + text.charCodeAt(i) | 0;
  for (let i = length < 24 ? head : length - 6; i < length; i++) hash = Math.imul(hash, 31) + text.charCodeAt(i) | 0;
  return (hash ^ (hash >>> 11)) & (PLACES - 1);
}

function recall(text: string): Uri {
  const known = young.get(text);
  if (known !== undefined) return known;
  // Own memory, not a slice of a message: see `detached`.
  const uri = old.get(text) ?? parse(detached(text));
  if (young.size >= GENERATION) {
    old = young;
    young = new Map();
  }
  young.set(uri.text, uri);
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

function parse(text: string): Uri {
  const colon = schemeEnd(text);
  const scheme = text.slice(0, colon).toLowerCase();
  for (let i = colon + 1; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (c === 32 || c === 60 || c === 62 || c === 34 || isControl(c)) {
      throw new UriSyntaxError(text, "a blank, control, quote or < > is not allowed");
    }
  }
  if (scheme === "sip" || scheme === "sips") return parseSip(text, scheme, colon + 1);
  if (scheme === "tel") return parseTel(text, colon + 1);
  if (colon + 1 === text.length) throw new UriSyntaxError(text, "nothing after the scheme");
  return { text, scheme, user: "", password: "", host: "", port: 0, params: NO_PARAMS, headers: "" };
}

/** Where the `:` after the scheme stands (RFC 3986 §3.1). */
function schemeEnd(text: string): number {
  const colon = text.indexOf(":");
  if (colon <= 0) throw new UriSyntaxError(text, "no scheme");
  for (let i = 0; i < colon; i++) {
    const c = text.charCodeAt(i);
    const letter = (c | 32) >= 97 && (c | 32) <= 122;
    // "+", "-" and "." and digits may follow the first letter.
    if (!letter && (i === 0 || !(isDigit(c) || c === 43 || c === 45 || c === 46))) {
      throw new UriSyntaxError(text, "the scheme has a character that is not allowed");
    }
  }
  return colon;
}

function parseTel(text: string, start: number): Uri {
  const semi = text.indexOf(";", start);
  const end = semi < 0 ? text.length : semi;
  const user = text.slice(start, end);
  // RFC 3966 §3: digits and visual separators; `*`, `#` and A to F in local numbers.
  if (!/^\+?[0-9A-Fa-f*#().-]+$/.test(user)) throw new UriSyntaxError(text, "not a telephone number");
  const params = parseParams(text, end, text.length);
  return { text, scheme: "tel", user, password: "", host: "", port: 0, params, headers: "" };
}

function parseSip(text: string, scheme: string, start: number): Uri {
  let user = "";
  let password = "";
  let hostAt = start;
  // An "@" stands nowhere else: parameters and headers must escape it, while the user part may hold ; and ?.
  const at = text.indexOf("@", start);
  if (at >= 0) {
    let userEnd = text.indexOf(":", start);
    if (userEnd < 0 || userEnd > at) userEnd = at;
    else password = text.slice(userEnd + 1, at);
    user = text.slice(start, userEnd);
    if (user === "") throw new UriSyntaxError(text, "an empty user part before @");
    checkUserInfo(text, start, userEnd);
    checkUserInfo(text, userEnd + 1, at);
    hostAt = at + 1;
  }
  const question = text.indexOf("?", hostAt);
  const end = question < 0 ? text.length : question;
  const semi = text.indexOf(";", hostAt);
  const hostEnd = semi < 0 || semi > end ? end : semi;
  const { host, port } = splitHostPort(text.slice(hostAt, hostEnd), text);
  const params = parseParams(text, hostEnd, end);
  return { text, scheme, user, password, host, port, params, headers: question < 0 ? "" : text.slice(question + 1) };
}

function checkUserInfo(text: string, start: number, end: number): void {
  for (let i = start; i < end; i++) {
    const c = text.charCodeAt(i);
    if (isUserChar(c)) continue;
    if (c === 37 && i + 2 < end && isHex(text.charCodeAt(i + 1)) && isHex(text.charCodeAt(i + 2))) i += 2;
    else throw new UriSyntaxError(text, "the user part has a character that must be escaped");
  }
}

/**
 * Splits `host[:port]`; the host comes back lower-case, an IPv6 reference without brackets; port 0 when absent. Throws
 * UriSyntaxError, which quotes `whole`.
 */
export function splitHostPort(text: string, whole = text): { host: string; port: number } {
  let end: number;
  let host: string;
  if (text.charCodeAt(0) === 91) {
    end = text.indexOf("]") + 1;
    if (end === 0) throw new UriSyntaxError(whole, "an IPv6 reference without ]");
    host = text.slice(1, end - 1);
    // The grammar of RFC 3261 allowed one colon too many before an embedded IPv4 address (RFC 5118 §4.10).
    if (host.includes(":::")) host = host.replace(/:::(?=[0-9]+\.)/, "::");
    if (parseIpv6(host) === null) throw new UriSyntaxError(whole, "not an IPv6 address");
  } else {
    end = 0;
    while (end < text.length && isHostChar(text.charCodeAt(end))) end++;
    const first = text.charCodeAt(0);
    if (end === 0 || first === 45 || first === 46) throw new UriSyntaxError(whole, "not a host name or address");
    host = text.slice(0, end);
  }
  let port = 0;
  if (end < text.length) {
    if (text.charCodeAt(end) !== 58) throw new UriSyntaxError(whole, "not a host name or address");
    port = text.length - end > 6 ? -1 : digits(text, end + 1, text.length, 65_535);
    if (port <= 0) throw new UriSyntaxError(whole, "the port is not 1 to 65535");
  }
  return { host: host.toLowerCase(), port };
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

/** True for a Route or Record-Route URI of a loose router (RFC 3261 §16.12). */
export function isLooseRouter(uri: Uri): boolean {
  return uri.params.has("lr");
}
