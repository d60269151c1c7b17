import type { Config } from "../config.ts";
import { OperationError } from "../operations/mod.ts";
import { canonicalHost, certificateMatches, type CertificateNames, isIpLiteral } from "../transport/net/mod.ts";
import { interfaceAddresses } from "../transport/net/machine/mod.ts";

const MAX_NAMES = 50;
const LABEL = /^(?!-)[a-z0-9-]{1,63}(?<!-)$/;

/** The settings that name the box. */
export type NamingConfig = Pick<Config, "domains" | "advertise" | "listen">;

/** What clients may call the box: its domains, its advertised name, the addresses it listens on. */
export function ownNames({ domains, advertise, listen }: NamingConfig): string[] {
  const names = new Set<string>(domains);
  if (advertise.host !== "") names.add(advertise.host);
  for (const { host } of [...listen.sip, ...listen.web]) {
    if (host === "0.0.0.0" || host === "::") { for (const address of interfaceAddresses()) names.add(address); }
    else names.add(host);
  }
  return [...names].filter((name) => !name.includes("%"));
}

/**
 * Names that clients use for certain and the certificate lacks: domains as RFC 5922 §7.2 counts them, and the advertised
 * host. Addresses of doors are not asked for: no public authority would certify them.
 */
export function missingNames(names: CertificateNames, { domains, advertise }: NamingConfig): string[] {
  const missing = new Set(domains.filter((domain) => !certificateMatches(names, domain)));
  const host = advertise.host === "" ? "" : canonicalHost(advertise.host);
  if (host !== "" && ![...names.dns, ...names.ip, ...names.sip].includes(host)) missing.add(advertise.host);
  return [...missing];
}

/** Host names and addresses as typed, folded and each once. Throws OperationError. */
export function hostNames(typed: readonly string[]): string[] {
  const names = new Set<string>();
  for (const text of typed) {
    const name = text.trim().toLowerCase().replace(/^\[(.*)\]$/, "$1");
    if (isIpLiteral(name) && !name.includes("%")) {
      names.add(canonicalHost(name));
      continue;
    }
    const whole = name.length <= 253 && name.split(".").every((label) => LABEL.test(label));
    if (!whole || /^[0-9.]+$/.test(name)) {
      const allowed = "a host name in ASCII without wildcards (RFC 5922 §7.2), or an address";
      throw new OperationError("invalid", `name "${text.slice(0, 100)}"; allowed: ${allowed}`);
    }
    names.add(name);
  }
  if (names.size >= 1 && names.size <= MAX_NAMES) return [...names];
  throw new OperationError("invalid", `${names.size} names; allowed: 1 to ${MAX_NAMES}`);
}

/** An organisation, or the name of an authority, as typed. Throws OperationError. */
export function plainName(what: string, typed: string): string {
  const name = typed.normalize("NFC").trim().replace(/\s+/g, " ");
  if (name.length >= 1 && name.length <= 64 && !/["\\\p{C}]|^#/u.test(name)) return name;
  const allowed = '1 to 64 characters, no quotation mark or backslash, no "#" in front';
  throw new OperationError("invalid", `${what} "${name.slice(0, 100)}"; allowed: ${allowed}`);
}
