import { randomHex } from "../../../foundation/mod.ts";
import {
  type Algorithm,
  challengeTexts,
  type Credentials,
  digestResponse,
  DigestVerifier,
  ha2,
  type Hash,
  NonceRing,
  parseCredentials,
} from "../../sip/mod.ts";
import type { IncomingRequest } from "../frame.ts";
import { lastUri } from "../forward/path.ts";
import { tryParseMsrpUri } from "../msrp_uri.ts";
import { headerLine, headerValues } from "./header_lines.ts";
import type { RelayParts } from "./relay_options.ts";

/** What an AUTH request proved. */
export type AuthVerdict =
  | { readonly outcome: "ok"; readonly username: string; readonly realm: string; readonly info: string }
  /** No credentials that could be looked at, or such as were right once: `headers` is the challenge. */
  | { readonly outcome: "challenge" | "stale" | "wrong"; readonly headers: string }
  | { readonly outcome: "malformed"; readonly reason: string };

/** Realms offered where nothing says which one is meant. */
const OFFERED = 4;

/** Digest for AUTH as RFC 4976 §9.1 changes it: the URI that counts is the last of To-Path, whether the client names one or not. */
export class RelayAuthentication {
  readonly #hash: Hash;
  readonly #accounts: RelayParts["accounts"];
  readonly #lockOut: RelayParts["lockOut"];
  readonly #algorithms: readonly Algorithm[];
  readonly #nonces: NonceRing;
  readonly #verifier: DigestVerifier;
  readonly #opaque = randomHex(8);

  constructor({ clock, hash, accounts, lockOut, algorithms }: RelayParts) {
    this.#hash = hash;
    this.#accounts = accounts;
    this.#lockOut = lockOut;
    this.#algorithms = algorithms ?? ["SHA-256", "MD5"];
    this.#nonces = new NonceRing(clock, { slots: 16_384 });
    this.#verifier = new DigestVerifier({
      hash,
      nonces: this.#nonces,
      credentials: (username, realm, algorithm) => accounts.ha1(username, realm, algorithm),
      algorithms: this.#algorithms,
    });
  }

  /** `source`: the address the request came from, for the lock-out. */
  check(request: IncomingRequest, source: string): AuthVerdict {
    const uri = lastUri(request.toPath);
    let given: Credentials | null = null;
    try {
      given = this.#credentials(request, uri);
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      return { outcome: "malformed", reason: `Authorization: ${error.message}` };
    }
    if (given === null) return { outcome: "challenge", headers: this.#challenges(this.#realmsFor(uri), false) };
    const { username, realm } = given;
    const wrong = (): AuthVerdict => ({ outcome: "wrong", headers: this.#challenges([realm], false) });
    // The same words for a lock as for a wrong password.
    const name = `${username}@${realm}`;
    if (this.#lockOut.locked(name, source) > 0) return wrong();
    const verdict = this.#verify(given, uri);
    switch (verdict.outcome) {
      case "ok":
        this.#lockOut.passed(name, source);
        return { outcome: "ok", username, realm, info: this.#info(verdict.given, verdict.algorithm) };
      case "stale":
      case "replay":
        return { outcome: "stale", headers: this.#challenges([realm], true) };
      case "unsupported":
        return { outcome: "challenge", headers: this.#challenges([realm], false) };
      default:
        this.#lockOut.failed(name, source);
        return wrong();
    }
  }

  /** With the URI of To-Path; else with the client's own, where that names the same host: some write it in another form. */
  #verify(given: Credentials, uri: string) {
    const first = this.#verifier.verify("AUTH", uri, { ...given, uri });
    const used = { ...given, uri };
    if (first.outcome === "ok") return { ...first, given: used };
    if (first.outcome !== "wrong" || given.uri === uri || !sameHost(given.uri, uri)) return first;
    const second = this.#verifier.verify("AUTH", given.uri, given);
    return second.outcome === "ok" ? { ...second, given } : second;
  }

  /** The first ones for a realm that is served. Those for others are as good as none. */
  #credentials(request: IncomingRequest, uri: string): Credentials | null {
    let problem: SyntaxError | null = null;
    for (const value of headerValues(request.others, "Authorization")) {
      try {
        const given = parseCredentials(value, uri);
        if (given !== null && this.#accounts.realms.includes(given.realm)) return given;
      } catch (error) {
        if (!(error instanceof SyntaxError)) throw error;
        problem ??= error;
      }
    }
    if (problem !== null) throw problem;
    return null;
  }

  /** AUTH names no realm: the one that is, or is above, the host it asks for; else all, for the client to choose. */
  #realmsFor(uri: string): readonly string[] {
    const host = tryParseMsrpUri(uri)?.host ?? "";
    let best = "";
    for (const realm of this.#accounts.realms) {
      const name = realm.toLowerCase();
      if ((host === name || host.endsWith(`.${name}`)) && name.length > best.length) best = realm;
    }
    return best !== "" ? [best] : this.#accounts.realms.slice(0, OFFERED);
  }

  #challenges(realms: readonly string[], stale: boolean): string {
    const nonce = this.#nonces.issue();
    let lines = "";
    for (const realm of realms) {
      for (const text of challengeTexts({ realm, nonce, stale, opaque: this.#opaque }, this.#algorithms)) {
        lines += headerLine("WWW-Authenticate", text);
      }
    }
    return lines;
  }

  /** Authentication-Info, which proves that we know the password, too (RFC 2617 §3.2.3). */
  #info(given: Credentials, algorithm: Algorithm): string {
    const { username, realm, uri, nonce, nc, cnonce, qop } = given;
    const a1 = this.#accounts.ha1(username, realm, algorithm);
    if (a1 === null) return "";
    const a2 = ha2(this.#hash, algorithm, "", uri);
    const proof = digestResponse(this.#hash, algorithm, a1, a2, nonce, nc, cnonce, qop);
    // What was read as a quoted string goes back as one.
    const quoted = cnonce.replaceAll(/["\\]/g, "\\$&");
    return headerLine("Authentication-Info", `rspauth="${proof}", cnonce="${quoted}", nc=${nc}, qop=auth`);
  }
}

function sameHost(a: string, b: string): boolean {
  const left = tryParseMsrpUri(a);
  const right = tryParseMsrpUri(b);
  return left !== null && right !== null && left.host === right.host;
}
