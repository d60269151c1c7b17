import { isToken, quote } from "../grammar.ts";
import { type Algorithm, algorithmOf } from "./hash.ts";
import { parseDigestParams } from "./digest_params.ts";

/** What a server wants to be answered with (RFC 7616 §3.3). */
export interface Challenge {
  readonly realm: string;
  readonly nonce: string;
  /** Null for one that Parley does not speak: such a challenge is ignored (RFC 8760 §2.4). */
  readonly algorithm: Algorithm | null;
  /** As written; undefined when absent: then it is not sent back. */
  readonly algorithmText?: string;
  /** Lower-case tokens; empty when the server speaks RFC 2069. */
  readonly qop: readonly string[];
  readonly opaque?: string;
  /** The digest was right but its nonce too old: try again without asking the user. */
  readonly stale: boolean;
}

/** The parts of a challenge that Parley sends. */
export interface ChallengeParts {
  readonly realm: string;
  readonly nonce: string;
  readonly stale?: boolean;
  readonly opaque?: string;
}

/**
 * The values of WWW-Authenticate or Proxy-Authenticate, one header line for each algorithm, the preferred one first
 * (RFC 8760 §2.3). Quotes as RFC 7616 §3.3 wants them.
 */
export function challengeTexts(
  { realm, nonce, stale, opaque }: ChallengeParts,
  algorithms: readonly Algorithm[] = ["SHA-256", "MD5"],
): string[] {
  const begin = `Digest realm=${quote(realm)}, nonce=${quote(nonce)}`;
  const end = `, qop="auth"${opaque === undefined ? "" : `, opaque=${quote(opaque)}`}${
    stale === true ? ", stale=true" : ""
  }`;
  return algorithms.map((algorithm) => `${begin}, algorithm=${algorithm}${end}`);
}

/** Reads one challenge. Null for another scheme; SyntaxError for Digest that is malformed. */
export function parseChallenge(value: string): Challenge | null {
  const params = parseDigestParams(value);
  if (params === null) return null;
  const realm = params.get("realm");
  const nonce = params.get("nonce");
  if (realm === undefined) throw new SyntaxError("realm missing");
  if (nonce === undefined) throw new SyntaxError("nonce missing");
  const algorithm = params.get("algorithm");
  const qop = (params.get("qop") ?? "").toLowerCase().split(/[ \t]*,[ \t]*/).filter(isToken);
  return {
    realm,
    nonce,
    algorithm: algorithmOf(algorithm),
    algorithmText: algorithm,
    qop,
    opaque: params.get("opaque"),
    stale: params.get("stale")?.toLowerCase() === "true",
  };
}
