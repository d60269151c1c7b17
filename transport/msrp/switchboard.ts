import { type Clock, detached, type Log, Metrics, type Timed, type Timers } from "../../foundation/mod.ts";
import { type Endpoint, endpointText } from "../net/mod.ts";
import { KeyTable } from "../sip/mod.ts";
import { BufferPool } from "./buffer_pool.ts";
import type { Connection, MsrpTransport, SessionEnd } from "./connection.ts";
import { type ConnectionLimits, DEFAULT_CONNECTION_LIMITS } from "./connection_limits.ts";
import type { Dialer, Duplex } from "./duplex.ts";
import type { ConnectionHost } from "./connection_host.ts";
import { FramedConnection } from "./framed_connection.ts";
import type { IncomingRequest } from "./frame.ts";
import { HeadReader } from "./head_reader.ts";
import { firstUri } from "./head_writer.ts";
import type { Hop } from "./hop_transactions.ts";
import { LinkedList } from "./linked_list.ts";
import { MemoryDuplex } from "./memory_duplex.ts";
import { KNOWN_METHODS, MsrpMeters } from "./msrp_meters.ts";
import { type MsrpUri, tryParseMsrpUri } from "./msrp_uri.ts";
import type { DialOptions, MsrpNode } from "./node.ts";
import { DEFAULT_FRAME_LIMITS, type FrameLimits } from "./slow_head.ts";

/** The port of an MSRP URI without one (RFC 4975 §15.4, RFC 4976 §5.1). */
export const MSRP_PORT = 2855;
const TEND_EVERY_MS = 1_000;

/** How a door of ours is reached from outside. `host`: a name or an IP literal without brackets. */
export interface MsrpDoor {
  readonly transport: MsrpTransport;
  readonly advertised: Endpoint;
}

export interface SwitchboardLimits {
  /** Connections in all; one more is closed at once, or cannot be made. */
  readonly connections: number;
  /** Sessions in the table; one more is a RangeError. */
  readonly sessions: number;
  readonly connection: ConnectionLimits;
  readonly frames: FrameLimits;
}

export const DEFAULT_SWITCHBOARD_LIMITS: SwitchboardLimits = {
  connections: 20_000,
  sessions: 100_000,
  connection: DEFAULT_CONNECTION_LIMITS,
  frames: DEFAULT_FRAME_LIMITS,
};

/** What a switchboard stands on. */
export interface SwitchboardParts {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: Log;
  readonly metrics: Metrics;
  /** Null: only connections from outside, and those inside the process. */
  readonly dialer: Dialer | null;
  readonly doors?: readonly MsrpDoor[];
  readonly limits?: Partial<SwitchboardLimits>;
}

/** All MSRP of the process: takes and makes connections, and gives each request to the session that it is for. */
export class Switchboard implements MsrpNode, ConnectionHost, Timed {
  readonly clock: Clock;
  readonly log: Log;
  readonly limits: ConnectionLimits;
  readonly frameLimits: FrameLimits;
  readonly meters: MsrpMeters;
  readonly buffers = new BufferPool();
  readonly hops = new KeyTable<Hop>();
  readonly reader: HeadReader;
  readonly #timers: Timers;
  readonly #dialer: Dialer | null;
  readonly #most: SwitchboardLimits;
  readonly #sessions = new KeyTable<SessionEnd>();
  readonly #connections = new LinkedList<FramedConnection>();
  /** Connections of ours that further sessions may use, by where they lead. */
  readonly #shared = new KeyTable<FramedConnection>();
  /** Connections that single URIs lead to. */
  readonly #leads = new KeyTable<FramedConnection>();
  readonly #doors: MsrpDoor[] = [];
  #doorman: SessionEnd | null = null;
  /** Who takes requests for a session that is not in the table; null: they get 481. */
  unannounced: ((sessionId: string) => SessionEnd | null) | null = null;
  #version = 0;
  #ids = 0;
  #dirty: FramedConnection[] = [];
  #tending = false;
  #stopped = false;

  constructor({ clock, timers, log, metrics, dialer, doors, limits }: SwitchboardParts) {
    this.clock = clock;
    this.log = log;
    this.#timers = timers;
    this.#dialer = dialer;
    this.#most = { ...DEFAULT_SWITCHBOARD_LIMITS, ...limits };
    this.limits = this.#most.connection;
    this.frameLimits = this.#most.frames;
    this.reader = new HeadReader(this.frameLimits);
    this.meters = new MsrpMeters(metrics);
    metrics.gauge("msrp_connections", "MSRP connections that are open", () => this.#connections.size);
    metrics.gauge("msrp_sessions", "MSRP sessions", () => this.#sessions.size);
    metrics.gauge("msrp_pending_requests", "MSRP requests that wait for the next hop's answer", () => this.hops.size);
    for (const door of doors ?? []) this.addDoor(door);
  }

  /** A door of ours is open. The first one of its transport names our URIs. */
  addDoor(door: MsrpDoor): void {
    this.#doors.push(door);
  }

  removeDoor(door: MsrpDoor): void {
    const at = this.#doors.indexOf(door);
    if (at >= 0) this.#doors.splice(at, 1);
  }

  /** A peer has connected. Null, and the duplex is let go, when there are too many. */
  accept(duplex: Duplex): FramedConnection | null {
    if (this.#stopped || this.#connections.size >= this.#most.connections) {
      this.meters.connection(duplex.transport, "refused");
      this.log.warn("MSRP connection refused: there are too many", { from: endpointText(duplex.remote) });
      duplex.destroy();
      return null;
    }
    this.meters.connection(duplex.transport, "accepted");
    return this.#open(duplex, []);
  }

  get version(): number {
    return this.#version;
  }

  get size(): number {
    return this.#sessions.size;
  }

  /** Connections that are not gone. */
  get connections(): number {
    return this.#connections.size;
  }

  get doorman(): SessionEnd | null {
    return this.#doorman;
  }

  set doorman(end: SessionEnd | null) {
    this.#doorman = end;
    this.#version++;
  }

  add(sessionId: string, end: SessionEnd): void {
    if (this.#sessions.has(sessionId)) throw new RangeError(`session id "${sessionId}" is taken`);
    if (this.#sessions.size >= this.#most.sessions) {
      throw new RangeError(`there are ${this.#most.sessions} MSRP sessions already`);
    }
    this.#sessions.set(sessionId, end);
    this.#version++;
  }

  remove(sessionId: string): void {
    if (this.#sessions.delete(sessionId)) this.#version++;
  }

  uriFor(sessionId: string, transport: MsrpTransport, host?: string): string | null {
    return doorUri(this.#doors, sessionId, transport, host);
  }

  /** Who is behind that session id; null for nobody. */
  endOf(sessionId: string): SessionEnd | null {
    return this.#sessions.get(sessionId) ?? null;
  }

  /** The connection was `from`'s and is `to`'s from now on, a chunk that is under way included; null: nobody's. */
  handOver(connection: Connection, from: SessionEnd, to: SessionEnd | null): void {
    this.#version++;
    if (!(connection instanceof FramedConnection) || !connection.open) return;
    if (to !== null) return connection.handOver(from, to);
    connection.unbind(from);
    connection.refused();
  }

  connect(uri: MsrpUri, options: DialOptions): Connection | null {
    if (this.#stopped) return null;
    const led = options.share && this.#leads.size > 0 ? this.#leads.get(uri.text) : undefined;
    if (led !== undefined && led.open) return led;
    const transport = transportOf(uri);
    if (transport === null) return null;
    const to = options.address ?? { host: uri.host, port: uri.port === 0 ? MSRP_PORT : uri.port };
    const name = options.fingerprints.length > 0 ? "" : uri.host;
    // Over TLS it is known to lead to that name only.
    const key = `${transport} ${endpointText(to)} ${transport === "tcp" ? "" : name} ${options.fingerprints.join(" ")}`;
    if (options.share) {
      const known = this.#shared.get(key);
      if (known !== undefined && known.open && !known.silent) return known;
    }
    if (this.#connections.size >= this.#most.connections) {
      this.meters.connection(transport, "refused");
      return null;
    }
    let connection: FramedConnection;
    if (this.#isOwn(uri, transport, to)) connection = this.#connectInside(to);
    else {
      const duplex = this.#dialer?.dial(transport, to, name) ?? null;
      if (duplex === null) return null;
      this.meters.connection(transport, "dialled");
      connection = this.#open(duplex, options.fingerprints);
    }
    if (options.share && connection.open) {
      this.#shared.set(key, connection);
      connection.sharedAs = key;
    }
    return connection;
  }

  lead(uri: string, connection: Connection | null): void {
    const known = this.#leads.get(uri);
    if (known !== undefined && known !== connection) {
      this.#leads.delete(uri);
      known.ledBy = known.ledBy.filter((one) => one !== uri);
    }
    if (!(connection instanceof FramedConnection) || !connection.open || known === connection) return;
    this.#leads.set(uri, connection);
    connection.ledBy = [...connection.ledBy, uri];
  }

  bind(connection: Connection, end: SessionEnd): void {
    if (connection instanceof FramedConnection && connection.open) connection.bind(end);
    // One that is gone already still tells it, after this call.
    else queueMicrotask(() => end.onLost(connection, "the connection is closed"));
  }

  unbind(connection: Connection, end: SessionEnd): void {
    this.#version++;
    if (connection instanceof FramedConnection) connection.unbind(end);
  }

  route(connection: FramedConnection, request: IncomingRequest): SessionEnd | null {
    const uri = tryParseMsrpUri(firstUri(request.toPath));
    if (uri === null) return this.#refuse(connection, request, 400, "To-Path with something that is no MSRP URI");
    if (!(KNOWN_METHODS as readonly string[]).includes(request.method)) {
      return this.#refuse(connection, request, 501);
    }
    if (uri.sessionId === "") return this.#doorman ?? this.#refuse(connection, request, 481);
    const known = this.#sessions.get(uri.sessionId);
    const end = known ?? (request.method === "REPORT" ? null : this.unannounced?.(uri.sessionId) ?? null);
    if (end === null) return this.#refuse(connection, request, 481);
    if (connection.bound.has(end)) return end;
    const status = end.admit(connection, request);
    if (status !== 200) return this.#refuse(connection, request, status);
    if (!connection.open) return null;
    if (known !== undefined) connection.bind(end);
    // Its refusals are not forgotten: nobody knows yet whether it has any business here.
    else connection.bound.add(end);
    return end;
  }

  nextId(): number {
    return ++this.#ids;
  }

  flushLater(connection: FramedConnection): void {
    if (this.#dirty.push(connection) === 1) queueMicrotask(this.#flushAll);
  }

  closed(connection: FramedConnection): void {
    for (const uri of connection.ledBy) this.#leads.delete(uri);
    const { sharedAs } = connection;
    if (sharedAs !== "" && this.#shared.get(sharedAs) === connection) this.#shared.delete(sharedAs);
  }

  gone(connection: FramedConnection): void {
    this.#connections.delete(connection);
  }

  onTimer(): void {
    this.#tending = false;
    const now = this.clock.monotonic();
    this.#connections.each((connection) => connection.tend(now));
    this.buffers.rest();
    this.#tend();
  }

  /** Takes no more connections and closes those that are open, after what is queued went out. */
  close(reason: string): void {
    this.#stopped = true;
    this.#connections.each((connection) => connection.close(reason));
  }

  readonly #flushAll = (): void => {
    const dirty = this.#dirty;
    this.#dirty = [];
    const now = this.clock.monotonic();
    for (const connection of dirty) connection.flush(now);
  };

  #open(duplex: Duplex, fingerprints: readonly string[]): FramedConnection {
    const connection = new FramedConnection(this, duplex, fingerprints);
    this.#connections.add(connection);
    this.#tend();
    connection.start();
    return connection;
  }

  #tend(): void {
    if (this.#tending || (this.#connections.size === 0 && this.buffers.free === 0)) return;
    this.#tending = true;
    this.#timers.start(TEND_EVERY_MS, this, 0);
  }

  /** True for a door of ours, by its advertised name, or any name it was reached by when the session is one of ours. */
  #isOwn(uri: MsrpUri, transport: MsrpTransport, { host, port }: Endpoint): boolean {
    const door = this.#doors.find((door) => door.transport === transport && door.advertised.port === port);
    if (door === undefined) return false;
    return door.advertised.host.toLowerCase() === host.toLowerCase() || this.#sessions.has(uri.sessionId);
  }

  #connectInside(to: Endpoint): FramedConnection {
    const [here, there] = MemoryDuplex.pair({ host: to.host, port: 0 }, to);
    const connection = this.#open(here, []);
    this.#open(there, []);
    return connection;
  }

  #refuse(connection: FramedConnection, request: IncomingRequest, status: number, comment?: string): null {
    connection.respond(request, status, comment);
    // A REPORT may be late for a session that has ended (RFC 4975 §7.3.2).
    if (request.method !== "REPORT") connection.refused();
    return null;
  }
}

/**
 * Our URI for a session, as the first of these doors with that transport is reached; null without one. For `wss` also a door of `ws`,
 * still as `msrps`: that is what its other side speaks. See `MsrpNode.uriFor`.
 */
export function doorUri(
  doors: readonly MsrpDoor[],
  sessionId: string,
  transport: MsrpTransport,
  host?: string,
): string | null {
  // Whoever comes over TLS to a web door without it has met a proxy that ends the TLS.
  const door = doors.find((door) => door.transport === transport) ??
    (transport === "wss" ? doors.find((door) => door.transport === "ws") : undefined);
  if (door === undefined) return null;
  const scheme = transport === "tls" || transport === "wss" ? "msrps" : "msrp";
  const at = endpointText({ host: host ?? door.advertised.host, port: door.advertised.port });
  // A session keeps it for long: in one piece.
  return detached(`${scheme}://${at}/${sessionId};${uriTransport(transport)}`);
}

function uriTransport(transport: MsrpTransport): string {
  return transport === "ws" || transport === "wss" ? "ws" : "tcp";
}

/** What carries a connection to a URI; null for a transport nobody here speaks. */
function transportOf(uri: MsrpUri): MsrpTransport | null {
  if (uri.transport === "tcp") return uri.secure ? "tls" : "tcp";
  if (uri.transport === "ws") return uri.secure ? "wss" : "ws";
  return null;
}
