import { OperationError } from "../../../operations/mod.ts";
import type { AuthorityView, CertificateService, CertificateView, CsrView } from "../services/mod.ts";

const DAY_MS = 86_400_000;
const PEM = "-----BEGIN CERTIFICATE-----\nMIIBfake\n-----END CERTIFICATE-----\n";

/** Certificates as a list; what is uploaded only has to look like PEM. */
export class FakeCertificates implements CertificateService {
  readonly #now: () => number;
  readonly #certificates: CertificateView[] = [];
  readonly #requests: CsrView[] = [];
  #authority: AuthorityView | null = null;
  #made = 0;
  lockedBy = "";

  constructor(now: () => number) {
    this.#now = now;
    this.#take("self-signed", ["example.test"], 365);
  }

  list(): CertificateView[] {
    return [...this.#certificates];
  }
  upload({ certificate, key }: { certificate: string; key: string | null }): Promise<CertificateView> {
    if (!certificate.includes("BEGIN CERTIFICATE")) return refused("invalid", "the certificate is no PEM");
    if (key !== null && !key.includes("PRIVATE KEY")) return refused("invalid", "the key is no PEM");
    return Promise.resolve(this.#take("uploaded", ["im.example.test"], 90));
  }
  use(id: string): Promise<CertificateView> {
    this.#known(id);
    this.#certificates.forEach((one, at) => this.#certificates[at] = { ...one, in_use: one.id === id });
    return Promise.resolve(this.#known(id));
  }
  remove(id: string): Promise<CertificateView> {
    const gone = this.#known(id);
    if (gone.in_use) return refused("conflict", "this certificate is in use: put another one in use first");
    this.#certificates.splice(this.#certificates.indexOf(gone), 1);
    return Promise.resolve(gone);
  }
  reload(): Promise<CertificateView> {
    return Promise.resolve(this.#certificates.find(({ in_use }) => in_use)!);
  }
  renewSelfSigned(): Promise<CertificateView> {
    return Promise.resolve(this.#take("self-signed", ["example.test"], 365));
  }
  listCsrs(): CsrView[] {
    return [...this.#requests];
  }
  makeCsr({ names }: { names: readonly string[] }): Promise<CsrView> {
    const pem = "-----BEGIN CERTIFICATE REQUEST-----\nMIIBfake\n-----END CERTIFICATE REQUEST-----\n";
    const made = { id: `request-${++this.#made}`, names, created_at: this.#now(), pem };
    this.#requests.push(made);
    return Promise.resolve(made);
  }
  discardCsr(id: string): Promise<boolean> {
    const at = this.#requests.findIndex((one) => one.id === id);
    if (at >= 0) this.#requests.splice(at, 1);
    return Promise.resolve(at >= 0);
  }
  authority(): AuthorityView | null {
    return this.#authority;
  }
  createAuthority({ name, days }: { name: string; days: number }): Promise<AuthorityView> {
    this.#authority = {
      subject: `CN=${name}`,
      not_after: this.#now() + days * DAY_MS,
      fingerprint: "AA:BB",
      pem: PEM,
    };
    return Promise.resolve(this.#authority);
  }
  issue({ names, days }: { names: readonly string[]; days: number }): Promise<CertificateView> {
    if (this.#authority === null) return refused("conflict", "there is no authority of the box yet");
    return Promise.resolve(this.#take("internal CA", names, days));
  }

  #known(id: string): CertificateView {
    const found = this.#certificates.find((one) => one.id === id);
    if (found === undefined) throw new OperationError("not-found", `there is no certificate "${id}"`);
    return found;
  }

  #take(source: CertificateView["source"], names: readonly string[], days: number): CertificateView {
    const now = this.#now();
    this.#certificates.forEach((one, at) => this.#certificates[at] = { ...one, in_use: false });
    const made: CertificateView = {
      id: `certificate-${++this.#made}`,
      source,
      subject: `CN=${names[0]}`,
      issuer: source === "self-signed" ? `CN=${names[0]}` : "CN=Somebody",
      names,
      not_before: now,
      not_after: now + days * DAY_MS,
      days_left: days,
      serial: "01",
      fingerprint: "AB:CD:EF",
      key_type: "ECDSA P-256",
      chain_length: 1,
      in_use: true,
      warnings: source === "self-signed" ? ["clients will not trust it by themselves"] : [],
    };
    this.#certificates.push(made);
    return made;
  }
}

function refused(kind: OperationError["kind"], message: string): Promise<never> {
  return Promise.reject(new OperationError(kind, message));
}
