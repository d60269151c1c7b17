import { detached, EMPTY, type Timed, type Timer } from "../../../foundation/mod.ts";
import { type Connection, LOST, type ResponseUser, type SessionEnd } from "../connection.ts";
import type { Continuation, IncomingRequest } from "../frame.ts";
import { firstUri } from "../head_writer.ts";
import { tryParseMsrpUri } from "../msrp_uri.ts";
import { Backlog } from "./backlog.ts";
import { answerBinding, bindingHead, isBinding } from "./binding.ts";
import { Collected } from "./collected.ts";
import { EarlyDoor } from "./early_door.ts";
import type { Route } from "./forwarded.ts";
import { type ForwardCounts, Forwarder, type ForwarderHome } from "./forwarder.ts";
import type { BridgeTap, Side } from "./forward_rules.ts";
import { Keeping, type KeepingUser, type WayOn } from "./keeping.ts";
import type { BridgeParts, LegOptions, LegPeer } from "./leg_options.ts";
import type { WayBack } from "./own_heads.ts";
import { firstUris, samePath, samePlace, sameSession } from "./path.ts";

/** How long a peer may take to connect, and how long what is for it is kept (ms). */
const CONNECT_TIME = 30_000;
/** Requests that are answered when an ending leg has ended. */
const LATE = 256;
const SESSION_OVER = "The session is over";
const UNBOUND = 1, UNDELIVERED = 2, UNKNOWN = 3;

type State = "waiting" | "bound" | "lost" | "closed";

/** Whoever ends both legs of a bridge. */
export interface LegsEnd {
  /** One of them may owe nothing any more. */
  onIdle(): void;
}

/** One side of a bridge: a session of ours with one peer. */
export class BridgeLeg implements SessionEnd, ResponseUser, ForwarderHome, Timed {
  readonly side: Side;
  readonly sessionId: string;
  readonly localUri: string;
  readonly #parts: BridgeParts;
  readonly #forwarder: Forwarder;
  #other!: BridgeLeg;
  #peer: LegPeer | null = null;
  /** The From-Path it was last known by: nearly always the same text. */
  #knownFrom = "";
  #state: State = "waiting";
  #connection: Connection | null = null;
  #route: Route | null = null;
  #backlog: Backlog | null = null;
  #early: EarlyDoor | null = null;
  #collected: Collected | null = null;
  #unbound: Timer | null = null;
  #undelivered: Timer | null = null;
  #unknown: Timer | null = null;
  /** Null: it is not ending. */
  #ending: LegsEnd | null = null;
  /** What came while it was ending. */
  #late: IncomingRequest[] | null = null;

  constructor(parts: BridgeParts, side: Side, { sessionId, localUri }: LegOptions) {
    this.#parts = parts;
    this.side = side;
    this.sessionId = sessionId;
    this.localUri = localUri;
    this.#forwarder = new Forwarder(side, parts.tap);
    this.#forwarder.home = this;
  }

  /** Called once by the bridge, before anything else. */
  join(other: BridgeLeg): void {
    this.#other = other;
    this.#forwarder.opposite = other.#forwarder;
  }

  /** Null until SIP said. */
  get peer(): LegPeer | null {
    return this.#peer;
  }
  get bound(): boolean {
    return this.#state === "bound";
  }
  /** The connection it is bound to. */
  get connection(): Connection | null {
    return this.#connection;
  }
  /** What this peer sent. */
  get counts(): Readonly<ForwardCounts> {
    return this.#forwarder.counts;
  }
  /** Monotonic ms of the last octet from this peer; 0 before the first. */
  get lastTraffic(): number {
    return this.#forwarder.lastTraffic;
  }

  /**
   * What SDP says of the peer: its offer, its answer, or, later, what a re-INVITE changed. The peer may connect from now on; we
   * connect at `start`. Another path, or a connection that was lost, makes the leg wait for a connection anew.
   */
  update(peer: LegPeer): void {
    if (this.#over) return;
    const moved = this.#peer !== null && !samePath(this.#peer.path, peer.path);
    this.#peer = peer;
    this.#other.#forwarder.rules = peer.accepts;
    this.#other.#forwarder.keeps = peer.keeps === true && this.#parts.keep !== undefined;
    if (!moved && this.#state === "bound") return;
    this.#knownFrom = peer.path;
    this.#detach("The session moved to another path");
    this.#state = "waiting";
    this.#settleEarly();
  }

  /** The peer says that it will connect anew (`a=connection:new`, RFC 4145 §5): the connection it had is let go. */
  renew(): void {
    if (this.#over || this.#peer === null) return;
    this.#detach("A new connection was announced");
    this.#state = "waiting";
  }

  /** From now on it is owed a connection: opened by us, or by the peer within 30 s; else the owner is told. */
  start(): void {
    const peer = this.#peer;
    if (peer === null || this.#over || this.#state !== "waiting") return;
    if (peer.connects === "us") this.#dial(peer);
    else this.#unbound ??= this.#parts.timers.start(CONNECT_TIME, this, UNBOUND);
  }

  admit(connection: Connection, request: IncomingRequest): number {
    if (this.#over || this.#state === "lost") return 481;
    if (this.#connection === connection) return 200;
    if (this.#connection !== null) return 506;
    if (this.#peer === null) {
      this.#early ??= new EarlyDoor(this.#parts.node, this);
      this.#unknown ??= this.#parts.timers.start(CONNECT_TIME, this, UNKNOWN);
      return this.#early.welcome(connection) ? 200 : 481;
    }
    if (!this.#isOwner(connection, request)) return 403;
    this.#bind(connection);
    this.#parts.owner.onBound(this);
    return 200;
  }

  onWhole(connection: Connection, request: IncomingRequest, body: Uint8Array, continuation: Continuation): void {
    if (!this.#mayPass(connection, request)) return this.#early?.whole(connection, request, body, continuation);
    const isSend = request.method === "SEND";
    if (isSend && body.length === 0 && isBinding(request, continuation)) {
      return answerBinding(connection, request, this.localUri);
    }
    if (request.method === "AUTH") return connection.respond(request, 501, "Not a relay");
    if (isSend && this.#ending !== null) return this.#tooLate(connection, request);
    const route = this.#routeOn(connection);
    if (route === null) connection.respond(request, 481, "The other side has no connection");
    else if (isSend) this.#forwarder.whole(route, request, body, continuation);
    else this.#forwarder.other(route, request, body, continuation);
  }

  onBegin(connection: Connection, request: IncomingRequest): void {
    if (!this.#mayPass(connection, request)) return this.#early?.begin(connection, request);
    if (request.method !== "SEND" || request.contentType === "") {
      this.#collected = new Collected(request);
      return;
    }
    if (this.#ending !== null) return this.#tooLate(connection, request);
    const route = this.#routeOn(connection);
    if (route === null) connection.respond(request, 481, "The other side has no connection");
    else this.#forwarder.begin(route, request);
  }

  onPiece(connection: Connection, request: IncomingRequest, octets: Uint8Array): void {
    if (connection === this.#connection) {
      if (this.#collected === null) this.#forwarder.piece(octets);
      else if (!this.#collected.tooLong && !this.#collected.push(octets)) connection.respond(request, 413);
    } else this.#early?.piece(connection, request, octets);
  }

  onFinish(connection: Connection, request: IncomingRequest, continuation: Continuation): void {
    if (connection === this.#connection) {
      const collected = this.#collected;
      this.#collected = null;
      if (collected === null) this.#forwarder.finish(continuation);
      else if (!collected.tooLong) this.onWhole(connection, request, collected.body, continuation);
    } else this.#early?.finish(connection, request, continuation);
  }

  onLost(connection: Connection, reason: string): void {
    this.#early?.forget(connection);
    if (connection !== this.#connection) return;
    this.#detach(reason);
    this.#state = "lost";
    if (this.#ending !== null) this.#other.handOver();
    else this.#parts.owner.onLost(this, LOST, reason);
  }

  /** The answer to the request that binds the connection we opened: only now it is known to lead to the peer. */
  onResponse(status: number, comment: string, context: unknown): void {
    if (status === LOST || context !== this.#connection) return;
    if (status >= 200 && status < 300) return this.#parts.owner.onBound(this);
    this.#detach(comment);
    this.#state = "lost";
    this.#parts.owner.onLost(this, status, comment);
  }

  onTimer(kind: number): void {
    if (kind === UNKNOWN) this.#refuseEarly(481, "No answer for this session");
    else if (kind === UNDELIVERED) this.#dropBacklog(408, "The peer did not connect");
    else if (this.#state === "waiting") {
      this.#unbound = null;
      this.#state = "lost";
      this.#dropBacklog(408, "The peer did not connect");
      this.#parts.owner.onLost(this, 408, "the peer did not connect within 30 s");
    }
  }

  /** What still waits for this peer will not reach it: its senders are told. */
  giveUp(reason: string): void {
    this.#refuseEarly(481, reason);
    this.#dropBacklog(this.#other.#forwarder.keeps ? 408 : 481, reason);
  }

  /** Nothing that its peer sent is kept any more, what was handed over is settled, its receiver has the rest, and all is answered. */
  get idle(): boolean {
    return this.#forwarder.idle;
  }

  /** Its peer was told 200 for what it sent, the receiver has not answered yet, and nobody keeps it. */
  get awaits(): boolean {
    return this.#forwarder.awaits;
  }

  /** See `Bridge.watch`. */
  watch(tap: BridgeTap | null): void {
    this.#forwarder.watch(tap);
  }

  /**
   * The session ends: its connection stands only until what was sent is answered, or handed over. What the peer still sends gets 408
   * at the end of that: clients take a 481 as the loss of everything that they sent lately, of what is stored, too.
   */
  end(reason: string, host: LegsEnd): void {
    if (this.#state === "closed") return;
    this.giveUp(reason);
    this.#ending = host;
    this.#unbound?.stop();
    const cut = this.#forwarder.close(reason);
    if (cut !== null) this.#late = [cut];
    if (!this.#other.bound) this.handOver();
  }

  /** What its peer sent and nobody has answered is handed over. */
  handOver(): void {
    this.#forwarder.keeping?.handOver();
  }

  onIdle(): void {
    this.#ending?.onIdle();
  }

  /** The session is over. What is under way is given up on both sides. */
  close(reason: string): void {
    if (this.#state === "closed") return;
    this.giveUp(reason);
    this.#forwarder.close(reason);
    this.answerLate();
    this.#ending = null;
    this.#detach(reason);
    this.#state = "closed";
    this.#parts.node.remove(this.sessionId);
  }

  /** Where the other leg's requests go; null where nothing leads to this peer. */
  outlet(): Connection | null {
    if (this.#state === "bound") return this.#connection;
    // While it is not known yet whether the peer may come again, what is kept for it may wait.
    if (
      this.#ending !== null || (this.#state !== "waiting" && !(this.#state === "lost" && this.#other.#forwarder.keeps))
    ) return null;
    if (this.#backlog === null) {
      this.#backlog = new Backlog();
      this.#undelivered = this.#parts.timers.start(CONNECT_TIME, this, UNDELIVERED);
    }
    return this.#backlog;
  }

  /** Where this peer is told what became of its messages: also on another connection than they came on. */
  wayBack(): WayBack | null {
    const source = this.outlet();
    return source === null ? null : { source, reportTo: this.#knownFrom, reportFrom: this.localUri };
  }

  /** Everything is settled: what came while the leg was ending has failed. */
  answerLate(): void {
    const late = this.#late;
    this.#late = null;
    for (const request of late ?? []) this.#connection?.respond(request, 408, SESSION_OVER);
  }

  /** Those beyond the limit are not answered at all. */
  #tooLate(connection: Connection, request: IncomingRequest): void {
    if (this.idle && this.#other.idle) return connection.respond(request, 408, SESSION_OVER);
    const late = this.#late ??= [];
    if (late.length < LATE) late.push(request);
  }

  wayOn(): WayOn | null {
    const { connection, localUri } = this.#other;
    const peer = this.#other.#peer;
    if (connection === null || !connection.open || peer === null) return null;
    return { destination: connection, toPath: peer.path, fromPath: localUri };
  }

  keepingFor(user: KeepingUser): Keeping | null {
    const { keep, timers } = this.#parts;
    return keep === undefined ? null : new Keeping({ ...keep, side: this.side, timers, user });
  }

  /** Ending, or closed. */
  get #over(): boolean {
    return this.#state === "closed" || this.#ending !== null;
  }

  /** False, and the request is answered, where it is none of this session's; early ones are not answered. */
  #mayPass(connection: Connection, request: IncomingRequest): boolean {
    if (connection !== this.#connection) {
      if (!this.#isEarly(connection)) connection.respond(request, 481);
      return false;
    }
    // Nobody is reached through an end point (RFC 4975 §7.3).
    if (request.toPath.includes(" ")) connection.respond(request, 481, "Not a relay");
    else if (request.fromPath !== this.#knownFrom && !this.#isPeer(request)) {
      connection.respond(request, 403, "From-Path is not that of the session");
    } else return true;
    return false;
  }

  #isPeer({ fromPath, method }: IncomingRequest): boolean {
    const { path, matching } = this.#peer!;
    // A REPORT of one of the peer's relays comes from the part of the path up to it (RFC 4976 §6.4.1).
    if (method === "REPORT" && samePath(firstUris(path, fromPath.split(" ").length), fromPath)) return true;
    const known = matching === "session" ? sameSession(path, fromPath) : samePath(path, fromPath);
    if (known && fromPath !== this.#knownFrom) {
      this.#knownFrom = detached(fromPath);
      this.#route = null;
    }
    return known;
  }

  #isOwner(connection: Connection, request: IncomingRequest): boolean {
    const { fingerprints } = this.#peer!;
    if (fingerprints.length > 0 && !fingerprints.some((text) => connection.hasFingerprint(text))) return false;
    return request.fromPath === this.#knownFrom || this.#isPeer(request);
  }

  #routeOn(source: Connection): Route | null {
    const known = this.#route;
    if (known !== null && known.destination.open) return known;
    const other = this.#other;
    const destination = other.outlet();
    if (destination === null) return null;
    return this.#route = {
      source,
      destination,
      toPath: other.#peer?.path ?? "",
      fromPath: other.localUri,
      reportTo: this.#knownFrom,
      reportFrom: this.localUri,
    };
  }

  #dial(peer: LegPeer): void {
    const { node, owner } = this.#parts;
    const uri = tryParseMsrpUri(firstUri(peer.path));
    const { fingerprints, address } = peer;
    const share = peer.share && !samePlace(firstUri(peer.path), this.localUri);
    const connection = uri === null ? null : node.connect(uri, { share, fingerprints, address });
    if (connection === null) {
      this.#detach("no way to the peer");
      this.#state = "lost";
      this.#dropBacklog(481, "The peer cannot be reached");
      return owner.onLost(this, 481, `nothing leads to "${firstUri(peer.path)}"`);
    }
    node.bind(connection, this);
    connection.send(bindingHead(peer.path, this.localUri), EMPTY, "$", this, connection);
    this.#bind(connection);
  }

  #bind(connection: Connection): void {
    this.#connection = connection;
    this.#state = "bound";
    this.#unbound?.stop();
    this.#unbound = null;
    this.#undelivered?.stop();
    this.#undelivered = null;
    this.#route = this.#other.#route = null;
    const backlog = this.#backlog;
    this.#backlog = null;
    this.#other.#forwarder.keeping?.resume({
      destination: connection,
      toPath: this.#peer!.path,
      fromPath: this.localUri,
    });
    backlog?.flow(connection, this.#peer!.path);
  }

  /** Lets go of the connection: what either side has under way is given up. */
  #detach(reason: string): void {
    const connection = this.#connection;
    this.#connection = null;
    this.#collected = null;
    this.#forwarder.sourceLost();
    this.#other.#forwarder.cut(481, reason);
    this.#route = this.#other.#route = null;
    this.#unbound?.stop();
    this.#unbound = null;
    if (connection !== null) this.#parts.node.unbind(connection, this);
  }

  #dropBacklog(status: number, comment: string): void {
    this.#undelivered?.stop();
    this.#undelivered = null;
    const backlog = this.#backlog;
    this.#backlog = null;
    this.#other.#route = null;
    backlog?.fail(status, comment);
  }

  #isEarly(connection: Connection): boolean {
    return this.#early !== null && this.#early.has(connection);
  }

  /** SIP has said who the peer is: its connection is taken, the others are refused. */
  #settleEarly(): void {
    this.#endEarly()?.settle();
  }

  #refuseEarly(status: number, comment: string): void {
    this.#endEarly()?.refuseAll(status, comment);
  }

  #endEarly(): EarlyDoor | null {
    const early = this.#early;
    this.#early = null;
    this.#unknown?.stop();
    this.#unknown = null;
    return early;
  }
}
