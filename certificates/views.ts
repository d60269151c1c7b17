import { X509Certificate } from "node:crypto";
import type { Clock } from "../foundation/mod.ts";
import { type CertificateFacts, certificateFacts, keyTypeOf } from "../transport/net/machine/mod.ts";
import { missingNames, type NamingConfig } from "./names.ts";

const DAY_MS = 86_400_000;
/** More than there can be at the same time. */
const MAX_KNOWN = 64;

/** Where a certificate comes from. */
export type CertificateSource = "file" | "uploaded" | "internal CA" | "self-signed";

/** A certificate for the console: plain data, no key. Times are ms since the epoch. */
export interface CertificateView {
  /** `file`, `self-signed`, or one that storage knows. */
  readonly id: string;
  readonly source: CertificateSource;
  readonly subject: string;
  readonly issuer: string;
  /** DNS names, addresses and URIs. */
  readonly names: readonly string[];
  readonly not_before: number;
  readonly not_after: number;
  /** Whole days, rounded down; negative once it has expired. */
  readonly days_left: number;
  readonly serial: string;
  /** SHA-256, `AB:CD:…` */
  readonly fingerprint: string;
  readonly key_type: string;
  readonly chain_length: number;
  readonly in_use: boolean;
  /** What clients may stumble over. */
  readonly warnings: readonly string[];
}

/** A request that waits for its certificate. */
export interface CsrView {
  readonly id: string;
  readonly names: readonly string[];
  readonly created_at: number;
  readonly pem: string;
}

/** The internal CA; its certificate is for everybody. */
export interface AuthorityView {
  readonly subject: string;
  readonly not_after: number;
  readonly fingerprint: string;
  readonly pem: string;
}

/** What a view is made of. `certificate`: the chain, PEM. */
export interface Shown {
  readonly id: string;
  readonly source: CertificateSource;
  readonly certificate: string;
}

interface Known {
  readonly facts: CertificateFacts;
  readonly keyType: string;
}

/** Makes views. What does not change about a certificate is worked out once: a list may be long and asked for often. */
export class Views {
  readonly #config: NamingConfig;
  readonly #clock: Clock;
  readonly #known = new Map<string, Known>();

  constructor(config: NamingConfig, clock: Clock) {
    this.#config = config;
    this.#clock = clock;
  }

  /** One certificate as it looks now. */
  view({ id, source, certificate }: Shown, inUse: boolean): CertificateView {
    const now = this.#clock.now();
    const { facts, keyType } = this.#look(certificate);
    const warnings = [
      ...(now > facts.notAfter ? ["it has expired"] : []),
      ...(now < facts.notBefore ? ["it is not valid yet"] : []),
      ...missingNames(facts.identities, this.#config).map((name) => missingText(facts, name)),
      ...facts.weaknesses,
    ];
    if (source !== "internal CA" && !facts.selfSigned && facts.chainLength === 1) {
      warnings.push(`it is sent without its issuer (${facts.issuer}): clients must know that one already`);
    }
    return {
      id,
      source,
      subject: facts.subject,
      issuer: facts.issuer,
      names: facts.names,
      not_before: facts.notBefore,
      not_after: facts.notAfter,
      days_left: Math.floor((facts.notAfter - now) / DAY_MS),
      serial: facts.serial,
      fingerprint: facts.fingerprint,
      key_type: keyType,
      chain_length: facts.chainLength,
      in_use: inUse,
      warnings,
    };
  }

  #look(certificate: string): Known {
    let known = this.#known.get(certificate);
    if (known === undefined) {
      known = { facts: certificateFacts(certificate), keyType: keyTypeOf(new X509Certificate(certificate)) };
      if (this.#known.size >= MAX_KNOWN) this.#known.clear();
      this.#known.set(certificate, known);
    }
    return known;
  }
}

export function authorityView(certificate: string): AuthorityView {
  const { subject, notAfter, fingerprint } = certificateFacts(certificate);
  return { subject, not_after: notAfter, fingerprint, pem: certificate };
}

function missingText({ identities }: CertificateFacts, name: string): string {
  const wildcard = `*.${name.slice(name.indexOf(".") + 1)}`;
  return identities.dns.includes(wildcard)
    ? `it names ${name} only as ${wildcard}, which browsers take and SIP does not (RFC 5922 §7.2)`
    : `it does not name ${name}`;
}
