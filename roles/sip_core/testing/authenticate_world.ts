import { createHash } from "node:crypto";
import { Buffer } from "node:buffer";
import { Events, Metrics } from "../../../foundation/mod.ts";
import { FakeTime } from "../../../foundation/testing.ts";
import type { Algorithm, Flow, SipResponse } from "../../../transport/sip/mod.ts";
import { SessionKeys } from "../session_keys.ts";
import { createAuthenticator } from "../authenticate.ts";
import type { AuthenticationSettings } from "../authenticate.ts";
import type { CoreEvents } from "../core_events.ts";
import type { Exchange } from "../exchange.ts";
import { recordLogins } from "../login_record.ts";
import { TrustedHops } from "../trust.ts";
import { exchangeOf, FakeFlow } from "./fake_exchange.ts";
import { FakeAuditLog, FakeSubscribers, subscriber } from "./fake_storage.ts";

/** MD5 and SHA-256 of octets, as the verifier wants them. */
export function testHash(algorithm: Algorithm, text: string): string {
  return createHash(algorithm === "MD5" ? "md5" : "sha256").update(Buffer.from(text, "latin1")).digest("hex");
}

/** What came out of one request. */
export interface Result {
  /** The answer, where the request was not let in. */
  readonly answer: SipResponse | null;
  readonly exchange: Exchange;
}

/** Who sends what, and with which password. */
export interface Sent {
  readonly method?: string;
  readonly from?: string;
  readonly to?: string;
  readonly uri?: string;
  readonly flow?: Flow;
  readonly lines?: string;
}

/** How a client answers a challenge. */
export interface Login {
  readonly username: string;
  readonly password: string;
  readonly algorithm?: Algorithm;
  readonly nc?: string;
  /** Instead of the challenge's. */
  readonly nonce?: string;
  readonly digestUri?: string;
  /** Instead of Authorization for REGISTER, Proxy-Authorization for the rest. */
  readonly header?: string;
}

/** An authenticator over fakes, and clients that log in as they like. */
export class AuthenticateWorld {
  readonly time = new FakeTime();
  readonly audit = new FakeAuditLog();
  readonly logins: CoreEvents["login"][] = [];
  readonly subscribers = new FakeSubscribers(USERS);
  readonly #handle: (exchange: Exchange) => void;
  #passed: Exchange | null = null;
  /** Browser sessions that stand, with their users; and what ended with some. */
  readonly sessions = new Map<string, string>();
  readonly endedCalls: string[] = [];
  readonly keys = new SessionKeys({
    secret: new Uint8Array(32).fill(7),
    clock: this.time,
    stands: (session, aor) => this.sessions.get(session) === aor,
    endRegistrations: (aor, callIds) => void this.endedCalls.push(`${aor} ${[...callIds].join(" ")}`),
  });
  /** What the hooks say. */
  admits = false;
  refreshes = false;
  registeredFlow = 0;

  constructor(settings: Partial<AuthenticationSettings> = {}, hops: readonly string[] = []) {
    const events = new Events<CoreEvents>((error) => {
      throw error;
    });
    events.on("login", (login) => this.logins.push(login));
    recordLogins(events, this.audit);
    const element = createAuthenticator({
      subscribers: this.subscribers,
      domains: new Set(["example.test", "other.test"]),
      hops: new TrustedHops(hops),
      hash: testHash,
      clock: this.time,
      events,
      metrics: new Metrics(),
      admitForeign: () => this.admits,
      isRefresh: () => this.refreshes,
      registeredOver: (_aor, flowId) => flowId === this.registeredFlow,
      sessionKeys: this.keys,
      settings,
    });
    this.#handle = element((exchange) => this.#passed = exchange);
  }

  send(sent: Sent): Result {
    const { method = "REGISTER", from = "sip:alice@example.test", flow = new FakeFlow(), lines = "" } = sent;
    const to = sent.to ?? (method === "REGISTER" ? from : "sip:bob@example.test");
    const uri = sent.uri ?? (method === "REGISTER" ? "sip:example.test" : to);
    const text =
      `${method} ${uri} SIP/2.0\nFrom: <${from}>;tag=f\nTo: <${to}>\nCall-ID: c\nCSeq: 1 ${method}\n${lines}`;
    const exchange = exchangeOf(text, flow);
    this.#passed = null;
    this.#handle(exchange);
    if (this.#passed !== null && exchange.transaction.responses.length > 0) throw new Error("answered and passed on");
    return { answer: this.#passed === null ? exchange.transaction.answer : null, exchange };
  }

  /** The nonce of a fresh challenge to that request. */
  challenged(sent: Sent): string {
    const { answer } = this.send(sent);
    const value = answer?.get("WWW-Authenticate") ?? answer?.get("Proxy-Authenticate");
    if (value === undefined) throw new Error(`not challenged: ${answer?.head}`);
    return /nonce="([^"]+)"/.exec(value)![1];
  }

  /** Sends, answers the challenge, gives what came of it. */
  login(sent: Sent, login: Login): Result {
    const { method = "REGISTER", from = "sip:alice@example.test" } = sent;
    const nonce = login.nonce ?? this.challenged(sent);
    const realm = /@([^;>]+)/.exec(from)?.[1] ?? "example.test";
    const served = ["example.test", "other.test"].includes(realm) ? realm : "example.test";
    const to = sent.to ?? (method === "REGISTER" ? from : "sip:bob@example.test");
    const uri = login.digestUri ?? sent.uri ?? (method === "REGISTER" ? "sip:example.test" : to);
    const { algorithm = "SHA-256", nc = "00000001", username, password } = login;
    const a1 = testHash(algorithm, `${username}:${served}:${password}`);
    const response = testHash(algorithm, `${a1}:${nonce}:${nc}:x:auth:${testHash(algorithm, `${method}:${uri}`)}`);
    const header = login.header ?? (method === "REGISTER" ? "Authorization" : "Proxy-Authorization");
    const value = `Digest username="${username}", realm="${served}", nonce="${nonce}", uri="${uri}", ` +
      `response="${response}", algorithm=${algorithm}, qop=auth, nc=${nc}, cnonce="x"`;
    return this.send({ ...sent, lines: `${header}: ${value}\n${sent.lines ?? ""}` });
  }
}

const USERS = [
  subscriber("sip:alice@example.test", "wonderland", { e164: "+15550001", displayName: "Alice Ä" }),
  subscriber("sip:bob@example.test", "builder"),
  subscriber("sip:carol@other.test", "chicago"),
];
