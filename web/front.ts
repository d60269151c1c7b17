import { createServer as createPlainServer, type Server as PlainServer, type Socket } from "node:net";
import { createServer as createTlsServer, type Server as TlsServer, type TLSSocket } from "node:tls";
import type { Log, Metrics, Timers } from "../foundation/mod.ts";
import { type Admission, type Endpoint, normalHost, type Source } from "../transport/net/mod.ts";
import { repairPause } from "../transport/net/machine/mod.ts";
import { Doorstep, type DoorstepLimits } from "./doorstep.ts";
import { FirstOctets, lookAtHead } from "./first_head.ts";
import { FrontMeters } from "./front_meters.ts";
import { Passage } from "./passage.ts";
import { type Upgrader, upgraderFor, type WebSocketTakers } from "./upgrades.ts";

/** A certificate chain and its private key, both PEM. */
export interface TlsMaterial {
  readonly certificate: string;
  readonly key: string;
}

/** What a front holds and how long it waits. Times in ms. */
export interface FrontLimits extends DoorstepLimits {
  readonly connections: number;
  /** What has been passed on ends when nothing moves for so long. */
  readonly idle_ms: number;
}

export const DEFAULT_FRONT_LIMITS: FrontLimits = {
  connections: 20_000,
  waiting: 1_000,
  first_head_ms: 10_000,
  idle_ms: 300_000,
};

/** What a front is opened with. */
export interface FrontOptions {
  readonly host: string;
  readonly port: number;
  /** The loopback port of the server behind. */
  readonly backend: number;
  /** Null: plain HTTP. */
  readonly material: TlsMaterial | null;
  readonly takers: WebSocketTakers;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly timers: Timers;
  /** How many connections one source may have; a WebSocket that is taken counts with whoever takes it. */
  readonly admission: Admission;
  readonly limits: FrontLimits;
}

/**
 * What stands before the web server. It ends TLS, so that a certificate can be renewed while connections live on. It takes
 * WebSockets: those of the runtime's own server cannot be paused, as MSRP needs, and each message would go one hop more. It
 * passes everything else on as it is, once the first head is whole: the server behind waits for heads as long as it takes. That
 * server learns who is at the far end by the front's port.
 */
export class Front {
  readonly local: Endpoint;
  readonly #server: PlainServer | TlsServer;
  readonly #options: FrontOptions;
  readonly #meters: FrontMeters;
  readonly #doorstep: Doorstep;
  readonly #upgrade: Upgrader;
  /** Far ends by the loopback port that the front uses for them. */
  readonly #remotes = new Map<number, Endpoint>();
  /** TCP connections by far end; each counts at its source until it is over, or another counts it. */
  readonly #connections = new Map<string, Counted>();
  readonly #sockets = new Set<Socket>();

  private constructor(server: PlainServer | TlsServer, options: FrontOptions) {
    this.#server = server;
    this.#options = options;
    const { log, material, limits, timers, metrics, takers } = options;
    this.#meters = new FrontMeters(metrics);
    this.#doorstep = new Doorstep(limits, timers, this.#meters);
    this.#upgrade = upgraderFor(takers);
    const { address, port } = server.address() as { address: string; port: number };
    this.local = { host: normalHost(address), port };
    server.on("connection", (socket: Socket) => {
      if (this.#admit(socket) && material === null) this.#look(socket);
    });
    server.on("secureConnection", (socket: TLSSocket) => {
      repairPause(socket);
      this.#hold(socket);
      this.#look(socket);
    });
    // The runtime tells of a handshake that fails, and leaves its socket open.
    server.on("tlsClientError", (error: Error, socket: TLSSocket) => {
      this.#meters.handshakes.add();
      log.debug("tls handshake failed", { error: error.message });
      socket.destroy();
    });
    server.on("error", (error: Error) => log.error("web front failed", { error: error.message }));
  }

  /** Rejects with what the system says: the address in use, or not ours. */
  static open(options: FrontOptions): Promise<Front> {
    return new Promise((resolve, reject) => {
      const { host, port, material, limits } = options;
      const server = material === null ? createPlainServer({ noDelay: true }) : createTlsServer({
        cert: material.certificate,
        key: material.key,
        minVersion: "TLSv1.2",
        ALPNProtocols: ["http/1.1"],
        handshakeTimeout: limits.first_head_ms,
      });
      server.maxConnections = limits.connections;
      server.once("error", reject);
      server.listen(port, host, () => {
        server.off("error", reject);
        resolve(new Front(server, options));
      });
    });
  }

  /** Who is at the far end of a connection that the front made from `port`; undefined for somebody else's connection. */
  remoteOf(port: number): Endpoint | undefined {
    return this.#remotes.get(port);
  }

  /** Connections that have not said yet what they want. */
  get waiting(): number {
    return this.#doorstep.size;
  }

  /** Connections to come show this; those that are open stay. Nothing happens without TLS. */
  renew(material: TlsMaterial): void {
    if (this.#options.material === null) return;
    const server = this.#server as TlsServer;
    server.setSecureContext({ cert: material.certificate, key: material.key, minVersion: "TLSv1.2" });
  }

  close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const socket of this.#sockets) socket.destroy();
    return closed;
  }

  /** A TCP connection is there; over TLS its handshake begins. False where its source may have no more. */
  #admit(socket: Socket): boolean {
    const { host, port } = farEnd(socket);
    const source = this.#options.admission.source(host);
    if (!source.connect()) {
      this.#meters.admission.add();
      socket.destroy();
      return false;
    }
    this.#meters.accepted.add();
    const key = `${host} ${port}`;
    const counted = new Counted(source);
    this.#connections.set(key, counted);
    this.#hold(socket);
    this.#doorstep.add(key, socket);
    socket.on("close", () => {
      this.#doorstep.remove(key);
      counted.release();
      if (this.#connections.get(key) === counted) this.#connections.delete(key);
    });
    return true;
  }

  /** The end of the door ends it. */
  #hold(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on("error", () => socket.destroy());
    socket.on("close", () => this.#sockets.delete(socket));
  }

  /** Waits for the whole of the first head. */
  #look(socket: Socket): void {
    const remote = farEnd(socket);
    const key = `${remote.host} ${remote.port}`;
    const counted = this.#connections.get(key);
    // Its source has no room for it, or its time has run out.
    if (counted === undefined) return void socket.destroy();
    const { takers, material } = this.#options;
    const first = new FirstOctets();
    const look = (chunk: Uint8Array): void => {
      const octets = first.take(chunk);
      if (octets === null) return;
      socket.off("data", look);
      this.#doorstep.remove(key);
      const found = lookAtHead(octets);
      if (found.kind === "other" || takers[found.handshake.subprotocol] === null) {
        return this.#pass(socket, remote, octets);
      }
      this.#meters.webSockets.add();
      // Whoever takes it counts it.
      counted.release();
      const ends = { remote, local: this.local, secure: material !== null };
      this.#upgrade(found.handshake, socket, octets.subarray(found.end), ends);
    };
    socket.on("data", look);
  }

  /** Joins it to the server behind; `first` was read already. */
  #pass(outside: Socket, remote: Endpoint, first: Uint8Array): void {
    const { backend, timers, limits } = this.#options;
    let inside = 0;
    new Passage({
      outside,
      first,
      backend,
      timers,
      idle_ms: limits.idle_ms,
      onPort: (port) => this.#remotes.set(inside = port, remote),
      onIdle: () => this.#meters.idle.add(),
      onEnd: () => this.#remotes.delete(inside),
    });
  }
}

function farEnd({ remoteAddress, remotePort }: Socket): Endpoint {
  return { host: normalHost(remoteAddress ?? ""), port: remotePort ?? 0 };
}

/** A connection that counts at its source. */
class Counted {
  readonly #source: Source;
  #released = false;

  constructor(source: Source) {
    this.#source = source;
  }

  release(): void {
    if (this.#released) return;
    this.#released = true;
    this.#source.disconnect();
  }
}
