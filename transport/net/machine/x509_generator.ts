import type { JsonGeneralNames, Name, SubjectAlternativeNameExtension } from "@peculiar/x509";
import { isIpLiteral } from "../address.ts";

type X509 = typeof import("@peculiar/x509");

/** The one kind of key that is made here. */
export const EC_P256 = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };

/** ub-common-name (RFC 5280 appendix A.1). */
const MAX_COMMON_NAME = 64;

/** Loaded only where a certificate or a request is made: at the first start, by the admin, and in tests. */
export async function generator(): Promise<X509> {
  await import("./reflect_metadata.ts");
  return await import("@peculiar/x509");
}

/**
 * `CN=` the first name that fits, with organisation and country where they are not "". No quotation marks in them, and no
 * `#` in front: the library reads those as syntax.
 */
export function subjectName(x509: X509, names: readonly string[], organisation = "", country = ""): Name {
  const commonName = names.find((name) => name.length <= MAX_COMMON_NAME) ?? names[0].slice(0, MAX_COMMON_NAME);
  return new x509.Name([
    ...(country === "" ? [] : [{ C: [country] }]),
    ...(organisation === "" ? [] : [{ O: [organisation] }]),
    { CN: [commonName] },
  ]);
}

/** DNS names, each as a `sip:` URI too (RFC 5922 §6), and IP addresses. */
export function alternativeNames(x509: X509, names: readonly string[]): SubjectAlternativeNameExtension {
  const alternatives: JsonGeneralNames = names.flatMap((name): JsonGeneralNames =>
    isIpLiteral(name)
      ? [{ type: "ip", value: name }]
      : [{ type: "dns", value: name }, { type: "url", value: `sip:${name}` }]
  );
  return new x509.SubjectAlternativeNameExtension(alternatives);
}

/** A private key as PKCS #8 PEM. */
export async function keyPem(key: CryptoKey): Promise<string> {
  const { PemConverter } = await generator();
  return `${PemConverter.encode(await crypto.subtle.exportKey("pkcs8", key), "PRIVATE KEY")}\n`;
}
