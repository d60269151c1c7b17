import type { Clock, Counter, Events, LabelledCounter, Metrics } from "../../foundation/mod.ts";
import {
  type Algorithm,
  challengeTexts,
  DigestVerifier,
  findCredentials,
  type Hash,
  NonceRing,
  type NonceRingOptions,
  type SipRequest,
  tryNameAddr,
  tryParseUri,
  type Uri,
  type Verdict,
} from "../../transport/sip/mod.ts";
import type { Subscriber, Subscribers } from "../../storage/mod.ts";
import { type Account, accountOf, ha1Of, isInForce } from "./account_lookup.ts";
import { AlgorithmOffer } from "./algorithm_offer.ts";
import { assertedIdentity, identityOf } from "./assertion.ts";
import type { CoreEvents } from "./core_events.ts";
import type { Element, Exchange, Handler } from "./exchange.ts";
import { addressOf, type Identity } from "./identity.ts";
import { LockOut, type LockOutSettings } from "./lock_out.ts";
import type { SessionKeys } from "./session_keys.ts";
import { subscriberOf } from "./subscriber_lookup.ts";
import type { TrustedHops } from "./trust.ts";

/** How users are authenticated. */
export interface AuthenticationSettings {
  /** Offered in this order (RFC 8760 §2.3). */
  readonly algorithms: readonly Algorithm[];
  readonly nonces: NonceRingOptions;
  readonly lock_out: Partial<LockOutSettings>;
  /** Lets requests in that come on the very connection (TCP, TLS, WebSocket) their sender registered over. */
  readonly trust_registered_flow: boolean;
}

export const DEFAULT_AUTHENTICATION_SETTINGS: AuthenticationSettings = {
  algorithms: ["SHA-256", "MD5"],
  nonces: {},
  lock_out: {},
  trust_registered_flow: false,
};

/** What the authenticator stands on. */
export interface AuthenticatorParts {
  readonly subscribers: Subscribers;
  /** Domains served here, lower-case; the first one is the default realm. */
  readonly domains: ReadonlySet<string>;
  readonly hops: TrustedHops;
  readonly hash: Hash;
  readonly clock: Clock;
  readonly events: Events<CoreEvents>;
  readonly metrics: Metrics;
  /**
   * Whether a request from outside our domains, which nobody here can authenticate, may come in: from a configured peer's
   * address for a sender of that peer's domain. Nothing else may (PRI-12).
   */
  readonly admitForeign: (exchange: Exchange) => boolean;
  /** True for a REGISTER that keeps up a registration which is there (`Registrar.isRefresh`). */
  readonly isRefresh: (request: SipRequest, aor: string) => boolean;
  /** True when that user registered over that flow (`trust_registered_flow` only). */
  readonly registeredOver: (aor: string, flowId: number) => boolean;
  /** True for a host and port that are ours; port 0 where none is given. Default: our domains only. */
  readonly isOwn?: (host: string, port: number) => boolean;
  /** Of users' browser sessions; default: there are none. */
  readonly sessionKeys?: SessionKeys;
  readonly settings?: Partial<AuthenticationSettings>;
}

/**
 * Finds out who sends a request (RFC 3261 §22, RFC 3325 §5, RFC 8760): `identity` and `subscriber` are set on what goes on;
 * everybody else is challenged or refused. No request but ACK and CANCEL, which cannot be challenged, passes without.
 */
export function createAuthenticator(parts: AuthenticatorParts): Element {
  return (next) => {
    const authenticator = new Authenticator(parts, next);
    return (exchange) => authenticator.handle(exchange);
  };
}

class Authenticator {
  readonly #parts: AuthenticatorParts;
  readonly #next: Handler;
  readonly #settings: AuthenticationSettings;
  readonly #nonces: NonceRing;
  readonly #verifier: DigestVerifier;
  readonly #lockOut: LockOut;
  readonly #offer: AlgorithmOffer;
  readonly #outcomes: LabelledCounter;
  readonly #passed: Counter;
  /** Whom the credentials being checked name. */
  #account: Account | null = null;

  constructor(parts: AuthenticatorParts, next: Handler) {
    this.#parts = parts;
    this.#next = next;
    const settings = this.#settings = { ...DEFAULT_AUTHENTICATION_SETTINGS, ...parts.settings };
    this.#nonces = new NonceRing(parts.clock, settings.nonces);
    this.#offer = new AlgorithmOffer(settings.algorithms);
    this.#lockOut = new LockOut(parts.clock, settings.lock_out);
    this.#verifier = new DigestVerifier({
      hash: parts.hash,
      nonces: this.#nonces,
      algorithms: settings.algorithms,
      ownUri: (text) => {
        const uri = tryParseUri(text);
        if (uri === null || uri.user !== "") return false;
        return parts.domains.has(uri.host) || parts.isOwn?.(uri.host, uri.port) === true;
      },
      credentials: (_username, _realm, algorithm) => this.#account === null ? null : ha1Of(this.#account, algorithm),
    });
    this.#outcomes = parts.metrics.labelled(
      "parley_authentications_total",
      "Requests by what authentication said",
      "outcome",
    );
    this.#passed = this.#outcomes.with("ok");
  }

  handle(exchange: Exchange): void {
    const { request, flow } = exchange;
    exchange.trusted = this.#parts.hops.trusts(flow);
    // RFC 3261 §22.1: neither can be challenged. An ACK has no answer, a CANCEL works only on what was let in.
    if (request.method === "ACK" || request.method === "CANCEL") return this.#next(exchange);
    if (exchange.trusted) return this.#trusted(exchange);
    const realm = this.#realm(request);
    if (realm !== "") return this.#local(exchange, realm);
    if (!this.#parts.admitForeign(exchange)) return exchange.reply(403, { reason: "Sender is not known here" });
    exchange.identity = identityFrom(request);
    this.#next(exchange);
  }

  /** What a trusted hop asserts holds; without an assertion, its From. */
  #trusted(exchange: Exchange): void {
    const { subscribers, domains } = this.#parts;
    const { request } = exchange;
    const identity = assertedIdentity(request) ?? identityFrom(request);
    if (identity === null) return exchange.reply(403, { reason: "No identity asserted" });
    const uri = tryParseUri(identity.aor);
    const subscriber = uri === null ? undefined : subscriberOf(uri, subscribers, domains);
    if (subscriber !== undefined) {
      exchange.subscriber = subscriber;
      exchange.identity = identityOf(subscriber);
    } else exchange.identity = identity;
    if (request.method === "REGISTER") this.#tell(exchange, exchange.identity.aor, "ok");
    this.#next(exchange);
  }

  /**
   * The realm in which a sender is to be authenticated: the domain of the user it says it is, where that is ours; "" for
   * others. A sender without a domain (tel, anonymous) is one of ours, or nobody.
   */
  #realm(request: SipRequest): string {
    const { domains } = this.#parts;
    const named = request.method === "REGISTER" ? request.to.uri : request.from.uri;
    if (domains.has(named.host)) return named.host;
    if (named.host !== "" && !isAnonymous(named)) return "";
    const preferred = request.has("P-Preferred-Identity") ? tryNameAddr(request.get("P-Preferred-Identity")!) : null;
    if (preferred !== null && domains.has(preferred.uri.host)) return preferred.uri.host;
    const target = tryParseUri(request.uri);
    if (target !== null && domains.has(target.host)) return target.host;
    for (const domain of domains) return domain;
    return "";
  }

  #local(exchange: Exchange, realm: string): void {
    const { request, flow } = exchange;
    if (this.#settings.trust_registered_flow && this.#registeredHere(exchange)) return this.#next(exchange);
    let given;
    try {
      given = request.method === "REGISTER"
        ? findCredentials(request, "Authorization", realm)
        : findCredentials(request, "Proxy-Authorization", realm) ?? findCredentials(request, "Authorization", realm);
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      return exchange.reply(400, { reason: `Credentials malformed: ${printable(error.message)}` });
    }
    if (given === null) {
      return this.#challenge(exchange, realm, false, this.#offer.challenged(request, flow.remote.host));
    }
    this.#offer.answered(request, flow.remote.host);
    const account = this.#account = accountOf(given.username, realm, this.#parts.subscribers, this.#parts.sessionKeys);
    const name = account === null ? `sip:${printable(given.username)}@${realm}` : account.subscriber.aor;
    const source = flow.remote.host;
    const wait = this.#lockOut.locked(name, source);
    if (wait > 0) {
      this.#tell(exchange, name, "locked");
      return this.#refuse(exchange, wait);
    }
    const verdict = this.#verifier.verify(request.method, request.uri, given);
    if (verdict.outcome !== "ok") return this.#failed(exchange, verdict, name, realm);
    this.#lockOut.passed(name, source);
    this.#accept(exchange, account!);
  }

  #failed(exchange: Exchange, verdict: Verdict, name: string, realm: string): void {
    switch (verdict.outcome) {
      case "stale":
      case "replay":
        this.#tell(exchange, name, "stale");
        return this.#challenge(exchange, realm, true);
      case "unsupported":
        return this.#challenge(exchange, realm, false);
      case "other-uri":
        return exchange.reply(400, { reason: "Credentials are for another URI" });
      default: {
        const wait = this.#lockOut.failed(name, exchange.flow.remote.host);
        this.#tell(exchange, name, verdict.outcome === "wrong" ? "wrong-password" : "unknown-user");
        return this.#refuse(exchange, wait);
      }
    }
  }

  /** From, and To of a REGISTER, must belong to the digest user. */
  #accept(exchange: Exchange, account: Account): void {
    const { request } = exchange;
    const { subscriber } = account;
    const register = request.method === "REGISTER";
    if (!isInForce(account)) {
      this.#tell(exchange, subscriber.aor, "stale");
      return exchange.reply(403, { reason: "Browser session is over" });
    }
    if (
      !(register
        ? this.#belongs(request.to.uri, subscriber) && this.#isSender(request.from.uri, subscriber)
        : this.#isSender(request.from.uri, subscriber))
    ) {
      this.#tell(exchange, subscriber.aor, "forbidden");
      return exchange.reply(403, { reason: `${register ? "From or To" : "From"} is not the authenticated user` });
    }
    exchange.subscriber = subscriber;
    exchange.identity = identityOf(subscriber);
    if (account.form === "session" && register) account.keys.registered(account.key, subscriber.aor, request.callId);
    if (register) this.#tell(exchange, subscriber.aor, "ok");
    else this.#passed.add();
    this.#next(exchange);
  }

  /** An anonymous From hides a sender that is authenticated all the same (RFC 3323 §4.1.1.3). */
  #isSender(uri: Uri, subscriber: Subscriber): boolean {
    return this.#belongs(uri, subscriber) || isAnonymous(uri);
  }

  #belongs(uri: Uri, subscriber: Subscriber): boolean {
    const { subscribers, domains } = this.#parts;
    return subscriberOf(uri, subscribers, domains)?.aor === subscriber.aor;
  }

  #registeredHere(exchange: Exchange): boolean {
    const { request, flow } = exchange;
    if (request.method === "REGISTER" || !flow.reliable) return false;
    const subscriber = subscriberOf(request.from.uri, this.#parts.subscribers, this.#parts.domains);
    if (subscriber === undefined || !this.#parts.registeredOver(subscriber.aor, flow.id)) return false;
    exchange.subscriber = subscriber;
    exchange.identity = identityOf(subscriber);
    this.#passed.add();
    return true;
  }

  #challenge(exchange: Exchange, realm: string, stale: boolean, algorithms = this.#settings.algorithms): void {
    const register = exchange.request.method === "REGISTER";
    const name = register ? "WWW-Authenticate" as const : "Proxy-Authenticate" as const;
    const texts = challengeTexts({ realm, nonce: this.#nonces.issue(), stale }, algorithms);
    exchange.reply(register ? 401 : 407, { headers: texts.map((text) => [name, text] as const) });
  }

  /** The same words for a wrong password, a user that is not there, and a lock. */
  #refuse(exchange: Exchange, wait_s: number): void {
    const headers = wait_s > 0 ? [["Retry-After", String(wait_s)] as const] : undefined;
    exchange.reply(403, { reason: "User name or password is wrong", headers });
  }

  #tell(exchange: Exchange, aor: string, outcome: CoreEvents["login"]["outcome"]): void {
    this.#outcomes.with(outcome).add();
    const { events, clock, isRefresh } = this.#parts;
    if (!events.heard("login")) return;
    const { request, flow } = exchange;
    events.emit("login", {
      aor,
      outcome,
      method: request.method,
      source: flow.remote.host,
      userAgent: (request.get("User-Agent") ?? "").slice(0, 128),
      refresh: outcome === "ok" && isRefresh(request, aor),
      at: clock.now(),
    });
  }
}

function isAnonymous(uri: Uri): boolean {
  return uri.host === "anonymous.invalid";
}

/** Whom From names; null when that is nobody. */
function identityFrom(request: SipRequest): Identity | null {
  const { from } = request;
  if (isAnonymous(from.uri)) return null;
  const { aor, number } = addressOf(from.uri);
  return aor === "" ? null : { aor, displayName: from.displayName, number };
}

/** What came from the wire, as it may stand in a reason phrase or a log. */
function printable(text: string): string {
  return text.slice(0, 128).replace(/[^\x20-\x7e]/g, "?");
}
