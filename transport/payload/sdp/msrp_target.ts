import { parseIpv6 } from "../../sip/mod.ts";
import type { MsrpMedia } from "./msrp_media.ts";

/** Where to connect. */
export interface MsrpTarget {
  /** A name or an address; IPv6 without brackets. */
  readonly host: string;
  readonly port: number;
  /** The name that a TLS certificate must show: the host in the path, wherever the connection goes. */
  readonly name: string;
  readonly secure: boolean;
  /** Whether the address came from the path (RFC 4975 §8.1) or from `c=` and `m=` (RFC 6714). */
  readonly by: "path" | "cema";
}

const URI = /^(msrps?):\/\/(?:[^@/;\s]*@)?(\[[0-9a-fA-F:.]{2,45}\]|[^:/;@\s[\]]{1,255})(?::([0-9]{1,5}))?(?=[/;]|$)/i;
const DEFAULT_PORT = 2855;

/**
 * Where to connect to reach the writer of a section: the first URI of its path, or `c=` and `m=` where both sides know CEMA
 * (RFC 6714 §4.2, §4.3). `ours` is our own section. Throws SyntaxError where there is no address to connect to.
 */
export function connectTarget(peer: MsrpMedia, ours: Pick<MsrpMedia, "cema">): MsrpTarget {
  const path = authorityOf(peer.path[0] ?? "");
  if (path === null) throw new SyntaxError("the path does not begin with an MSRP URI");
  const cema = peer.cema && ours.cema && peer.address !== "" && peer.port !== 0;
  // A name in the path and its address in `c=` are one place; a relay that stands there itself is no middlebox (§4.2).
  if (!cema || (sameHost(path.host, peer.address) && path.port === peer.port)) {
    return { ...path, name: path.host, by: "path" };
  }
  return { host: peer.address, port: peer.port, name: path.host, secure: path.secure, by: "cema" };
}

/**
 * Whether `c=` and `m=` name the same place as a URI of the path (RFC 6714 §4.4). Undefined where only DNS can tell, and for
 * who cannot be connected to (port 9).
 */
export function addressMatchesPath(media: MsrpMedia): boolean | undefined {
  if (media.port === 9 || media.address === "") return undefined;
  let unsure = false;
  for (const uri of media.path) {
    const found = authorityOf(uri);
    if (found === null || found.port !== media.port) continue;
    if (sameHost(found.host, media.address)) return true;
    if (!isAddress(found.host) || !isAddress(media.address)) unsure = true;
  }
  return unsure ? undefined : false;
}

/**
 * Whether our answer says `msrp-cema` (RFC 6714 §4.3): the offer does, and no relay makes it impossible. `weConnect` as
 * `offererConnects` has it, `relay` where our path begins with a relay.
 */
export function answersCema(
  offered: MsrpMedia,
  ours: { readonly relay: boolean; readonly weConnect: boolean },
): boolean {
  if (!offered.cema) return false;
  const theirRelay = offered.path.length > 1;
  if (theirRelay && (ours.relay || !ours.weConnect)) return false;
  return !(ours.relay && ours.weConnect);
}

/**
 * Whether an offerer that said `msrp-cema` must offer again without it (RFC 6714 §4.2): the answer knows no CEMA, its address
 * is not that of its path (a middlebox stands between), and one of us needs the path.
 */
export function mustOfferWithoutCema(
  answer: MsrpMedia,
  ours: { readonly relay: boolean; readonly weConnect: boolean },
): boolean {
  if (answer.cema || addressMatchesPath(answer) !== false) return false;
  return !ours.weConnect || ours.relay || answer.path.length > 1;
}

/** The authority of an MSRP URI: host in lower case, port 2855 where it says none; null when it is none. */
function authorityOf(uri: string): { host: string; port: number; secure: boolean } | null {
  const found = URI.exec(uri);
  const port = Number(found?.[3] ?? DEFAULT_PORT);
  if (found === null || port === 0 || port > 65_535) return null;
  const host = found[2].toLowerCase();
  return { host: host.startsWith("[") ? host.slice(1, -1) : host, port, secure: found[1].length === 5 };
}

/** Names in any case, IPv6 in any spelling. */
function sameHost(a: string, b: string): boolean {
  if (a.toLowerCase() === b.toLowerCase()) return true;
  const left = a.includes(":") ? parseIpv6(a) : null;
  const right = b.includes(":") ? parseIpv6(b) : null;
  return left !== null && right !== null && String(left) === String(right);
}

function isAddress(host: string): boolean {
  return host.includes(":") || /^[0-9.]+$/.test(host);
}
