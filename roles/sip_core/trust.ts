import { type Flow } from "../../transport/sip/mod.ts";
import { isIpLiteral, isIpv4, normalHost } from "../../transport/net/mod.ts";

interface Block {
  readonly bits: bigint;
  readonly mask: bigint;
  readonly v4: boolean;
}

/** Addresses whose answer is kept. */
const ANSWERS = 4096;

/**
 * Our neighbours in the trust domain (RFC 3325 §4, `[trust] hops`). A hop is known by what it cannot claim: its source
 * address (an address or a CIDR block), or a name in its verified certificate; never by a header.
 */
export class TrustedHops {
  readonly #addresses = new Set<string>();
  readonly #blocks: Block[] = [];
  readonly #names = new Set<string>();
  /** Addresses asked for lately: two look-ups a message instead of arithmetic with large integers. */
  readonly #answers = new Map<string, boolean>();

  /**
   * `hops`: `192.0.2.7`, `192.0.2.0/24`, `2001:db8::/32`, or `core.example.net` (a TLS name). Throws RangeError, naming the
   * entry, for anything else.
   */
  constructor(hops: readonly string[]) {
    for (const hop of hops) this.#add(hop.trim());
  }

  #add(hop: string): void {
    const slash = hop.indexOf("/");
    const host = normalHost((slash < 0 ? hop : hop.slice(0, slash)).replace(/^\[|\]$/g, ""));
    if (!isIpLiteral(host)) {
      if (slash >= 0 || !/^[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?$/.test(host)) throw refused(hop);
      this.#names.add(host);
      return;
    }
    if (slash < 0) {
      if (!isIpv4(host)) this.#blocks.push({ bits: addressBits(host), mask: maskOf(128, 128), v4: false });
      else this.#addresses.add(host);
      return;
    }
    const width = isIpv4(host) ? 32 : 128;
    const prefix = Number(hop.slice(slash + 1));
    if (!/^[0-9]{1,3}$/.test(hop.slice(slash + 1)) || prefix > width) throw refused(hop);
    const mask = maskOf(width, prefix);
    this.#blocks.push({ bits: addressBits(host) & mask, mask, v4: width === 32 });
  }

  /** True when what comes over this flow comes from a trusted hop. */
  trusts(flow: Flow): boolean {
    if (flow.transport !== "memory" && this.trustsAddress(flow.remote.host)) return true;
    if (this.#names.size === 0) return false;
    // SIP URIs in certificates (RFC 5922 §7.1) stand for their host.
    return flow.peerNames.some((name) => this.#names.has(name.toLowerCase().replace(/^sips?:/, "")));
  }

  /** True for an IP literal inside the trust domain. */
  trustsAddress(address: string): boolean {
    let trusted = this.#answers.get(address);
    if (trusted !== undefined) return trusted;
    trusted = this.#isInside(address);
    if (this.#answers.size >= ANSWERS) this.#answers.clear();
    this.#answers.set(address, trusted);
    return trusted;
  }

  #isInside(address: string): boolean {
    if (this.#addresses.has(address)) return true;
    if (this.#blocks.length === 0 && !address.includes(":")) return false;
    const host = normalHost(address);
    if (this.#addresses.has(host)) return true;
    if (this.#blocks.length === 0 || !isIpLiteral(host)) return false;
    const v4 = isIpv4(host);
    const bits = addressBits(host);
    return this.#blocks.some((block) => block.v4 === v4 && (bits & block.mask) === block.bits);
  }
}

function refused(hop: string): RangeError {
  return new RangeError(`"${hop}" is neither an address, an address/prefix, nor a host name`);
}

function maskOf(width: number, prefix: number): bigint {
  return ((1n << BigInt(prefix)) - 1n) << BigInt(width - prefix);
}

/** The 32 or 128 bits of an IP literal; a zone id is left out. */
function addressBits(host: string): bigint {
  if (isIpv4(host)) return host.split(".").reduce((bits, part) => bits * 256n + BigInt(part), 0n);
  const plain = host.split("%")[0].replace(/[0-9]+\.[0-9]+\.[0-9]+\.[0-9]+$/, (v4) => {
    const bits = addressBits(v4);
    return `${(bits >> 16n).toString(16)}:${(bits & 0xffffn).toString(16)}`;
  });
  const [left, right] = plain.split("::");
  const head = left === "" ? [] : left.split(":");
  const tail = right === undefined || right === "" ? [] : right.split(":");
  const gap = right === undefined ? 0 : Math.max(0, 8 - head.length - tail.length);
  const groups = [...head, ...Array<string>(gap).fill("0"), ...tail];
  return groups.slice(0, 8).reduce((bits, group) => bits * 65536n + BigInt(parseInt(group, 16) || 0), 0n);
}
