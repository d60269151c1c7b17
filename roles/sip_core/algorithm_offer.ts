import { detached } from "../../foundation/mod.ts";
import type { Algorithm, SipRequest } from "../../transport/sip/mod.ts";

/**
 * Clients that give up when a challenge names an algorithm they do not know, instead of skipping it as RFC 8760 §2.4 wants
 * (libre before 2.0: `Function not implemented`). Who strips SHA-256 from a challenge on its way can do so for any client, so
 * believing a User-Agent here costs no security.
 */
const MD5_ONLY: readonly RegExp[] = [/^baresip v?[01]\./i];
const MD5: readonly Algorithm[] = ["MD5"];
/** A client that was challenged so often in a row and never answered is taken for one of them. */
const UNANSWERED = 2;
const TABLE = 10_000;

/** Which algorithms a challenge offers: all that are configured, but to a client that cannot read such a challenge only MD5. */
export class AlgorithmOffer {
  readonly #algorithms: readonly Algorithm[];
  readonly #hasMd5: boolean;
  /** REGISTER challenges without an answer, by source and user; a client registers one request at a time. */
  readonly #unanswered = new Map<string, number>();

  constructor(algorithms: readonly Algorithm[]) {
    this.#algorithms = algorithms;
    this.#hasMd5 = algorithms.length > 1 && algorithms.includes("MD5");
  }

  /** For a request that brought no credentials. */
  challenged(request: SipRequest, source: string): readonly Algorithm[] {
    if (!this.#hasMd5) return this.#algorithms;
    const agent = request.get("User-Agent");
    if (agent !== undefined && MD5_ONLY.some((pattern) => pattern.test(agent))) return MD5;
    if (request.method !== "REGISTER") return this.#algorithms;
    const key = keyOf(request, source);
    const times = this.#unanswered.get(key) ?? 0;
    this.#unanswered.delete(key);
    if (this.#unanswered.size >= TABLE) this.#unanswered.delete(this.#unanswered.keys().next().value!);
    this.#unanswered.set(detached(key), times + 1);
    return times >= UNANSWERED ? MD5 : this.#algorithms;
  }

  /** The client answers challenges. */
  answered(request: SipRequest, source: string): void {
    if (this.#unanswered.size > 0 && request.method === "REGISTER") this.#unanswered.delete(keyOf(request, source));
  }
}

function keyOf(request: SipRequest, source: string): string {
  return `${source} ${request.to.uriText}`;
}
