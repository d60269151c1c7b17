import { createPrivateKey, createPublicKey, X509Certificate } from "node:crypto";
import { type CertificateNames, certificateNames } from "../certificate_names.ts";
import { generator } from "./x509_generator.ts";

/** What a chain says of itself, for people. Times are ms since the epoch. */
export interface CertificateFacts {
  /** `C=DE, O=Example, CN=im.example.test` */
  readonly subject: string;
  readonly issuer: string;
  /** DNS names, addresses, `sip:` and other URIs, as they stand there. */
  readonly names: readonly string[];
  /** The same as SIP counts them. */
  readonly identities: CertificateNames;
  readonly notBefore: number;
  readonly notAfter: number;
  /** Hexadecimal. */
  readonly serial: string;
  /** SHA-256, `AB:CD:…` */
  readonly fingerprint: string;
  readonly chainLength: number;
  readonly selfSigned: boolean;
  /** Why clients may refuse it though it can be used: weak signatures, a chain out of order. */
  readonly weaknesses: readonly string[];
}

/** The PEM certificates in a text, in order, and nothing else of it. */
export function certificateBlocks(text: string): string[] {
  return text.match(/-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g) ?? [];
}

/** Reads a chain that `readPair` has found in order. Throws where it is none. */
export function certificateFacts(chain: string): CertificateFacts {
  const certificates = certificateBlocks(chain).map((block) => new X509Certificate(block));
  const [first] = certificates;
  // Not `checkIssued`: that asks for the right to sign others.
  const selfSigned = first.subject === first.issuer && first.verify(first.publicKey);
  // Nobody checks how a root signed itself.
  const weak = certificates.filter((certificate) =>
    /md5|sha1/i.test(signatureOf(certificate)) && !certificate.checkIssued(certificate)
  );
  const order = chainProblem(chain);
  return {
    subject: oneLine(first.subject),
    issuer: oneLine(first.issuer),
    names: namesOf(first),
    identities: identitiesOf(first),
    notBefore: Date.parse(first.validFrom),
    notAfter: Date.parse(first.validTo),
    serial: first.serialNumber,
    fingerprint: first.fingerprint256,
    chainLength: certificates.length,
    selfSigned,
    weaknesses: [
      ...weak.map((certificate) => `${oneLine(certificate.subject)} is signed with ${signatureOf(certificate)}`),
      ...(order === null ? [] : [order]),
    ],
  };
}

/** The names of a certificate as RFC 5922 §7.1 looks at them. */
export function identitiesOf({ subject, subjectAltName }: X509Certificate): CertificateNames {
  return certificateNames(subjectAltName, /(?:^|\n)CN=([^\n]*)/.exec(subject)?.[1] ?? "");
}

/** What is wrong with the order of a chain (RFC 8446 §4.4.2: each certificate is signed by the next); null for nothing. */
export function chainProblem(chain: string): string | null {
  const certificates = certificateBlocks(chain).map((block) => new X509Certificate(block));
  for (let at = 0; at + 1 < certificates.length; at++) {
    const [signed, next] = [certificates[at], certificates[at + 1]];
    if (issued(next, signed)) continue;
    const signer = certificates.findIndex((other, place) => place !== at && issued(other, signed));
    const place = `certificate ${at + 2} (${oneLine(next.subject)}) did not sign certificate ${at + 1}`;
    return signer >= 0
      ? `the chain is out of order: ${place}, number ${signer + 1} did; the holder's comes first, then who signed it`
      : `${place} (${oneLine(signed.subject)}), which was signed by ${oneLine(signed.issuer)}`;
  }
  return null;
}

/**
 * What a certificate may be used for besides being a server's (`clientAuth`, …), where it says so and leaves servers out
 * (RFC 5280 §4.2.1.12); null where servers may use it.
 */
export async function foreignPurpose(chain: string): Promise<string | null> {
  const x509 = await generator();
  const [first] = certificateBlocks(chain);
  const extension = new x509.X509Certificate(first).getExtension(x509.ExtendedKeyUsageExtension);
  if (extension === null) return null;
  const usages = extension.usages.map(String);
  // 2.5.29.37.0: any purpose.
  if (usages.includes(x509.ExtendedKeyUsage.serverAuth) || usages.includes("2.5.29.37.0")) return null;
  const word = (usage: string) => Object.entries(x509.ExtendedKeyUsage).find(([, oid]) => oid === usage)?.[0] ?? usage;
  return usages.map(word).join(", ");
}

/** True when a private key (PEM) is that of the first certificate. False also for what cannot be read. */
export function isKeyOf(key: string, chain: string): boolean {
  try {
    const ours = createPublicKey(createPrivateKey(key)).export({ type: "spki", format: "der" });
    const [first] = certificateBlocks(chain);
    return new X509Certificate(first).publicKey.export({ type: "spki", format: "der" }).equals(ours);
  } catch {
    return false;
  }
}

/** The first certificate as DER. */
export function certificateDer(chain: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(new X509Certificate(chain).raw);
}

/** `ecdsa-with-SHA256`; the types of Node.js 22 do not know it yet. */
function signatureOf(certificate: X509Certificate & { readonly signatureAlgorithm?: string }): string {
  return certificate.signatureAlgorithm ?? "";
}

function issued(issuer: X509Certificate, subject: X509Certificate): boolean {
  if (!subject.checkIssued(issuer)) return false;
  try {
    return subject.verify(issuer.publicKey);
  } catch {
    // The runtime throws for signatures, and for keys, of a form that it cannot read: nobody has issued it then.
    return false;
  }
}

function namesOf({ subjectAltName }: X509Certificate): string[] {
  const entries = (subjectAltName ?? "").match(/(?:[^,"]|"(?:[^"\\]|\\.)*")+/g) ?? [];
  return entries.map((entry) => entry.trim().replace(/^(?:DNS|IP Address|URI|email):/, ""));
}

/** The parts of a distinguished name are lines in Node's form. */
function oneLine(name: string): string {
  return name.split("\n").join(", ");
}
