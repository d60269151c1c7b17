import { canonicalHost } from "./ip_octets.ts";
import { isIpLiteral } from "./address.ts";

/** What a certificate says about its holder, as far as names go. */
export interface CertificateNames {
  /** Host parts of `sip:` URIs without a user part. */
  readonly sip: readonly string[];
  readonly dns: readonly string[];
  readonly ip: readonly string[];
  /** Common name; "" when there is none. */
  readonly commonName: string;
  /** True where the certificate has alternative names of any kind: then the common name counts for nothing. */
  readonly alternatives: boolean;
}

/**
 * Reads the `subjectAltName` text of a TLS library (`DNS:a.test, URI:sip:a.test, IP Address:192.0.2.1`). Entries may be
 * quoted as JSON strings where they hold a comma; all names come back lower-case.
 */
export function certificateNames(alternativeNames: string | undefined, commonName: string): CertificateNames {
  const sip: string[] = [];
  const dns: string[] = [];
  const ip: string[] = [];
  for (const entry of (alternativeNames ?? "").match(/(?:[^,"]|"(?:[^"\\]|\\.)*")+/g) ?? []) {
    const colon = entry.indexOf(":");
    const kind = entry.slice(0, colon).trim().toLowerCase();
    const value = entry.slice(colon + 1).trim().toLowerCase();
    if (value.startsWith('"')) continue;
    if (kind === "dns") dns.push(value);
    else if (kind === "ip address" || kind === "ip") ip.push(canonicalHost(value));
    else if (kind === "uri") {
      // A URI with a user part names a person, not a domain (RFC 5922 §7.1).
      const host = /^sip:([^@;?:\[\]]+)(?:[;?:].*)?$/.exec(value)?.[1];
      if (host !== undefined && !value.includes("@")) sip.push(host);
    }
  }
  return { sip, dns, ip, commonName: commonName.toLowerCase(), alternatives: (alternativeNames ?? "") !== "" };
}

/** The SIP domain identities of a certificate (RFC 5922 §7.1): `sip:` URIs; where there is none, DNS names; else the CN. */
export function sipIdentities(names: CertificateNames): readonly string[] {
  if (names.sip.length > 0) return names.sip;
  if (names.dns.length > 0) return names.dns;
  const cn = names.commonName;
  return !names.alternatives && /^[a-z0-9-]+(?:\.[a-z0-9-]+)*$/.test(cn) ? [cn] : [];
}

/**
 * True when a certificate is good for `name` (RFC 5922 §7.2: whole names, no case, no wildcards). An IP literal is looked
 * for among the IP addresses.
 */
export function certificateMatches(names: CertificateNames, name: string): boolean {
  const wanted = canonicalHost(name);
  if (isIpLiteral(name)) return names.ip.includes(wanted);
  return sipIdentities(names).includes(wanted);
}
