/**
 * The box's certificates: which pair the doors show, where it comes from, requests, uploads, the internal CA, renewals and
 * alarms. There is always a pair that can be shown: a bad or expired one never ends the start nor takes the page down.
 * Sources: RFC 5280 (X.509), RFC 2986 (requests), RFC 5922 (domain certificates in SIP), RFC 8446 §4.4.2 (chains).
 */
export { type AuditCertificates, CertificateKeeper, type KeeperOptions, type TlsSettings } from "./keeper.ts";
export { CERTIFICATE_RECORDS, type CertificateRecord } from "./shelf.ts";
export type { AuthorityView, CertificateSource, CertificateView, CsrView } from "./views.ts";
export type { CertificateAlarm } from "./alarms.ts";
export type { Trouble } from "./live_pair.ts";
export type { Upload } from "./upload.ts";
