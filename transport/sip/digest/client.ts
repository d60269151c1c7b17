import { randomHex } from "../../../foundation/mod.ts";
import { type Challenge, parseChallenge } from "./challenge.ts";
import { credentialsText } from "./credentials.ts";
import { digestResponse, ha1, ha2 } from "./digest_response.ts";
import type { Hash } from "./hash.ts";

/** Who answers challenges. Text is one character an octet: UTF-8 names and passwords come as their octets. */
export interface DigestAccount {
  readonly username: string;
  readonly password: string;
  /** Answer this realm only; left out: any, with the same password. */
  readonly realm?: string;
}

/** Challenges remembered, one a realm; a client meets few. */
const REALMS = 16;

interface Session {
  readonly challenge: Challenge;
  readonly a1: string;
  count: number;
}

/**
 * The client's side of digest (RFC 7616 §3.4, RFC 8760 §2.4): remembers the challenge of each realm and answers it in advance
 * from then on, with rising nonce counts.
 */
export class DigestClient {
  readonly #hash: Hash;
  readonly #account: DigestAccount;
  readonly #cnonce: () => string;
  readonly #sessions = new Map<string, Session>();

  constructor(hash: Hash, account: DigestAccount, cnonce: () => string = () => randomHex(8)) {
    this.#hash = hash;
    this.#account = account;
    this.#cnonce = cnonce;
  }

  /**
   * Takes the values of all WWW-Authenticate (or Proxy-Authenticate) lines of a response: of each realm the topmost that
   * can be answered. True when another try makes sense: a realm that is new, or a nonce that was only stale; false when the
   * password was refused or nothing can be answered.
   */
  challenged(values: readonly string[]): boolean {
    const seen = new Set<string>();
    let again = false;
    for (const value of values) {
      const challenge = readable(value);
      if (challenge === null || seen.has(challenge.realm) || !this.#canAnswer(challenge)) continue;
      seen.add(challenge.realm);
      const before = this.#sessions.get(challenge.realm);
      if (before === undefined && this.#sessions.size >= REALMS) continue;
      // Refused although the nonce was answered, and not for its age: the password is wrong.
      again ||= before === undefined || challenge.stale || before.challenge.algorithm !== challenge.algorithm;
      const { username, password } = this.#account;
      const a1 = ha1(this.#hash, challenge.algorithm!, username, challenge.realm, password);
      this.#sessions.set(challenge.realm, { challenge, a1, count: 0 });
    }
    return again;
  }

  /** The Authorization values for a request, one for each realm that has challenged so far; empty before the first did. */
  authorize(method: string, uri: string): string[] {
    const values: string[] = [];
    for (const session of this.#sessions.values()) values.push(this.#answer(session, method, uri));
    return values;
  }

  /** Forgets all challenges: the next request goes without credentials. */
  forget(): void {
    this.#sessions.clear();
  }

  #canAnswer({ algorithm, qop, realm }: Challenge): boolean {
    if (algorithm === null || (this.#account.realm !== undefined && this.#account.realm !== realm)) return false;
    return qop.length === 0 || qop.includes("auth");
  }

  #answer(session: Session, method: string, uri: string): string {
    const { realm, nonce, algorithm, algorithmText, opaque, qop: offered } = session.challenge;
    const qop = offered.length === 0 ? "" : "auth";
    const nc = (++session.count).toString(16).padStart(8, "0");
    const cnonce = qop === "" ? "" : this.#cnonce();
    const a2 = ha2(this.#hash, algorithm!, method, uri);
    const response = digestResponse(this.#hash, algorithm!, session.a1, a2, nonce, nc, cnonce, qop);
    return credentialsText({
      username: this.#account.username,
      realm,
      nonce,
      uri,
      response,
      algorithm: algorithmText,
      qop,
      cnonce,
      nc,
      opaque,
      userhash: false,
    });
  }
}

/** A challenge that cannot be read is ignored like one that is not understood (RFC 8760 §2.4). */
function readable(value: string): Challenge | null {
  try {
    return parseChallenge(value);
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}
