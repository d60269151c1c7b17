import { createHash } from "node:crypto";
import { canonicalHost, type CertificateNames, isIpLiteral } from "../../net/mod.ts";
import { namesOfPeer, type PeerCertificate } from "../../net/machine/mod.ts";

const FINGERPRINT = /^\s*sha-(1|224|256|384|512)\s+([0-9a-f]{2}(?::[0-9a-f]{2})+)\s*$/i;

/**
 * True when `text`, as in an SDP `fingerprint` attribute, is that of the certificate (RFC 8122 §5); hash names and digits in any
 * case. False for a text that is none, and for hashes that RFC 8122 forbids (MD5, MD2).
 */
export function isFingerprintOf(der: Uint8Array, text: string): boolean {
  const match = FINGERPRINT.exec(text);
  if (match === null) return false;
  return createHash(`sha${match[1]}`).update(der).digest("hex") === match[2].replaceAll(":", "").toLowerCase();
}

/** How a certificate's holder is called: DNS names, then the domains of its `sip:` URIs; without any, its common name. */
export function namesIn(names: CertificateNames): readonly string[] {
  if (names.dns.length + names.sip.length > 0) return [...new Set([...names.dns, ...names.sip])];
  return !names.alternatives && names.commonName !== "" ? [names.commonName] : [];
}

/**
 * The check of RFC 4975 §6.1 in the form node:tls wants: undefined when the certificate is good for the host of an MSRP URI. A
 * wildcard stands for one whole left-most label (RFC 9525 §6.3): unlike a SIP domain (RFC 5922 §7.2) this is a host name.
 */
export function hostProblem(host: string, certificate: PeerCertificate): Error | undefined {
  const names = namesOfPeer(certificate);
  const wanted = canonicalHost(host);
  const good = isIpLiteral(host)
    ? names.ip.includes(wanted)
    : hostNames(names).some((name) => name === wanted || covers(name, wanted));
  if (good) return undefined;
  const found = [...hostNames(names), ...names.ip].slice(0, 5).join(", ");
  return new Error(`the certificate is for ${found || "no host"}, not for "${host}" (RFC 4975 §6.1)`);
}

function hostNames({ dns, alternatives, commonName }: CertificateNames): readonly string[] {
  return dns.length > 0 || alternatives || commonName === "" ? dns : [commonName];
}

function covers(wildcard: string, host: string): boolean {
  if (!wildcard.startsWith("*.")) return false;
  const dot = host.indexOf(".");
  return dot > 0 && host.slice(dot) === wildcard.slice(1) && wildcard.indexOf(".", 2) > 0;
}
