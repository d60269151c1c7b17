import { DigestClient, type Hash, type HeaderName, type SipResponse } from "../transport/sip/mod.ts";
import { fromLatin1, toLatin1, utf8 } from "../foundation/mod.ts";
import type { Account } from "./account.ts";

/** Answers the service's challenges (RFC 7616) for one account: what a `UserAgent` takes as `authorize`. */
export class Credentials {
  readonly #digest: DigestClient;
  /** The service has refused the password. */
  refused = false;

  constructor(hash: Hash, account: Account) {
    // Digest counts octets, and text of ours is Unicode.
    const octets = (text: string) => toLatin1(utf8(text));
    this.#digest = new DigestClient(hash, { username: octets(account.username), password: octets(account.password) });
  }

  /** Header lines for the same request again; null where there is no point. */
  readonly answer = (
    challenge: SipResponse,
    method: string,
    uri: string,
  ): readonly (readonly [HeaderName, string])[] | null => {
    const proxy = challenge.status === 407;
    const values = challenge.getAll(proxy ? "Proxy-Authenticate" : "WWW-Authenticate");
    if (!this.#digest.challenged(values)) {
      this.refused = true;
      return null;
    }
    return this.#digest.authorize(method, uri)
      .map((value) => [proxy ? "Proxy-Authorization" : "Authorization", value] as const);
  };

  /** The same for one who answers in advance, such as the client of an MSRP relay (RFC 4976 §5.1). */
  take(challenges: readonly string[], method: string, uri: string): string | null {
    return this.#digest.challenged(challenges) ? this.#digest.authorize(method, uri)[0] ?? null : null;
  }
}

/** One-character-an-octet text of a header as Unicode. */
export function unicode(text: string): string {
  return new TextDecoder().decode(fromLatin1(text));
}
