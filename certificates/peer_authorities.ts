import { certificateBlocks, certificateFacts, type CertificatePair } from "../transport/net/machine/mod.ts";

/** The authorities that peers' certificates must come from. */
export interface PeerAuthorities {
  /** PEM; "" where the settings name none. */
  readonly pem: string;
  /** Why the file that is named cannot be used; null when it can. */
  readonly problem: string | null;
}

/**
 * Reads the file of `[tls] ca`. One that cannot be used must neither end the start nor open the door to whomever the public
 * authorities know: then `nobody` stands in its place, a certificate that has signed no other.
 */
export async function readAuthorities(
  file: string,
  nobody: () => Promise<Pick<CertificatePair, "certificate">>,
): Promise<PeerAuthorities> {
  if (file === "") return { pem: "", problem: null };
  try {
    const blocks = certificateBlocks(await Deno.readTextFile(file));
    if (blocks.length === 0) throw new Error('it has no line "-----BEGIN CERTIFICATE-----"');
    for (const block of blocks) certificateFacts(block);
    return { pem: `${blocks.join("\n")}\n`, problem: null };
  } catch (error) {
    const problem = `"${file}" ([tls] ca) cannot be used: ${(error as Error).message}`;
    return { pem: (await nobody()).certificate, problem };
  }
}
