import { normalHost } from "./address.ts";

/** IPv4 text as an unsigned number (192.0.2.1 is 0xC0000201), or -1 where it is none. */
export function ipv4Number(host: string): number {
  let value = 0;
  let part = -1;
  let dots = 0;
  for (let i = 0; i < host.length; i++) {
    const c = host.charCodeAt(i);
    if (c >= 48 && c <= 57) {
      part = part < 0 ? c - 48 : part * 10 + c - 48;
      if (part > 255) return -1;
    } else if (c === 46 && part >= 0 && dots < 3) {
      value = value * 256 + part;
      part = -1;
      dots++;
    } else return -1;
  }
  return dots === 3 && part >= 0 ? value * 256 + part : -1;
}

/** An unsigned number as IPv4 text. */
export function ipv4Text(value: number): string {
  return `${value >>> 24}.${(value >>> 16) & 255}.${(value >>> 8) & 255}.${value & 255}`;
}

/** The 16 octets of IPv6 text (RFC 4291 §2.2; a zone id is left out), or null where it is none. */
export function ipv6Octets(host: string): Uint8Array | null {
  const zone = host.indexOf("%");
  const text = zone < 0 ? host : host.slice(0, zone);
  const gap = text.indexOf("::");
  if (gap >= 0 && text.indexOf("::", gap + 1) >= 0) return null;
  const front = groups(gap < 0 ? text : text.slice(0, gap));
  const back = gap < 0 ? [] : groups(text.slice(gap + 2));
  if (front === null || back === null) return null;
  const given = front.length + back.length;
  if (gap < 0 ? given !== 16 : given > 14) return null;
  const octets = new Uint8Array(16);
  octets.set(front, 0);
  octets.set(back, 16 - back.length);
  return octets;
}

function groups(text: string): number[] | null {
  if (text === "") return [];
  const octets: number[] = [];
  const parts = text.split(":");
  for (let i = 0; i < parts.length; i++) {
    const part = parts[i];
    if (i === parts.length - 1 && part.includes(".")) {
      const v4 = ipv4Number(part);
      if (v4 < 0) return null;
      octets.push(v4 >>> 24, (v4 >>> 16) & 255, (v4 >>> 8) & 255, v4 & 255);
    } else {
      if (!/^[0-9A-Fa-f]{1,4}$/.test(part)) return null;
      const value = parseInt(part, 16);
      octets.push(value >> 8, value & 255);
    }
  }
  return octets;
}

/** 16 octets as IPv6 text in the one form of RFC 5952 §4; an IPv4-mapped address as IPv4. */
export function ipv6Text(octets: Uint8Array, at = 0): string {
  const words: number[] = [];
  for (let i = 0; i < 16; i += 2) words.push(octets[at + i] << 8 | octets[at + i + 1]);
  if (words[5] === 0xffff && words.slice(0, 5).every((word) => word === 0)) {
    return `${octets[at + 12]}.${octets[at + 13]}.${octets[at + 14]}.${octets[at + 15]}`;
  }
  // The longest run of zero groups, the first of equals, of two at least, becomes "::".
  let best = -1;
  let bestLength = 1;
  for (let i = 0; i < 8; i++) {
    let length = 0;
    while (i + length < 8 && words[i + length] === 0) length++;
    if (length > bestLength) {
      best = i;
      bestLength = length;
    }
    i += length;
  }
  const hex = words.map((word) => word.toString(16));
  if (best < 0) return hex.join(":");
  return `${hex.slice(0, best).join(":")}::${hex.slice(best + bestLength).join(":")}`;
}

/** One spelling for each address, so that texts compare; what is not an IP literal comes back lower-case. */
export function canonicalHost(host: string): string {
  if (!host.includes(":")) return host.toLowerCase();
  const octets = ipv6Octets(host);
  if (octets === null) return normalHost(host);
  const zone = host.indexOf("%");
  return ipv6Text(octets) + (zone < 0 ? "" : host.slice(zone).toLowerCase());
}

/** True for 127.0.0.0/8 and ::1. */
export function isLoopback(host: string): boolean {
  const text = canonicalHost(host);
  return text === "::1" || (text.startsWith("127.") && ipv4Number(text) >= 0);
}

/** True for the addresses that mean "every address of this machine". */
export function isWildcard(host: string): boolean {
  return host.includes(":") ? canonicalHost(host) === "::" : host === "0.0.0.0";
}
