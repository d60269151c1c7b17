import type { AuthorityView, CertificateView, CsrView } from "../../../certificates/mod.ts";

export type { AuthorityView, CertificateView, CsrView };

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
