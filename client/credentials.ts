import {
  type DigestAccount,
  DigestClient,
  type Hash,
  type HeaderName,
  type SipResponse,
} from "../transport/sip/mod.ts";
import { fromLatin1, toLatin1, utf8 } from "../foundation/mod.ts";
import type { Account } from "./account.ts";

/**
 * Answers the service's challenges (RFC 7616) for one account: what a `UserAgent` takes as `authorize`, which asks once for each
 * request, and what a client of relays takes, which makes one for each AUTH (RFC 4976 §5.1).
 */
export class Credentials {
  readonly #hash: Hash;
  readonly #account: DigestAccount;
  /** Of the requests of `take`. */
  #digest: DigestClient | null = null;

  constructor(hash: Hash, { username, password }: Pick<Account, "username" | "password">) {
    // Digest counts octets, and text of ours is Unicode.
    const octets = (text: string) => toLatin1(utf8(text));
    this.#hash = hash;
    this.#account = { username: octets(username), password: octets(password) };
  }

  /** Header lines for the same request again; null where there is no point. */
  readonly answer = (
    challenge: SipResponse,
    method: string,
    uri: string,
  ): readonly (readonly [HeaderName, string])[] | null => {
    const proxy = challenge.status === 407;
    // A request is challenged anew each time: one that remembered would take the second challenge for a refusal.
    const digest = new DigestClient(this.#hash, this.#account);
    if (!digest.challenged(challenge.getAll(proxy ? "Proxy-Authenticate" : "WWW-Authenticate"))) return null;
    return digest.authorize(method, uri)
      .map((value) => [proxy ? "Proxy-Authorization" : "Authorization", value] as const);
  };

  /** The Authorization for one request that was challenged; null where the password was refused, or nothing can be answered. */
  take(challenges: readonly string[], method: string, uri: string): string | null {
    const digest = this.#digest ??= new DigestClient(this.#hash, this.#account);
    return digest.challenged(challenges) ? digest.authorize(method, uri)[0] ?? null : null;
  }
}

/** One-character-an-octet text of a header as Unicode. */
export function unicode(text: string): string {
  return new TextDecoder().decode(fromLatin1(text));
}
