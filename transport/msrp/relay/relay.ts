import { type Counter, detached, EMPTY, type LabelledCounter, randomToken } from "../../../foundation/mod.ts";
import type { Connection, SessionEnd } from "../connection.ts";
import { Collected } from "../forward/collected.ts";
import { pathBehind, reversedPath } from "../forward/path.ts";
import type { Continuation, IncomingRequest } from "../frame.ts";
import { firstUri } from "../head_writer.ts";
import type { MsrpUri } from "../msrp_uri.ts";
import { type AuthVerdict, RelayAuthentication } from "./authentication.ts";
import { headerLine } from "./header_lines.ts";
import { DEFAULT_RELAY_LIMITS, type RelayLimits, type RelayParts, type SessionClient } from "./relay_options.ts";
import { isVerified, RelaySession, type SessionKeeper, type SessionParts } from "./relay_session.ts";

/** 24 characters of 6 bits: 144 random bits, where RFC 4976 §6.3 wants 64. */
const SESSION_ID = 24;

/** What the relay knows of a connection that AUTH came on. */
interface Caller {
  /** AUTH requests without success in a row. */
  failures: number;
  readonly sessions: Set<RelaySession>;
  collected: Collected | null;
}

interface User {
  readonly sessions: Set<RelaySession>;
}

/**
 * An MSRP relay (RFC 4976): clients authenticate with AUTH and get a session URI each time; requests that name it are passed on
 * from and to its client. It is the doorman of the node, and adds its sessions to it.
 */
export class Relay implements SessionEnd, SessionKeeper {
  readonly #parts: RelayParts;
  readonly #limits: RelayLimits;
  readonly #authentication: RelayAuthentication;
  readonly #sessionParts: SessionParts;
  /** By connection; gone with it. */
  readonly #callers = new WeakMap<Connection, Caller>();
  readonly #users = new Map<string, User>();
  #sessions = 0;
  readonly #outcomes: LabelledCounter;
  readonly #expired: Counter;

  constructor(parts: RelayParts) {
    this.#parts = parts;
    this.#limits = { ...DEFAULT_RELAY_LIMITS, ...parts.limits };
    this.#authentication = new RelayAuthentication(parts);
    const { node, clock, timers, metrics, lenient } = parts;
    this.#sessionParts = { node, clock, timers, limits: this.#limits, lenient: lenient ?? false, keeper: this };
    this.#outcomes = metrics.labelled("msrp_relay_auth_total", "AUTH requests by what came of them", "outcome");
    this.#expired = metrics.counter("msrp_relay_expired_total", "Relay sessions whose time was up");
    metrics.gauge("msrp_relay_sessions", "Session URIs that the relay has handed out", () => this.#sessions);
  }

  /** Session URIs that are valid. */
  get size(): number {
    return this.#sessions;
  }

  /** Ends all sessions. */
  close(reason: string): void {
    for (const { sessions } of [...this.#users.values()]) {
      for (const session of [...sessions]) this.ended(session, reason);
    }
  }

  // Nothing is bound to the relay itself: a connection without sessions is the node's to close.
  admit(): number {
    return 200;
  }

  onWhole(connection: Connection, request: IncomingRequest, _body: Uint8Array, _continuation: Continuation): void {
    if (request.method === "AUTH") this.#auth(connection, request);
    else if (request.method !== "REPORT") connection.respond(request, 481, "No session in To-Path");
  }

  onBegin(connection: Connection, request: IncomingRequest): void {
    this.#caller(connection).collected = new Collected(request);
  }

  onPiece(connection: Connection, _request: IncomingRequest, octets: Uint8Array): void {
    this.#caller(connection).collected?.push(octets);
  }

  onFinish(connection: Connection, request: IncomingRequest, continuation: Continuation): void {
    const caller = this.#caller(connection);
    const { collected } = caller;
    caller.collected = null;
    if (collected === null) return;
    if (collected.tooLong) connection.respond(request, 413);
    else this.onWhole(connection, request, collected.body, continuation);
  }

  onLost(): void {}

  refresh(session: RelaySession, connection: Connection, request: IncomingRequest): void {
    const client = this.#authenticate(connection, request);
    if (client === null) return;
    const { username, realm } = session.client;
    if (client.username !== username || client.realm !== realm || connection !== session.client.connection) {
      return this.#answer(connection, request, 403, "Not the client of this session", "forbidden");
    }
    this.#grant(session, connection, request, client.info);
  }

  judged(connection: Connection, good: boolean): void {
    const caller = this.#caller(connection);
    if (good) caller.failures = 0;
    else if (++caller.failures >= this.#limits.failures) this.#dismiss(connection);
  }

  mayReach(hop: MsrpUri, { username, realm }: SessionClient): boolean {
    return this.#parts.mayReach === undefined || this.#parts.mayReach(hop, username, realm);
  }

  ended(session: RelaySession, reason: string): void {
    const { username, realm, connection } = session.client;
    const key = userKey(username, realm);
    const user = this.#users.get(key);
    if (user === undefined || !user.sessions.delete(session)) return;
    if (user.sessions.size === 0) this.#users.delete(key);
    this.#callers.get(connection)?.sessions.delete(session);
    this.#sessions--;
    if (reason === "expired") this.#expired.add();
    session.end(reason);
  }

  #auth(connection: Connection, request: IncomingRequest): void {
    if (pathBehind(request.toPath) !== "") return this.#passOn(connection, request);
    const client = this.#authenticate(connection, request);
    if (client === null) return;
    const { username, realm } = client;
    const { sessions, sessions_per_user, connections_per_user, hops } = this.#limits;
    if (request.fromPath.split(" ").length >= hops) {
      return this.#answer(connection, request, 403, "Too many hops", "forbidden");
    }
    const user = this.#users.get(userKey(username, realm)) ?? { sessions: new Set() };
    const connections = new Set<Connection>([connection]);
    for (const session of user.sessions) connections.add(session.client.connection);
    if (
      this.#sessions >= sessions || user.sessions.size >= sessions_per_user || connections.size > connections_per_user
    ) return this.#answer(connection, request, 403, "Too many sessions", "full");
    if (this.#seconds(request) === null) return this.#answerInterval(connection, request);
    const sessionId = randomToken(SESSION_ID);
    const { node } = this.#parts;
    // Who may come without TLS may have peers, or a relay in front, that have none.
    const [first, second] = connection.secure ? ["tls", "tcp"] as const : ["tcp", "tls"] as const;
    const uri = node.uriFor(sessionId, first) ?? node.uriFor(sessionId, second) ??
      node.uriFor(sessionId, connection.transport);
    if (uri === null) return this.#answer(connection, request, 403, "This relay has no door for peers", "forbidden");
    // It lives as long as the session: apart from the credentials that came with it.
    const path = detached(request.fromPath);
    const throughRelay = pathBehind(path) !== "" && isVerified(connection, firstUri(path));
    const session = new RelaySession(this.#sessionParts, sessionId, uri, {
      username,
      realm,
      connection,
      path,
      throughRelay,
    });
    try {
      node.add(sessionId, session);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      return this.#answer(connection, request, 403, "Too many sessions", "full");
    }
    node.bind(connection, session);
    user.sessions.add(session);
    this.#users.set(userKey(username, realm), user);
    this.#caller(connection).sessions.add(session);
    this.#sessions++;
    this.#grant(session, connection, request, client.info);
  }

  /** AUTH for a relay behind this one, by our own URI instead of a session's (RFC 4976 §5.1 shows both). */
  #passOn(connection: Connection, request: IncomingRequest): void {
    const sessions = this.#caller(connection).sessions;
    if (sessions.size !== 1) {
      return this.#answer(connection, request, 403, "Name the URI of your session in To-Path", "forbidden");
    }
    const [session] = sessions;
    session.onWhole(connection, renamed(request, `${session.uri} ${pathBehind(request.toPath)}`), EMPTY, "$");
  }

  /** Who sent it; null where it has been answered. */
  #authenticate(connection: Connection, request: IncomingRequest): (AuthVerdict & { outcome: "ok" }) | null {
    if (!connection.secure && this.#parts.requireTls !== false) {
      this.#answer(connection, request, 403, "AUTH needs TLS", "forbidden");
      return null;
    }
    const caller = this.#caller(connection);
    const verdict = this.#authentication.check(request, connection.remote.host);
    if (verdict.outcome === "ok") {
      caller.failures = 0;
      if (this.#parts.accounts.mayRelay(verdict.username, verdict.realm)) return verdict;
      this.#answer(connection, request, 403, "Not allowed to use this relay", "forbidden");
      return null;
    }
    if (verdict.outcome === "malformed") this.#answer(connection, request, 400, verdict.reason, "malformed");
    else this.#answer(connection, request, 401, "Unauthorized", verdict.outcome, verdict.headers);
    const throughRelay = isVerified(connection, firstUri(request.fromPath));
    if (++caller.failures >= this.#limits.failures && !throughRelay) this.#dismiss(connection);
    return null;
  }

  #dismiss(connection: Connection): void {
    this.#parts.log.warn("MSRP relay: AUTH failed again and again, connection closed", {
      from: connection.remote.host,
    });
    connection.close("too many AUTH requests failed");
  }

  #grant(session: RelaySession, connection: Connection, request: IncomingRequest, info: string): void {
    const seconds = this.#seconds(request);
    if (seconds === null) return this.#answerInterval(connection, request);
    session.extend(seconds);
    // In the order in which the client puts them into To-Path: the relays between us, the nearest to it first (§5.1).
    const { path } = session.client;
    const last = path.lastIndexOf(" ");
    const relays = last < 0 ? "" : `${reversedPath(path.slice(0, last))} `;
    const headers = headerLine("Use-Path", relays + session.uri) + info + headerLine("Expires", seconds);
    this.#answer(connection, request, 200, "OK", "granted", headers);
  }

  /** The time that is granted; null where what was asked for is out of bounds, or no number. */
  #seconds(request: IncomingRequest): number | null {
    const asked = request.header("Expires");
    if (asked === undefined) return this.#limits.expires;
    const seconds = /^[0-9]{1,10}$/.test(asked) ? Number(asked) : -1;
    return seconds < this.#limits.min_expires || seconds > this.#limits.max_expires ? null : seconds;
  }

  #answerInterval(connection: Connection, request: IncomingRequest): void {
    const asked = Number(request.header("Expires"));
    const { min_expires, max_expires } = this.#limits;
    const bound = asked > max_expires ? headerLine("Max-Expires", max_expires) : headerLine("Min-Expires", min_expires);
    this.#answer(connection, request, 423, "Interval out of bounds", "interval", bound);
  }

  #answer(
    connection: Connection,
    request: IncomingRequest,
    status: number,
    comment: string,
    outcome: string,
    headers = "",
  ): void {
    this.#outcomes.with(outcome).add();
    connection.respond(request, status, comment, headers);
  }

  #caller(connection: Connection): Caller {
    let caller = this.#callers.get(connection);
    if (caller === undefined) {
      this.#callers.set(connection, caller = { failures: 0, sessions: new Set(), collected: null });
    }
    return caller;
  }
}

function userKey(username: string, realm: string): string {
  return `${realm} ${username}`;
}

/** The same request with another To-Path. It is answered all the same: by its transaction id and From-Path. */
function renamed(request: IncomingRequest, toPath: string): IncomingRequest {
  return { ...request, toPath, header: (name: string) => request.header(name) };
}
