export interface CertificateView {
  readonly id: string;
  readonly source: "file" | "uploaded" | "internal CA" | "self-signed";
  readonly subject: string;
  readonly issuer: string;
  readonly names: readonly string[];
  readonly not_before: number;
  readonly not_after: number;
  readonly days_left: number;
  readonly serial: string;
  /** SHA-256, `AB:CD:…` */
  readonly fingerprint: string;
  readonly key_type: string;
  readonly chain_length: number;
  readonly in_use: boolean;
  readonly warnings: readonly string[];
}

export interface CsrView {
  readonly id: string;
  readonly names: readonly string[];
  readonly created_at: number;
  readonly pem: string;
}

export interface AuthorityView {
  readonly subject: string;
  readonly not_after: number;
  readonly fingerprint: string;
  readonly pem: string;
}

export interface CertificateService {
  list(): CertificateView[];
  /** Where files set it, the console only looks: what says so. "" else. */
  readonly lockedBy: string;
  /** Checks and puts it in use at once. `key` null: it answers a CSR made here. */
  upload(request: { certificate: string; key: string | null }, by: string): Promise<CertificateView>;
  use(id: string, by: string): Promise<CertificateView>;
  remove(id: string, by: string): Promise<CertificateView>;
  /** Reads the files again. */
  reload(by: string): Promise<CertificateView>;
  renewSelfSigned(by: string): Promise<CertificateView>;
  listCsrs(): CsrView[];
  makeCsr(request: { names: readonly string[]; organisation: string; country: string }, by: string): Promise<CsrView>;
  discardCsr(id: string, by: string): Promise<boolean>;
  authority(): AuthorityView | null;
  createAuthority(request: { name: string; days: number }, by: string): Promise<AuthorityView>;
  issue(request: { names: readonly string[]; days: number }, by: string): Promise<CertificateView>;
}
