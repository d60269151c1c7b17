import { alternativeNames, EC_P256, generator, keyPem, subjectName } from "./x509_generator.ts";

/** A request for a certificate and the key it is for, both PEM. */
export interface CertificateRequest {
  readonly pem: string;
  readonly key: string;
}

/**
 * A PKCS #10 request (RFC 2986) with a fresh P-256 key for these names: DNS names, each as a `sip:` URI too, and IP
 * addresses. Organisation and country may be "".
 */
export async function makeCertificateRequest(
  names: readonly string[],
  { organisation, country }: { readonly organisation: string; readonly country: string },
): Promise<CertificateRequest> {
  const x509 = await generator();
  const keys = await crypto.subtle.generateKey(EC_P256, true, ["sign", "verify"]);
  const request = await x509.Pkcs10CertificateRequestGenerator.create({
    name: subjectName(x509, names, organisation, country),
    keys,
    signingAlgorithm: EC_P256,
    extensions: [
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth, x509.ExtendedKeyUsage.clientAuth]),
      alternativeNames(x509, names),
    ],
  });
  return { pem: `${request.toString("pem")}\n`, key: await keyPem(keys.privateKey) };
}
