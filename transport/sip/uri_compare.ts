import { parseIpv6 } from "./ipv6.ts";
import type { Params } from "./params.ts";
import type { Uri } from "./uri.ts";

/**
 * Whether two URIs are the same: SIP and SIPS by RFC 3261 §19.1.4 (hosts that are IPv6 by value, RFC 5954), tel by RFC 3966
 * §5, others by their text with the scheme in any case. Not transitive: a parameter that only one URI has is ignored.
 */
export function uriEquals(a: Uri, b: Uri): boolean {
  if (a === b || a.text === b.text) return true;
  if (a.scheme !== b.scheme) return false;
  if (a.scheme === "tel") return telEquals(a, b);
  if (a.scheme !== "sip" && a.scheme !== "sips") {
    return a.text.slice(a.scheme.length) === b.text.slice(b.scheme.length);
  }
  return a.port === b.port && hostEquals(a.host, b.host) && plain(a.user) === plain(b.user) &&
    hasPassword(a) === hasPassword(b) && plain(a.password) === plain(b.password) &&
    paramsEqual(a.params, b.params) && headersEqual(a.headers, b.headers);
}

/** Hosts as `Uri` has them: lower-case names by text, IPv6 addresses by value. */
export function hostEquals(a: string, b: string): boolean {
  if (a === b) return true;
  if (!a.includes(":") || !b.includes(":")) return false;
  const left = parseIpv6(a);
  const right = parseIpv6(b);
  return left !== null && right !== null && left.every((group, i) => group === right[i]);
}

// A URI that has one of these does not match one that has not, whatever the default is.
const NEVER_IGNORED = ["transport", "user", "ttl", "method", "maddr"];

function paramsEqual(a: Params, b: Params): boolean {
  for (const name of NEVER_IGNORED) if (a.has(name) !== b.has(name)) return false;
  for (const [name, value] of a) {
    const other = b.get(name);
    if (other !== undefined && plain(value).toLowerCase() !== plain(other).toLowerCase()) return false;
  }
  return true;
}

/** Header components: all present in both, in any order, names in any case. */
function headersEqual(a: string, b: string): boolean {
  if (a === b) return true;
  return headerSet(a) === headerSet(b);
}

function headerSet(headers: string): string {
  return headers.split("&").map((header) => {
    const equals = header.indexOf("=");
    const name = equals < 0 ? header : header.slice(0, equals);
    return plain(name).toLowerCase() + "=" + (equals < 0 ? "" : plain(header.slice(equals + 1)));
  }).sort().join("&");
}

function hasPassword(uri: Uri): boolean {
  // `sip:user:@host` has one, an empty one.
  const colon = uri.scheme.length + 1 + uri.user.length;
  return uri.user !== "" && uri.text.charCodeAt(colon) === 58;
}

/** Escapes undone where the character is not reserved (RFC 2396 §2.2), the others with upper-case hexadecimal digits. */
function plain(text: string): string {
  if (!text.includes("%")) return text;
  return text.replace(/%([0-9A-Fa-f]{2})/g, (escape, hex) => {
    const code = parseInt(hex, 16);
    const character = String.fromCharCode(code);
    return code < 33 || code > 126 || ";/?:@&=+$,%".includes(character) ? escape.toUpperCase() : character;
  });
}

function telEquals(a: Uri, b: Uri): boolean {
  if (telDigits(a.user) !== telDigits(b.user)) return false;
  // Parameters must be the same set; `phone-context` may be a number itself.
  if (a.params.size !== b.params.size) return false;
  for (const [name, value] of a.params) {
    const other = b.params.get(name);
    if (other === undefined) return false;
    const number = name === "ext" || (name === "phone-context" && value.startsWith("+"));
    if (number ? telDigits(value) !== telDigits(other) : value.toLowerCase() !== other.toLowerCase()) return false;
  }
  return true;
}

function telDigits(number: string): string {
  return number.replace(/[-.()]/g, "").toLowerCase();
}
