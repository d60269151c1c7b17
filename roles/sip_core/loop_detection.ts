import type { SipRequest, Wires } from "../../transport/sip/mod.ts";
import { parseVia } from "../../transport/sip/mod.ts";

/**
 * A digest of everything in a request that decides where we send it: Request-URI and Route (RFC 5393 §4.2.1). It rides in
 * our branches, so that a request that comes back unchanged is known as a loop and one that comes back changed (a spiral)
 * is not. Salted for each boot: a guess at it gains nothing but a refusal of one's own request.
 */
export function routingDigest(request: SipRequest, salt: number): string {
  let digest = mix(salt, request.uri);
  if (request.has("Route")) { for (const value of request.getAll("Route")) digest = mix(digest, value); }
  return (digest >>> 0).toString(36);
}

/** FNV-1a, 32 bits. */
function mix(digest: number, text: string): number {
  for (let i = 0; i < text.length; i++) digest = Math.imul(digest ^ text.charCodeAt(i), 0x01000193);
  return digest;
}

/** The digest in a branch of ours: what stands behind the last `-`; "" where there is none. */
export function digestIn(branch: string): string {
  const at = branch.lastIndexOf("-");
  return at < 0 ? "" : branch.slice(at + 1);
}

/** True when a Via of ours below the top one carries the digest this request has now (RFC 5393 §4.2.2). */
export function isLoop(request: SipRequest, wires: Wires, salt: number): boolean {
  const vias = request.getAll("Via");
  if (vias.length === 1 && vias[0].indexOf(",") < 0) return false;
  let digest = "";
  for (const text of request.list("Via")) {
    let via;
    try {
      via = parseVia(text);
    } catch (error) {
      if (error instanceof SyntaxError) continue;
      throw error;
    }
    if (!via.branch.includes("-") || !wires.isOwn(via.host, via.port, null)) continue;
    if (digest === "") digest = routingDigest(request, salt);
    if (digestIn(via.branch) === digest) return true;
  }
  return false;
}
