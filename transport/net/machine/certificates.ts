import { createPrivateKey, createPublicKey, X509Certificate } from "node:crypto";
import { createSecureContext } from "node:tls";
import { dirname } from "node:path";
import type { Extension } from "@peculiar/x509";
import { type Clock, randomHex } from "../../../foundation/mod.ts";
import type { CertificateNames } from "../certificate_names.ts";
import { certificateBlocks, identitiesOf } from "./certificate_facts.ts";
import { alternativeNames, EC_P256, generator, keyPem, subjectName } from "./x509_generator.ts";

const DAY_MS = 86_400_000;
const LIFE_DAYS = 825;
const MAX_FILE = 1_000_000;
/** What TLS here can sign with: others pass every check and then fail at each handshake. */
const CURVES: Readonly<Record<string, string>> = {
  prime256v1: "EC P-256",
  secp384r1: "EC P-384",
  secp521r1: "EC P-521",
};
const RSA_BITS = { min: 2048, max: 8192 };

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
  /** `expired` and `early`: nothing but today's date speaks against it. */
  readonly kind: "unusable" | "expired" | "early";
  constructor(text: string, kind: CertificateError["kind"] = "unusable") {
    super(text);
    this.name = "CertificateError";
    this.kind = kind;
  }
}

/** Checks a pair: PEM, the key belongs to the certificate, today is inside its dates. Throws CertificateError. */
export function certificatesOf(
  certificate: string,
  key: string,
  clock: Clock,
  from = "the certificate",
): CertificatePair {
  const pair = readPair(certificate, key, from);
  checkDates(pair, clock, from);
  return pair;
}

/**
 * Checks everything but the dates: PEM, each certificate of the chain, that the key belongs to the first and is of a kind
 * that TLS can use. Throws CertificateError.
 */
export function readPair(certificate: string, key: string, from = "the certificate"): CertificatePair {
  const blocks = certificateBlocks(certificate);
  if (blocks.length === 0) {
    throw new CertificateError(`${from} is not a PEM certificate: it has no line "-----BEGIN CERTIFICATE-----"`);
  }
  const [first] = blocks.map((block, at) => parsed(block, at === 0 ? from : `certificate ${at + 1} of ${from}`));
  if (/-----BEGIN ENCRYPTED PRIVATE KEY-----|^Proc-Type: 4,ENCRYPTED/m.test(key)) {
    throw new CertificateError(
      `the key of ${from} is encrypted; take the passphrase off: openssl pkey -in KEY -out NEW`,
    );
  }
  let matches: boolean;
  try {
    const ours = createPublicKey(createPrivateKey(key)).export({ type: "spki", format: "der" });
    matches = first.publicKey.export({ type: "spki", format: "der" }).equals(ours);
  } catch (error) {
    throw new CertificateError(`the key of ${from} is not an unencrypted PEM private key: ${text(error)}`);
  }
  if (!matches) throw new CertificateError(`the key does not belong to ${from} (${oneLine(first.subject)})`);
  keyTypeOf(first, from);
  try {
    createSecureContext({ cert: certificate, key });
  } catch (error) {
    throw new CertificateError(`${from} cannot be used for TLS: ${text(error)}`);
  }
  return {
    certificate,
    key,
    names: identitiesOf(first),
    notBefore: Date.parse(first.validFrom),
    notAfter: Date.parse(first.validTo),
  };
}

/** Throws CertificateError where what has these dates is not valid today. */
export function checkDates(
  { notBefore, notAfter }: Pick<CertificatePair, "notBefore" | "notAfter">,
  clock: Clock,
  from = "the certificate",
): void {
  const day = (at: number) => new Date(at).toISOString().slice(0, 16).replace("T", " ") + " UTC";
  if (clock.now() > notAfter) throw new CertificateError(`${from} expired on ${day(notAfter)}`, "expired");
  if (clock.now() >= notBefore) return;
  const text = `${from} is valid from ${day(notBefore)} on; is the clock of this machine right?`;
  throw new CertificateError(text, "early");
}

/** `EC P-256`, `RSA 2048`, `Ed25519`. Throws CertificateError for a key that TLS here cannot sign with. */
export function keyTypeOf(certificate: X509Certificate, from = "the certificate"): string {
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = certificate.publicKey;
  if (type === "ed25519") return "Ed25519";
  const curve = type === "ec" ? CURVES[details?.namedCurve ?? ""] : undefined;
  if (curve !== undefined) return curve;
  const bits = type === "rsa" ? details?.modulusLength ?? 0 : 0;
  if (bits >= RSA_BITS.min && bits <= RSA_BITS.max) return `RSA ${bits}`;
  const found = bits > 0 ? `RSA with ${bits} bits` : [type, details?.namedCurve].filter(Boolean).join(" ");
  throw new CertificateError(
    `the key of ${from} is ${found}; allowed: EC P-256, P-384 or P-521, Ed25519, RSA with ${RSA_BITS.min} to ${RSA_BITS.max} bits`,
  );
}

function parsed(block: string, what: string): X509Certificate {
  try {
    return new X509Certificate(block);
  } catch (error) {
    throw new CertificateError(`${what} is not a PEM certificate: ${text(error)}`);
  }
}

/** Reads a pair of files whatever its dates. Rejects with CertificateError naming the file. */
export async function readPairFiles(certificateFile: string, keyFile: string): Promise<CertificatePair> {
  return readPair(await read(certificateFile), await read(keyFile), `"${certificateFile}"`);
}

/**
 * A self-signed certificate for these names (DNS names and IP literals, the first one the common name), P-256. It carries
 * each DNS name as a `sip:` URI too (RFC 5922 §6) and may be used by servers and clients. With `issuer`, that pair signs it,
 * and it ends no later than that one.
 */
export async function makeCertificate(
  names: readonly string[],
  clock: Clock,
  { issuer, days = LIFE_DAYS, authority = false }: {
    readonly issuer?: CertificatePair;
    readonly days?: number;
    /** The certificate may sign others, but no authorities (RFC 5280 §4.2.1.9). */
    readonly authority?: boolean;
  } = {},
): Promise<CertificatePair> {
  const x509 = await generator();
  const keys = await crypto.subtle.generateKey(EC_P256, true, ["sign", "verify"]);
  const subject = subjectName(x509, names);
  const { digitalSignature, keyCertSign, cRLSign } = x509.KeyUsageFlags;
  const extensions: Extension[] = [
    new x509.BasicConstraintsExtension(authority, authority ? 0 : undefined, true),
    new x509.KeyUsagesExtension(authority ? digitalSignature | keyCertSign | cRLSign : digitalSignature, true),
    await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
  ];
  if (!authority) {
    extensions.push(
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth, x509.ExtendedKeyUsage.clientAuth]),
      alternativeNames(x509, names),
    );
  }
  const end = clock.now() + days * DAY_MS;
  const common = {
    // Positive, and no leading zero octet (RFC 5280 §4.1.2.2).
    serialNumber: `4${randomHex(15).slice(1)}`,
    // Clocks of clients are a little off.
    notBefore: new Date(clock.now() - DAY_MS),
    notAfter: new Date(issuer === undefined ? end : Math.min(end, issuer.notAfter)),
    signingAlgorithm: EC_P256,
    extensions,
  };
  let certificate;
  if (issuer === undefined) {
    certificate = await x509.X509CertificateGenerator.createSelfSigned({ ...common, name: subject, keys });
  } else {
    const signer = new x509.X509Certificate(issuer.certificate);
    // Required in what an authority issues (RFC 5280 §4.2.1.1).
    extensions.push(await x509.AuthorityKeyIdentifierExtension.create(signer.publicKey));
    certificate = await x509.X509CertificateGenerator.create({
      ...common,
      subject,
      issuer: signer.subjectName,
      publicKey: keys.publicKey,
      signingKey: await signingKey(issuer.key),
    });
  }
  return certificatesOf(`${certificate.toString("pem")}\n`, await keyPem(keys.privateKey), clock);
}

/**
 * Puts a pair into two files, each whole or not at all, for their owner's eyes (mode 0600). Between the two a crash leaves
 * a pair that does not match; whoever reads it has to be ready for that.
 */
export async function savePair(
  certificateFile: string,
  keyFile: string,
  pair: Pick<CertificatePair, "certificate" | "key">,
): Promise<void> {
  await Deno.mkdir(dirname(certificateFile), { recursive: true });
  for (const [file, text] of [[keyFile, pair.key], [certificateFile, pair.certificate]]) {
    await Deno.writeTextFile(`${file}.new`, text, { mode: 0o600 });
    await Deno.chmod(`${file}.new`, 0o600);
    await Deno.rename(`${file}.new`, file);
  }
}

async function signingKey(pem: string): Promise<CryptoKey> {
  const x509 = await generator();
  return await crypto.subtle.importKey("pkcs8", x509.PemConverter.decodeFirst(pem), EC_P256, false, ["sign"]);
}

async function read(file: string): Promise<string> {
  try {
    const { isFile, size } = await Deno.stat(file);
    // A pipe would never end.
    if (!isFile) throw new Error("it is not a file");
    if (size > MAX_FILE) throw new Error(`it has ${size} octets; at most ${MAX_FILE}`);
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
