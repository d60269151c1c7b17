import { tryParseUri } from "../uri.ts";
import { hostEquals } from "../uri_compare.ts";
import type { Credentials } from "./credentials.ts";
import { digestResponse, equalInConstantTime, ha2 } from "./digest_response.ts";
import { type Algorithm, algorithmOf, type Hash } from "./hash.ts";
import type { NonceRing } from "./nonce_ring.ts";

/** What came out of a check. Only `ok` lets anybody in. */
export type Verdict =
  | { readonly outcome: "ok"; readonly username: string; readonly realm: string; readonly algorithm: Algorithm }
  /** The password was right, the nonce too old or from another boot: challenge with stale=true. Never counts to lock-out. */
  | { readonly outcome: "stale"; readonly username: string }
  /** The password was right, the nonce count was used before: challenge with stale=true; worth a count. */
  | { readonly outcome: "replay"; readonly username: string }
  | { readonly outcome: "wrong"; readonly username: string }
  /** Nobody of that name. The sender must not be told the difference from `wrong`. */
  | { readonly outcome: "unknown-user"; readonly username: string }
  /** The digest is for another resource than the Request-URI (RFC 7616 §3.4.6: 400). */
  | { readonly outcome: "other-uri"; readonly username: string }
  /** Not an answer to our challenge: an algorithm or qop that was not offered. Challenge again. */
  | { readonly outcome: "unsupported"; readonly username: string; readonly reason: string };

/**
 * H(A1) of a user in that realm for that algorithm; null when there is no such user. `username` comes as written, octets as
 * characters: `user` and `user@domain` are for the function to tell apart (their hashes differ, so two are kept).
 */
export type CredentialStore = (username: string, realm: string, algorithm: Algorithm) => string | null;

/** What the verifier stands on. */
export interface VerifierParts {
  readonly hash: Hash;
  readonly nonces: NonceRing;
  readonly credentials: CredentialStore;
  /** Algorithms that are offered; others are refused. */
  readonly algorithms?: readonly Algorithm[];
  /**
   * True for a digest URI that names this server itself, as some clients (sipp) write whatever they ask for: a Request-URI
   * may change on its way, so RFC 3261 §22.4 leaves it to the server. Default: none does.
   */
  readonly ownUri?: (uri: string) => boolean;
  /** Lets clients in that know no qop (RFC 2069): each nonce serves them once. Off unless an operator needs it. */
  readonly legacy?: boolean;
}

/** Two generations of this many H(A2) are kept: method and URI of a client's requests repeat. */
const CACHED = 8192;
const CACHED_LENGTH = 200;

/** Checks digest credentials (RFC 7616 §3.4 as changed by RFC 8760 §2.6). */
export class DigestVerifier {
  readonly #hash: Hash;
  readonly #nonces: NonceRing;
  readonly #credentials: CredentialStore;
  readonly #algorithms: readonly Algorithm[];
  readonly #legacy: boolean;
  readonly #ownUri: (uri: string) => boolean;
  #young = new Map<string, string>();
  #old = new Map<string, string>();

  constructor({ hash, nonces, credentials, algorithms, legacy, ownUri }: VerifierParts) {
    this.#hash = hash;
    this.#nonces = nonces;
    this.#credentials = credentials;
    this.#algorithms = algorithms ?? ["SHA-256", "MD5"];
    this.#legacy = legacy ?? false;
    this.#ownUri = ownUri ?? (() => false);
  }

  /** Checks credentials that came with a request of that method to that URI. */
  verify(method: string, requestUri: string, given: Credentials): Verdict {
    const { username, realm } = given;
    const algorithm = algorithmOf(given.algorithm);
    if (algorithm === null || !this.#algorithms.includes(algorithm)) {
      return { outcome: "unsupported", username, reason: "algorithm" };
    }
    if (given.userhash) return { outcome: "unsupported", username, reason: "userhash" };
    if (given.qop !== "auth" && !(given.qop === "" && this.#legacy)) {
      return { outcome: "unsupported", username, reason: "qop" };
    }
    if (!meansSame(given.uri, requestUri) && !this.#ownUri(given.uri)) return { outcome: "other-uri", username };
    const a1 = this.#credentials(username, realm, algorithm);
    // An unknown name costs the same time as a wrong password.
    const a2 = this.#ha2(algorithm, method, given.uri);
    const { nonce, nc, cnonce, qop } = given;
    const expected = digestResponse(this.#hash, algorithm, a1 ?? a2, a2, nonce, nc, cnonce, qop);
    const right = equalInConstantTime(expected, given.response);
    if (a1 === null) return { outcome: "unknown-user", username };
    if (!right) return { outcome: "wrong", username };
    const slot = this.#nonces.find(nonce);
    if (slot < 0) return { outcome: "stale", username };
    const fresh = this.#nonces.use(slot, qop === "" ? 1 : parseInt(nc, 16));
    return fresh ? { outcome: "ok", username, realm, algorithm } : { outcome: "replay", username };
  }

  #ha2(algorithm: Algorithm, method: string, uri: string): string {
    const key = `${algorithm} ${method}:${uri}`;
    const known = this.#young.get(key) ?? this.#old.get(key);
    if (known !== undefined) return known;
    const value = ha2(this.#hash, algorithm, method, uri);
    if (key.length <= CACHED_LENGTH) {
      if (this.#young.size >= CACHED) {
        this.#old = this.#young;
        this.#young = new Map();
      }
      this.#young.set(key, value);
    }
    return value;
  }
}

/**
 * True when the digest's `uri` is the Request-URI, or names the same user at the same host: clients leave out ports and
 * parameters in one of the two, and a proxy in front may have added some (RFC 8760 §2.6 item 6). Hosts compare in any case.
 */
function meansSame(uri: string, requestUri: string): boolean {
  if (uri === requestUri) return true;
  const a = tryParseUri(uri);
  const b = tryParseUri(requestUri);
  if (a === null || b === null || a.host === "") return false;
  return a.user === b.user && hostEquals(a.host, b.host);
}
