import { ipv4Number, ipv6Octets, ipv6Text } from "./ip_octets.ts";

/** A range of addresses: `10.0.0.0/8`, `2001:db8::/32`, or one address. */
export class Network {
  /** As written. */
  readonly text: string;
  readonly #octets: readonly number[];
  readonly #bits: number;

  constructor(text: string, octets: readonly number[], bits: number) {
    this.text = text;
    this.#octets = octets;
    this.#bits = bits;
  }

  /** True for an IP literal inside the range. An IPv4-mapped IPv6 address is the IPv4 address. */
  contains(host: string): boolean {
    const octets = hostOctets(host);
    if (octets === null || octets.length !== this.#octets.length) return false;
    for (let i = 0, left = this.#bits; left > 0; i++, left -= 8) {
      const mask = left >= 8 ? 255 : (0xff00 >> left) & 255;
      if ((octets[i] & mask) !== (this.#octets[i] & mask)) return false;
    }
    return true;
  }
}

/** Throws SyntaxError, with what is allowed, for text that is not `address` or `address/length`. */
export function parseNetwork(text: string): Network {
  const slash = text.indexOf("/");
  const octets = hostOctets(slash < 0 ? text : text.slice(0, slash));
  const bits = slash < 0 ? "" : text.slice(slash + 1);
  if (octets === null || (slash >= 0 && !/^[0-9]{1,3}$/.test(bits)) || Number(bits) > octets.length * 8) {
    throw new SyntaxError(`"${text}" is not an address or a range such as "192.0.2.0/24" or "2001:db8::/32"`);
  }
  return new Network(text, octets, slash < 0 ? octets.length * 8 : Number(bits));
}

function hostOctets(host: string): number[] | null {
  let v4 = ipv4Number(host);
  if (v4 < 0) {
    const v6 = ipv6Octets(host);
    if (v6 === null || !host.includes(":")) return null;
    v4 = ipv4Number(ipv6Text(v6));
    if (v4 < 0) return [...v6];
  }
  return [v4 >>> 24, (v4 >>> 16) & 255, (v4 >>> 8) & 255, v4 & 255];
}
