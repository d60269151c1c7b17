import type { Clock } from "../foundation/mod.ts";
import { OperationError } from "../operations/mod.ts";
import {
  certificateBlocks,
  type CertificateFacts,
  certificateFacts,
  type CertificatePair,
  certificatesOf,
  chainProblem,
  checkDates,
  foreignPurpose,
  isKeyOf,
} from "../transport/net/machine/mod.ts";
import type { StoredRequest } from "./shelf.ts";

const MAX_CHAIN = 10;
/** Together with the key they must fit into one record of 60,000 octets. */
const MAX_CERTIFICATE = 40_000;
const MAX_KEY = 15_000;
const KEY = /-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----[\s\S]+?-----END (?:[A-Z]+ )?PRIVATE KEY-----/;

/** What an admin uploads. `key` null: the certificate answers a request made here, or its text holds the key as well. */
export interface Upload {
  readonly certificate: string;
  readonly key: string | null;
}

/**
 * Checks an upload whole: PEM, order of the chain, key, kind of key, dates of every certificate, purpose. Gives the pair,
 * reduced to what belongs into it, and the id of the request it answers ("" for none). Throws CertificateError or
 * OperationError with the reason.
 */
export async function readUpload(
  { certificate, key }: Upload,
  requests: readonly (readonly [id: string, request: StoredRequest])[],
  clock: Clock,
): Promise<{ pair: CertificatePair; request: string }> {
  const blocks = certificateBlocks(certificate);
  if (blocks.length === 0) throw refusal(`the certificate is not PEM: ${whatItIs(certificate)}`);
  if (blocks.length > MAX_CHAIN) throw refusal(`the chain has ${blocks.length} certificates; at most ${MAX_CHAIN}`);
  const chain = `${blocks.map((block) => block.replaceAll("\r\n", "\n")).join("\n")}\n`;
  if (chain.length > MAX_CERTIFICATE) {
    throw refusal(`the chain has ${chain.length} characters; at most ${MAX_CERTIFICATE}`);
  }
  const facts = blocks.map((block, at) => factsOf(block, `certificate ${at + 1}`));
  const given = key === null ? KEY.exec(certificate)?.[0] ?? null : key;
  const answered = given === null ? requests.find(([, request]) => isKeyOf(request.key, chain)) : undefined;
  const used = given ?? answered?.[1].key;
  if (used === undefined) {
    throw refusal(`the certificate (${facts[0].subject}) answers none of the requests made here; give its key too`);
  }
  if (used.length > MAX_KEY) throw refusal(`the key has ${used.length} characters; at most ${MAX_KEY}`);
  // Text beside the key (an `EC PARAMETERS` block, attributes of a bag) does not belong to it.
  const block = KEY.exec(used)?.[0].replaceAll("\r\n", "\n");
  const pair = certificatesOf(chain, block === undefined ? used : `${block}\n`, clock);
  for (const [at, one] of facts.entries()) checkDates(one, clock, `certificate ${at + 1} (${one.subject})`);
  const order = chainProblem(chain);
  if (order !== null) throw refusal(order);
  const purpose = await foreignPurpose(chain).catch((error) => {
    throw refusal(`the certificate cannot be read: ${(error as Error).message}`);
  });
  if (purpose !== null) throw refusal(`the certificate is not for servers: its extended key usage is ${purpose}`);
  return { pair, request: answered?.[0] ?? "" };
}

function factsOf(block: string, what: string): CertificateFacts {
  try {
    return certificateFacts(block);
  } catch (error) {
    throw refusal(`${what} cannot be read: ${(error as Error).message}`);
  }
}

function whatItIs(text: string): string {
  if (/-----BEGIN (?:NEW )?CERTIFICATE REQUEST-----/.test(text)) {
    return "this is the request (CSR); needed is the certificate that the authority made from it";
  }
  if (/-----BEGIN PKCS7-----/.test(text)) return "this is PKCS #7; convert it with openssl pkcs7 -print_certs";
  if (KEY.test(text)) return "this is a private key";
  return 'it has no line "-----BEGIN CERTIFICATE-----" (a .pfx or .p12 file: openssl pkcs12 -in FILE -nodes -out NEW.pem)';
}

function refusal(text: string): OperationError {
  return new OperationError("invalid", text);
}
