/** Certificates of the box: its own self-signed one or the admin's, read again when the files change. */
import { dirname } from "node:path";
import type { Clock, Log } from "./foundation/mod.ts";
import type { Config } from "./config.ts";
import {
  CertificateError,
  type CertificatePair,
  interfaceAddresses,
  loadCertificate,
  ownCertificate,
} from "./transport/net/machine/mod.ts";
import type { TlsOptions } from "./transport/sip/flows/mod.ts";

/** After the first sign of a change: editors and certificate tools write several files. */
const SETTLE_MS = 500;

/** What TLS doors show, and who hears when it changes. A bad new certificate is reported and the one in use stays. */
export class CertificateKeeper {
  readonly #config: Config;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #listeners: ((pair: CertificatePair) => void)[] = [];
  readonly #authorities: string;
  #pair: CertificatePair;

  private constructor(config: Config, clock: Clock, log: Log, pair: CertificatePair, authorities: string) {
    this.#config = config;
    this.#clock = clock;
    this.#log = log;
    this.#pair = pair;
    this.#authorities = authorities;
  }

  /** Rejects with CertificateError where the admin's certificate cannot be used. */
  static async open(config: Config, clock: Clock, log: Log): Promise<CertificateKeeper> {
    const { certificate, key, ca } = config.tls;
    const pair = certificate === ""
      ? await ownCertificate(config.data, "parley-tls", ownNames(config), clock)
      : await loadCertificate(certificate, key, clock);
    let authorities = "";
    try {
      authorities = ca === "" ? "" : await Deno.readTextFile(ca);
    } catch (error) {
      throw new CertificateError(`"${ca}" ([tls] ca) cannot be read: ${(error as Error).message}`);
    }
    return new CertificateKeeper(config, clock, log, pair, authorities);
  }

  get pair(): CertificatePair {
    return this.#pair;
  }

  get options(): TlsOptions {
    return {
      certificates: [this.#pair],
      clientCertificates: this.#config.tls.client_certificates,
      authorities: this.#authorities,
      publicRoots: true,
      clientCertificate: this.#pair,
    };
  }

  /** `listener` gets every new pair, from the next change on. */
  onRenewed(listener: (pair: CertificatePair) => void): void {
    this.#listeners.push(listener);
  }

  /** Watches the admin's files until the function it gives is called. The box's own pair changes only with a restart. */
  watch(): () => void {
    const { certificate, key } = this.#config.tls;
    if (certificate === "") return () => {};
    // The folders, not the files: a renewal puts new files in the place of the old ones.
    const watcher = Deno.watchFs([...new Set([dirname(certificate), dirname(key)])], { recursive: false });
    let settling: ReturnType<typeof setTimeout> | undefined;
    const follow = async (): Promise<void> => {
      for await (const event of watcher) {
        if (event.kind === "access") continue;
        clearTimeout(settling);
        settling = setTimeout(() => void this.#reload(), SETTLE_MS);
      }
    };
    follow().catch((error) => this.#log.error("certificates are not watched any more", { error: String(error) }));
    return () => {
      clearTimeout(settling);
      watcher.close();
    };
  }

  async #reload(): Promise<void> {
    const { certificate, key } = this.#config.tls;
    try {
      const pair = await loadCertificate(certificate, key, this.#clock);
      if (pair.certificate === this.#pair.certificate && pair.key === this.#pair.key) return;
      this.#pair = pair;
      for (const listener of this.#listeners) listener(pair);
      this.#log.info("certificate renewed", { expires: new Date(pair.notAfter).toISOString() });
    } catch (error) {
      this.#log.error("new certificate refused, the old one stays", { error: (error as Error).message });
    }
  }
}

/** What clients may call the box: its domains, its advertised name, the addresses it listens on. */
function ownNames({ domains, advertise, listen }: Config): string[] {
  const names = new Set<string>(domains);
  if (advertise.host !== "") names.add(advertise.host);
  for (const { host } of [...listen.sip, ...listen.web]) {
    if (host === "0.0.0.0" || host === "::") { for (const address of interfaceAddresses()) names.add(address); }
    else names.add(host);
  }
  return [...names].filter((name) => !name.includes("%"));
}
