import { digits, isHex } from "./grammar.ts";

/**
 * The eight 16-bit groups of an IPv6 address in text (RFC 4291 §2.2), without brackets or zone; null when it is none.
 */
export function parseIpv6(text: string): number[] | null {
  if (text.length < 2 || text.length > 45) return null;
  const groups: number[] = [];
  let gap = -1;
  let at = 0;
  if (text.startsWith("::")) {
    gap = 0;
    at = 2;
  }
  while (at < text.length) {
    let end = at;
    let value = 0;
    while (end < text.length && isHex(text.charCodeAt(end))) {
      value = value * 16 + parseInt(text[end], 16);
      if (++end - at > 4) return null;
    }
    if (text[end] === ".") {
      const v4 = parseIpv4(text.slice(at));
      if (v4 === null) return null;
      groups.push(v4 >>> 16, v4 & 0xffff);
      at = text.length;
      break;
    }
    if (end === at) return null;
    groups.push(value);
    at = end;
    if (at === text.length) break;
    if (text.charCodeAt(at) !== 58) return null;
    at++;
    if (text.charCodeAt(at) === 58) {
      if (gap >= 0) return null;
      gap = groups.length;
      at++;
    } else if (at === text.length) return null;
    if (groups.length > 8) return null;
  }
  if (gap < 0) return groups.length === 8 ? groups : null;
  if (groups.length > 7) return null;
  return [...groups.slice(0, gap), ...new Array<number>(8 - groups.length).fill(0), ...groups.slice(gap)];
}

/** The 32 bits of a dotted IPv4 address; null when it is none. */
export function parseIpv4(text: string): number | null {
  const parts = text.split(".", 5);
  if (parts.length !== 4) return null;
  let value = 0;
  for (const part of parts) {
    const octet = part.length > 3 ? -1 : digits(part, 0, part.length, 255);
    if (octet < 0) return null;
    value = (value << 8) | octet;
  }
  return value >>> 0;
}
