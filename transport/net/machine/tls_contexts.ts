import { createSecureContext, rootCertificates, type SecureContext } from "node:tls";
import { type CertificateNames, certificateNames, isIpLiteral } from "../mod.ts";
import type { CertificatePair } from "./certificates.ts";

/** How TLS is spoken. */
export interface TlsOptions {
  /** The first one is for peers that name no domain we have. At least one where a `tls:` door is to open. */
  readonly certificates: readonly CertificatePair[];
  /** Whether peers are asked for a certificate; `require` closes connections without a valid one. */
  readonly clientCertificates: "none" | "ask" | "require";
  /** PEM of the authorities that peers' certificates must come from, beside the public ones where `publicRoots`. */
  readonly authorities: string;
  /** Whether the public authorities are good for servers we connect to. */
  readonly publicRoots: boolean;
  /** What we show where a server asks us; null shows none. */
  readonly clientCertificate: CertificatePair | null;
  /** True: servers that we connect to may show any certificate. For trying things out; never set by the box. */
  readonly unverified?: boolean;
}

export const NO_TLS: TlsOptions = {
  certificates: [],
  clientCertificates: "none",
  authorities: "",
  publicRoots: true,
  clientCertificate: null,
};

/** The contexts made of one set of options: made again when certificates change. */
export class TlsContexts {
  readonly options: TlsOptions;
  readonly #byName = new Map<string, SecureContext>();
  readonly #pairs: { readonly pair: CertificatePair; readonly context: SecureContext }[] = [];
  #client: SecureContext | null = null;

  /** Throws where a PEM text cannot be used. */
  constructor(options: TlsOptions) {
    this.options = options;
    const authorities = pemList(options.authorities);
    for (const pair of options.certificates) {
      const context = createSecureContext({
        cert: pair.certificate,
        key: pair.key,
        ...(authorities.length > 0 ? { ca: authorities } : {}),
        minVersion: "TLSv1.2",
      });
      this.#pairs.push({ pair, context });
      for (const name of [...pair.names.dns, ...pair.names.sip, pair.names.commonName]) {
        if (name !== "" && !this.#byName.has(name)) this.#byName.set(name, context);
      }
    }
  }

  /**
   * For connections of ours: the authorities and, where there is one, our certificate. Made when first asked for, because
   * the public authorities need the permission to read the system's (`--allow-sys=ca`).
   */
  get client(): SecureContext {
    return this.#client ??= createSecureContext({
      ...authoritiesOf(this.options),
      ...(this.options.clientCertificate === null
        ? {}
        : { cert: this.options.clientCertificate.certificate, key: this.options.clientCertificate.key }),
      minVersion: "TLSv1.2",
    });
  }

  /** The same with other certificates; where we show one as a client, it is renewed with the others. */
  renewed(certificates: readonly CertificatePair[]): TlsContexts {
    if (certificates.length === 0) throw new RangeError("at least one certificate is needed");
    const clientCertificate = this.options.clientCertificate === null ? null : certificates[0];
    return new TlsContexts({ ...this.options, certificates, clientCertificate });
  }

  /** The certificate for a server name (RFC 6066 §3); the first one where the name is not ours, or none was sent. */
  forName(name: string | undefined): SecureContext | null {
    const host = (name ?? "").toLowerCase();
    const wildcard = `*${host.slice(Math.max(0, host.indexOf(".")))}`;
    return this.#byName.get(host) ?? this.#byName.get(wildcard) ?? this.#pairs[0]?.context ?? null;
  }
}

/** What `getPeerCertificate` returns, as far as names go. */
export interface PeerCertificate {
  readonly subject?: { readonly CN?: string | string[] };
  readonly subjectaltname?: string;
}

export function namesOfPeer(certificate: PeerCertificate | undefined): CertificateNames {
  const cn = certificate?.subject?.CN ?? "";
  return certificateNames(certificate?.subjectaltname, typeof cn === "string" ? cn : cn[0] ?? "");
}

/** The name to send as SNI; none for an address (RFC 6066 §3). */
export function serverName(name: string): string {
  return isIpLiteral(name) ? "" : name;
}

/** Without authorities of our own the library takes the public ones by itself. */
function authoritiesOf({ publicRoots, authorities }: TlsOptions): { ca?: string[] } {
  const own = pemList(authorities);
  if (!publicRoots) return { ca: own };
  return own.length === 0 ? {} : { ca: [...rootCertificates, ...own] };
}

function pemList(text: string): string[] {
  return text.match(/-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g) ?? [];
}
