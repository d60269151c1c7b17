import { createPrivateKey, createPublicKey, X509Certificate } from "node:crypto";
import type { Extension, JsonGeneralNames } from "@peculiar/x509";
import { type Clock, randomHex } from "../../../foundation/mod.ts";
import { type CertificateNames, certificateNames } from "../certificate_names.ts";
import { isIpLiteral } from "../address.ts";

const DAY_MS = 86_400_000;
const LIFE_DAYS = 825;

/** A certificate chain and its key, both PEM. */
export interface CertificatePair {
  /** The holder's certificate first, then those that signed it. */
  readonly certificate: string;
  readonly key: string;
  readonly names: CertificateNames;
  /** Wall time, ms since the epoch. */
  readonly notBefore: number;
  readonly notAfter: number;
}

/** A certificate or key that cannot be used, with what was found and what to do about it. */
export class CertificateError extends Error {
  constructor(text: string) {
    super(text);
    this.name = "CertificateError";
  }
}

/** Checks a pair: PEM, the key belongs to the certificate, today is inside its dates. Throws CertificateError. */
export function certificatesOf(
  certificate: string,
  key: string,
  clock: Clock,
  from = "the certificate",
): CertificatePair {
  let first: X509Certificate;
  try {
    first = new X509Certificate(certificate);
  } catch (error) {
    throw new CertificateError(`${from} is not a PEM certificate: ${text(error)}`);
  }
  let matches: boolean;
  try {
    const ours = createPublicKey(createPrivateKey(key)).export({ type: "spki", format: "der" });
    matches = first.publicKey.export({ type: "spki", format: "der" }).equals(ours);
  } catch (error) {
    throw new CertificateError(`the key of ${from} is not an unencrypted PEM private key: ${text(error)}`);
  }
  if (!matches) throw new CertificateError(`the key does not belong to ${from} (${oneLine(first.subject)})`);
  const notBefore = Date.parse(first.validFrom);
  const notAfter = Date.parse(first.validTo);
  if (clock.now() > notAfter) throw new CertificateError(`${from} expired on ${first.validTo}`);
  if (clock.now() < notBefore) {
    throw new CertificateError(`${from} is valid from ${first.validFrom} on; is the clock of this machine right?`);
  }
  const commonName = /(?:^|\n)CN=([^\n]*)/.exec(first.subject)?.[1] ?? "";
  return { certificate, key, names: certificateNames(first.subjectAltName, commonName), notBefore, notAfter };
}

/** Reads and checks a pair of files. Throws CertificateError naming the file; call it again to reload. */
export async function loadCertificate(
  certificateFile: string,
  keyFile: string,
  clock: Clock,
): Promise<CertificatePair> {
  return certificatesOf(await read(certificateFile), await read(keyFile), clock, `"${certificateFile}"`);
}

/**
 * A self-signed certificate for these names (DNS names and IP literals, the first one the common name), P-256. It carries
 * each DNS name as a `sip:` URI too (RFC 5922 §6) and may be used by servers and clients. With `issuer`, that pair signs it.
 */
export async function makeCertificate(
  names: readonly string[],
  clock: Clock,
  { issuer, days = LIFE_DAYS, authority = false }: {
    readonly issuer?: CertificatePair;
    readonly days?: number;
    /** The certificate may sign others. */
    readonly authority?: boolean;
  } = {},
): Promise<CertificatePair> {
  const x509 = await generator();
  const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
  const keys = await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const subject = `CN=${names[0]}`;
  const alternatives: JsonGeneralNames = names.flatMap((name): JsonGeneralNames =>
    isIpLiteral(name)
      ? [{ type: "ip", value: name }]
      : [{ type: "dns", value: name }, { type: "url", value: `sip:${name}` }]
  );
  const usages = x509.KeyUsageFlags.digitalSignature | (authority ? x509.KeyUsageFlags.keyCertSign : 0);
  const extensions: Extension[] = [
    new x509.BasicConstraintsExtension(authority, undefined, true),
    new x509.KeyUsagesExtension(usages, true),
    await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
  ];
  if (!authority) {
    extensions.push(
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth, x509.ExtendedKeyUsage.clientAuth]),
      new x509.SubjectAlternativeNameExtension(alternatives),
    );
  }
  const common = {
    // Positive, and no leading zero octet (RFC 5280 §4.1.2.2).
    serialNumber: `4${randomHex(15).slice(1)}`,
    // Clocks of clients are a little off.
    notBefore: new Date(clock.now() - DAY_MS),
    notAfter: new Date(clock.now() + days * DAY_MS),
    signingAlgorithm: algorithm,
    extensions,
  };
  const certificate = issuer === undefined
    ? await x509.X509CertificateGenerator.createSelfSigned({ ...common, name: subject, keys })
    : await x509.X509CertificateGenerator.create({
      ...common,
      subject,
      issuer: new x509.X509Certificate(issuer.certificate).subject,
      publicKey: keys.publicKey,
      signingKey: await signingKey(issuer.key, algorithm),
    });
  const key = x509.PemConverter.encode(await crypto.subtle.exportKey("pkcs8", keys.privateKey), "PRIVATE KEY");
  return certificatesOf(certificate.toString("pem") + "\n", key + "\n", clock);
}

/**
 * The box's own pair in `directory`: `<name>.pem` and `<name>.key` (mode 0600), made at the first start. A pair that is
 * there is loaded and checked, never overwritten.
 */
export async function ownCertificate(
  directory: string,
  name: string,
  hosts: readonly string[],
  clock: Clock,
): Promise<CertificatePair> {
  const certificateFile = `${directory}/${name}.pem`;
  const keyFile = `${directory}/${name}.key`;
  if (await exists(certificateFile)) return await loadCertificate(certificateFile, keyFile, clock);
  const pair = await makeCertificate(hosts, clock);
  await Deno.mkdir(directory, { recursive: true });
  // The key first: a certificate without its key would stop the next start.
  await Deno.writeTextFile(keyFile, pair.key, { mode: 0o600 });
  await Deno.chmod(keyFile, 0o600);
  // Whole or not at all: half a certificate would stop it too.
  await Deno.writeTextFile(`${certificateFile}.new`, pair.certificate, { mode: 0o600 });
  await Deno.rename(`${certificateFile}.new`, certificateFile);
  return pair;
}

/** Loaded only where a certificate is made: at the first start, and in tests. */
async function generator() {
  await import("./reflect_metadata.ts");
  return await import("@peculiar/x509");
}

async function signingKey(pem: string, algorithm: EcKeyImportParams): Promise<CryptoKey> {
  const x509 = await generator();
  const der = x509.PemConverter.decodeFirst(pem);
  return await crypto.subtle.importKey("pkcs8", der, algorithm, false, ["sign"]);
}

async function exists(file: string): Promise<boolean> {
  try {
    await Deno.stat(file);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

async function read(file: string): Promise<string> {
  try {
    return await Deno.readTextFile(file);
  } catch (error) {
    throw new CertificateError(`cannot read "${file}": ${text(error)}`);
  }
}

function text(error: unknown): string {
  return oneLine(error instanceof Error ? error.message : String(error));
}

function oneLine(value: string): string {
  return value.replace(/\s+/g, " ").trim();
}
