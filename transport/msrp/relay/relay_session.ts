import type { Clock, Timed, Timer, Timers } from "../../../foundation/mod.ts";
import type { Connection, SessionEnd } from "../connection.ts";
import { Collected } from "../forward/collected.ts";
import type { Route } from "../forward/forwarded.ts";
import { Forwarder } from "../forward/forwarder.ts";
import { pathBehind, samePlace, sameUriText } from "../forward/path.ts";
import type { Refusal } from "../forward/rewriter.ts";
import type { Continuation, IncomingRequest } from "../frame.ts";
import { firstUri } from "../head_writer.ts";
import { type MsrpUri, tryParseMsrpUri } from "../msrp_uri.ts";
import type { MsrpNode } from "../node.ts";
import type { RelayLimits, SessionClient } from "./relay_options.ts";

/** What a session asks of its relay. */
export interface SessionKeeper {
  /** AUTH for the session's own URI: it is to live on. */
  refresh(session: RelaySession, connection: Connection, request: IncomingRequest): void;
  /** What a relay behind this one answered to credentials that went through here. */
  judged(connection: Connection, good: boolean): void;
  mayReach(hop: MsrpUri, client: SessionClient): boolean;
  /** Its time is up, or its client's connection is gone. */
  ended(session: RelaySession, reason: string): void;
}

/** What a session stands on. */
export interface SessionParts {
  readonly node: MsrpNode;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly limits: RelayLimits;
  readonly lenient: boolean;
  readonly keeper: SessionKeeper;
}

/** What comes from one connection: its way on, remembered for requests with the same paths. */
interface Source {
  readonly forwarder: Forwarder;
  collected: Collected | null;
  route: Route | null;
  /** The paths that `route` is for. */
  toPath: string;
  fromPath: string;
}

const NO_CLIENT: Refusal = { status: 481, comment: "The client of this session is not connected" };
const NO_NEXT: Refusal = { status: 481, comment: "To-Path ends at the relay" };
const SPOOFED: Refusal = { status: 403, comment: "From-Path is not that of the client" };
const STRANGER: Refusal = { status: 403, comment: "Neither from the client of this session nor to it" };
const LOOP: Refusal = { status: 403, comment: "The path passes this session twice" };
const TOO_LONG: Refusal = { status: 403, comment: "Too many hops" };
const TOO_MANY: Refusal = { status: 403, comment: "Too many next hops for one session" };
const FORBIDDEN: Refusal = { status: 403, comment: "This next hop is not allowed" };
const NO_HOP: Refusal = { status: 481, comment: "The next hop cannot be reached" };

/**
 * A session URI that was handed out in Use-Path. What comes from its client goes to the next hop, whoever that is; what comes
 * from anybody else goes to the client or nowhere (RFC 4976 §6.4): no open relay.
 */
export class RelaySession implements SessionEnd, Timed {
  readonly sessionId: string;
  readonly uri: string;
  readonly client: SessionClient;
  readonly #parts: SessionParts;
  /** First URI of the client's path: the next hop toward it. */
  readonly #clientHop: string;
  readonly #sources = new Map<Connection, Source>();
  readonly #nextHops = new Map<string, Connection>();
  #timer: Timer | null = null;
  #ended = false;

  constructor(parts: SessionParts, sessionId: string, uri: string, client: SessionClient) {
    this.#parts = parts;
    this.sessionId = sessionId;
    this.uri = uri;
    this.client = client;
    this.#clientHop = firstUri(client.path);
  }

  /** Lives so many seconds from now on. */
  extend(seconds: number): void {
    this.#timer?.stop();
    this.#timer = this.#parts.timers.start(seconds * 1000, this, 0);
  }

  onTimer(): void {
    this.#parts.keeper.ended(this, "expired");
  }

  /** The URI is valid no longer; what is under way is given up. */
  end(reason: string): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#timer?.stop();
    const { node } = this.#parts;
    node.remove(this.sessionId);
    for (const [connection, { forwarder }] of this.#sources) {
      forwarder.close(reason);
      node.unbind(connection, this);
    }
    this.#sources.clear();
    for (const connection of this.#nextHops.values()) node.unbind(connection, this);
    this.#nextHops.clear();
    node.unbind(this.client.connection, this);
  }

  admit(connection: Connection, request: IncomingRequest): number {
    if (this.#ended) return 481;
    const way = this.#direction(connection, request);
    if (typeof way !== "string") return way.status;
    return this.#sources.size - 1 >= this.#parts.limits.peers_per_session ? 506 : 200;
  }

  onWhole(connection: Connection, request: IncomingRequest, body: Uint8Array, continuation: Continuation): void {
    const isSend = request.method === "SEND";
    const isAuth = !isSend && request.method === "AUTH";
    if (isAuth && pathBehind(request.toPath) === "") return this.#parts.keeper.refresh(this, connection, request);
    const source = this.#source(connection);
    const route = this.#route(source, connection, request);
    if ("status" in route) this.#refuse(connection, request, route);
    else if (isSend) source.forwarder.whole(route, request, body, continuation);
    else {
      const seen = isAuth
        ? (status: number, headers: string) => this.#judge(connection, request, status, headers)
        : null;
      source.forwarder.other(route, request, body, continuation, seen);
    }
  }

  onBegin(connection: Connection, request: IncomingRequest): void {
    const source = this.#source(connection);
    if (request.method !== "SEND") {
      source.collected = new Collected(request);
      return;
    }
    const route = this.#route(source, connection, request);
    if ("status" in route) this.#refuse(connection, request, route);
    else source.forwarder.begin(route, request);
  }

  onPiece(connection: Connection, request: IncomingRequest, octets: Uint8Array): void {
    const source = this.#sources.get(connection);
    if (source === undefined) return;
    if (source.collected === null) source.forwarder.piece(octets);
    else if (!source.collected.tooLong && !source.collected.push(octets)) connection.respond(request, 413);
  }

  onFinish(connection: Connection, request: IncomingRequest, continuation: Continuation): void {
    const source = this.#sources.get(connection);
    if (source === undefined) return;
    const { collected } = source;
    source.collected = null;
    if (collected === null) source.forwarder.finish(continuation);
    else if (!collected.tooLong) this.onWhole(connection, request, collected.body, continuation);
  }

  onLost(connection: Connection, _reason: string): void {
    const source = this.#sources.get(connection);
    this.#sources.delete(connection);
    source?.forwarder.sourceLost();
    for (const [hop, other] of this.#nextHops) if (other === connection) this.#nextHops.delete(hop);
    // The URI goes with the client's connection, but not with one of a relay on the way to it (RFC 4976 §6.3).
    if (connection === this.client.connection && !this.client.throughRelay) {
      this.#parts.keeper.ended(this, "connection lost");
    }
  }

  #source(connection: Connection): Source {
    let source = this.#sources.get(connection);
    if (source === undefined) {
      const forwarder = new Forwarder();
      this.#sources.set(connection, source = { forwarder, collected: null, route: null, toPath: "", fromPath: "" });
    }
    return source;
  }

  /** A 401 to credentials that were not only too old says that they were wrong (RFC 4976 §6.3). */
  #judge(connection: Connection, request: IncomingRequest, status: number, headers: string): void {
    if (connection !== this.client.connection || this.client.throughRelay) return;
    if (status === 200) this.#parts.keeper.judged(connection, true);
    else if (status === 401 && request.header("Authorization") !== undefined && !/stale="?true/i.test(headers)) {
      this.#parts.keeper.judged(connection, false);
    }
  }

  #refuse(connection: Connection, request: IncomingRequest, { status, comment }: Refusal): void {
    // A REPORT is never answered (RFC 4975 §7.1.2).
    if (request.method !== "REPORT") connection.respond(request, status, comment);
  }

  #route(source: Source, connection: Connection, request: IncomingRequest): Route | Refusal {
    const { toPath, fromPath } = request;
    const known = source.route;
    if (known !== null && source.toPath === toPath && source.fromPath === fromPath && known.destination.open) {
      return known;
    }
    const way = this.#direction(connection, request);
    if (typeof way !== "string") return way;
    if (way === "inbound") this.#peerIsAt(firstUri(fromPath), connection);
    const behind = pathBehind(toPath);
    const destination = way === "inbound" ? this.#toClient() : this.#nextHop(firstUri(behind));
    if ("status" in destination) return destination;
    const own = firstUri(toPath);
    source.toPath = toPath;
    source.fromPath = fromPath;
    return source.route = {
      source: connection,
      destination,
      toPath: behind,
      fromPath: `${own} ${fromPath}`,
      reportTo: fromPath,
      reportFrom: own,
    };
  }

  /** Whether a request comes from the client or goes to it; else why it may not pass. */
  #direction(connection: Connection, { toPath, fromPath }: IncomingRequest): "outbound" | "inbound" | Refusal {
    if (toPath.split(" ").length + fromPath.split(" ").length > this.#parts.limits.hops) return TOO_LONG;
    const behind = pathBehind(toPath);
    if (behind === "") return NO_NEXT;
    if (this.#passesHere(behind) || this.#passesHere(fromPath)) return LOOP;
    const { client } = this;
    const previous = firstUri(fromPath);
    if (client.throughRelay) {
      if (sameUriText(previous, this.#clientHop) && isVerified(connection, this.#clientHop)) return "outbound";
      return sameUriText(firstUri(behind), this.#clientHop) ? "inbound" : STRANGER;
    }
    const { lenient } = this.#parts;
    // Its connection leads to the client and nobody else, so what the rest of the path says is for the client to judge.
    if (connection !== client.connection) {
      return lenient || sameHop(firstUri(behind), this.#clientHop) ? "inbound" : STRANGER;
    }
    return lenient || sameHop(previous, this.#clientHop) ? "outbound" : SPOOFED;
  }

  #passesHere(path: string): boolean {
    if (!path.includes(this.sessionId)) return false;
    return path.split(" ").some((uri) => tryParseMsrpUri(uri)?.sessionId === this.sessionId);
  }

  #toClient(): Connection | Refusal {
    const { connection, throughRelay } = this.client;
    if (connection.open) return connection;
    return throughRelay ? this.#nextHop(this.#clientHop) : NO_CLIENT;
  }

  /** What is for a peer that came by itself goes back where it came from: nobody may be able to connect to it (§6.4.2). */
  #peerIsAt(text: string, connection: Connection): void {
    if (this.#nextHops.get(text)?.open === true) return;
    const uri = tryParseMsrpUri(text);
    if (uri === null || (uri.secure && !connection.secure) || !this.#parts.keeper.mayReach(uri, this.client)) return;
    if (this.#nextHops.size < this.#parts.limits.peers_per_session || this.#nextHops.has(text)) {
      this.#nextHops.set(text, connection);
    }
  }

  #nextHop(text: string): Connection | Refusal {
    const known = this.#nextHops.get(text);
    if (known !== undefined && known.open) return known;
    const uri = tryParseMsrpUri(text);
    if (uri === null) return NO_HOP;
    if (known === undefined && this.#nextHops.size >= this.#parts.limits.peers_per_session) return TOO_MANY;
    if (!this.#parts.keeper.mayReach(uri, this.client)) return FORBIDDEN;
    const { node } = this.#parts;
    const share = !samePlace(text, this.uri);
    const connection = node.connect(uri, { share, fingerprints: [], address: null });
    if (connection === null) return NO_HOP;
    this.#nextHops.set(text, connection);
    // The peer may send its requests back on it.
    node.bind(connection, this);
    return connection;
  }
}

/** True where the certificate of a connection's peer carries the host of that URI (RFC 4976 §6.3). */
export function isVerified(connection: Connection, uri: string): boolean {
  const host = tryParseMsrpUri(uri)?.host;
  return host !== undefined && connection.secure && connection.peerNames.some((name) => name.toLowerCase() === host);
}

/** The same authority: a client may use another session id in its sessions than with AUTH. */
function sameHop(a: string, b: string): boolean {
  const left = tryParseMsrpUri(a);
  const right = tryParseMsrpUri(b);
  return left !== null && right !== null && left.secure === right.secure && left.host === right.host &&
    left.port === right.port && left.transport === right.transport;
}
