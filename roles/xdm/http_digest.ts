import type { Clock } from "../../foundation/mod.ts";
import type { Subscriber, Subscribers } from "../../storage/mod.ts";
import {
  challengeTexts,
  type Credentials,
  DigestVerifier,
  NonceRing,
  parseCredentials,
} from "../../transport/sip/mod.ts";
import { nodeHash } from "../../transport/sip/digest/node_hash.ts";
import {
  type Account,
  accountOf,
  ha1Of,
  isInForce,
  LockOut,
  type LockOutSettings,
  type SessionKeys,
} from "../sip_core/mod.ts";

/** Nonces live this long: clients keep them over many requests. */
const NONCE_LIFE_MS = 600_000;
const NONCES = 16_384;

/** What a request's Authorization says. */
export type HttpVerdict =
  | { readonly outcome: "ok"; readonly subscriber: Subscriber }
  /** 401 with these values of WWW-Authenticate. */
  | { readonly outcome: "challenge"; readonly challenges: readonly string[]; readonly why: string }
  | { readonly outcome: "malformed"; readonly why: string }
  /** Too many wrong passwords: seconds until the next is looked at. */
  | { readonly outcome: "locked"; readonly seconds: number };

/** Digest for users over HTTP (RFC 7616; oma-reference §5.11), with the passwords and the lock-out of SIP. */
export class HttpDigest {
  readonly #subscribers: Subscribers;
  readonly #nonces: NonceRing;
  readonly #verifier: DigestVerifier;
  readonly #lockOut: LockOut;
  readonly #keys: SessionKeys | null;
  /** Whom the credentials being checked name, and for which target. */
  #account: Account | null = null;
  #target = "";

  /** `keys`: of users' browser sessions, where there are some. */
  constructor(
    subscribers: Subscribers,
    clock: Clock,
    lockOut: Partial<LockOutSettings>,
    keys: SessionKeys | null = null,
  ) {
    this.#keys = keys;
    this.#subscribers = subscribers;
    this.#nonces = new NonceRing(clock, { lifetime: NONCE_LIFE_MS, slots: NONCES });
    this.#lockOut = new LockOut(clock, lockOut);
    this.#verifier = new DigestVerifier({
      hash: nodeHash,
      nonces: this.#nonces,
      // Clients write the target absolute, or with other escapes than those on the request line.
      ownUri: (uri) => comparable(uri) === comparable(this.#target),
      credentials: (_username, _realm, algorithm) => this.#account === null ? null : ha1Of(this.#account, algorithm),
    });
  }

  /**
   * @param target as on the request line
   * @param realm the domain to ask for
   * @param served all domains: a user of another one than the target's answers for her own
   * @param source the client's address
   */
  check(
    method: string,
    target: string,
    authorization: string | null,
    realm: string,
    served: ReadonlySet<string>,
    source: string,
  ): HttpVerdict {
    let given;
    try {
      given = authorization === null ? null : credentialsOf(latin1(authorization));
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      return { outcome: "malformed", why: `Authorization is malformed: ${error.message}.` };
    }
    if (given === null) return this.#challenge(realm, false, "Say who you are: digest credentials are needed.");
    if (!served.has(given.realm)) {
      return this.#challenge(realm, false, `The credentials are for another realm than ${realm}.`);
    }
    this.#account = accountOf(given.username, given.realm, this.#subscribers, this.#keys);
    this.#target = target;
    const name = this.#account?.subscriber.aor ?? `sip:${given.username}@${given.realm}`;
    const seconds = this.#lockOut.locked(name, source);
    if (seconds > 0) return { outcome: "locked", seconds };
    const verdict = this.#verifier.verify(method, target, given);
    switch (verdict.outcome) {
      case "ok":
        if (!isInForce(this.#account!)) {
          return this.#challenge(realm, false, "The browser session of this key is over.");
        }
        this.#lockOut.passed(name, source);
        return { outcome: "ok", subscriber: this.#account!.subscriber };
      case "stale":
      case "replay":
        return this.#challenge(realm, true, "The nonce is too old: answer this one.");
      case "unsupported":
        return this.#challenge(realm, false, `This ${verdict.reason} is not offered here.`);
      case "other-uri":
        return { outcome: "malformed", why: "The digest is for another target than that of the request." };
      default: {
        const locked = this.#lockOut.failed(name, source);
        if (locked > 0) return { outcome: "locked", seconds: locked };
        return this.#challenge(realm, false, "User or password is wrong.");
      }
    }
  }

  #challenge(realm: string, stale: boolean, why: string): HttpVerdict {
    return { outcome: "challenge", challenges: challengeTexts({ realm, nonce: this.#nonces.issue(), stale }), why };
  }
}

/**
 * The digest credentials of a value; null for another scheme. A target that was written with raw quotes, as selectors invite to
 * (`list[@name="friends"]`), comes with raw quotes in `uri`, too: curl and Python escape nothing there. Throws SyntaxError.
 */
function credentialsOf(value: string): Credentials | null {
  try {
    return parseCredentials(value);
  } catch (error) {
    const mended = withQuotedUri(value);
    if (!(error instanceof SyntaxError) || mended === null) throw error;
    return parseCredentials(mended);
  }
}

/** `uri="…"` with the quotes inside of it escaped: it ends where the next parameter begins. Null where there are none. */
function withQuotedUri(value: string): string | null {
  const start = /(?:^digest[ \t]+|,[ \t]*)uri="/i.exec(value);
  if (start === null) return null;
  const from = start.index + start[0].length;
  const next = /"[ \t]*(?:$|,[ \t]*[a-z]+[ \t]*=)/gi;
  next.lastIndex = from;
  const to = next.exec(value)?.index ?? from;
  const uri = value.slice(from, to);
  return /["\\]/.test(uri) ? value.slice(0, from) + uri.replace(/["\\]/g, "\\$&") + value.slice(to) : null;
}

/** A target without scheme and host, escapes undone. */
function comparable(target: string): string {
  const path = target.replace(/^https?:\/\/[^/?#]*/i, "");
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

/** The runtime gives header octets as characters already, but UTF-8 from clients that send it comes decoded. */
function latin1(text: string): string {
  // deno-lint-ignore no-control-regex
  if (/^[\x00-\xff]*$/.test(text)) return text;
  return String.fromCharCode(...new TextEncoder().encode(text));
}
