import { type Algorithm, keyHash, type SipRequest } from "../../transport/sip/mod.ts";

/**
 * Clients that give up when a challenge names an algorithm they do not know, instead of skipping it as RFC 8760 §2.4 wants.
 * Who strips SHA-256 from a challenge on its way can do so for any client, so believing what a client says of itself here
 * costs no security.
 *
 * - baresip before 2.0 (libre: "Function not implemented"), by its User-Agent.
 * - sipp to 3.7 ("authentication must use MD5"), which writes no User-Agent: by the form of its branches and Call-IDs.
 */
function readsOnlyMd5(request: SipRequest): boolean {
  const agent = request.get("User-Agent");
  if (agent !== undefined) return /^baresip v?[01]\./i.test(agent);
  return /^z9hG4bK-[0-9]+-[0-9]+-[0-9]+$/.test(request.via.branch) && /^[0-9]+-[0-9]+@/.test(request.callId);
}

const MD5: readonly Algorithm[] = ["MD5"];
/** A client that was challenged so often in a row and never answered is taken for one of them. */
const UNANSWERED = 2;
/** Counters; two clients that share one by chance are offered less than they could read, and work all the same. */
const COUNTERS = 65_536;

/** Which algorithms a challenge offers: all that are configured, but to a client that cannot read such a challenge only MD5. */
export class AlgorithmOffer {
  readonly #algorithms: readonly Algorithm[];
  readonly #hasMd5: boolean;
  /** REGISTER challenges without an answer, by source and user; a client registers one request at a time. */
  readonly #unanswered = new Uint8Array(COUNTERS);

  constructor(algorithms: readonly Algorithm[]) {
    this.#algorithms = algorithms;
    this.#hasMd5 = algorithms.length > 1 && algorithms.includes("MD5");
  }

  /** For a request that brought no credentials. */
  challenged(request: SipRequest, source: string): readonly Algorithm[] {
    if (!this.#hasMd5) return this.#algorithms;
    if (readsOnlyMd5(request)) return MD5;
    if (request.method !== "REGISTER") return this.#algorithms;
    const counter = counterOf(request, source);
    const times = this.#unanswered[counter];
    if (times < UNANSWERED) this.#unanswered[counter] = times + 1;
    return times >= UNANSWERED ? MD5 : this.#algorithms;
  }

  /** The client answers challenges. */
  answered(request: SipRequest, source: string): void {
    if (request.method === "REGISTER") this.#unanswered[counterOf(request, source)] = 0;
  }
}

function counterOf(request: SipRequest, source: string): number {
  return keyHash(`${source} ${request.to.uriText}`) % COUNTERS;
}
