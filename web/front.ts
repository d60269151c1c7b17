import { connect, createServer as createPlainServer, type Server as PlainServer, type Socket } from "node:net";
import { createServer as createTlsServer, type Server as TlsServer, type TLSSocket } from "node:tls";
import { concatBytes, type Log } from "../foundation/mod.ts";
import { type Endpoint, normalHost } from "../transport/net/mod.ts";
import { repairPause } from "../transport/net/machine/mod.ts";
import { lookAtHead } from "./first_head.ts";
import { upgrade, type WebSocketTakers } from "./upgrades.ts";

/** A certificate chain and its private key, both PEM. */
export interface TlsMaterial {
  readonly certificate: string;
  readonly key: string;
}

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
}

const MAX_CONNECTIONS = 20_000;
const HANDSHAKE_MS = 10_000;
/** A handshake for `/ws` that does not end is passed on after this, as it is; the server behind has its own patience. */
const LOOK_MS = 10_000;

/**
 * What stands before the web server. It ends TLS, so that a certificate can be renewed while connections live on. It takes
 * WebSockets: those of the runtime's own server cannot be paused, as MSRP needs, and each message would go one hop more. It
 * passes everything else on as it is. The server behind learns who is at the far end by the front's port.
 */
export class Front {
  readonly local: Endpoint;
  readonly #server: PlainServer | TlsServer;
  readonly #options: FrontOptions;
  /** Far ends by the loopback port that the front uses for them. */
  readonly #remotes = new Map<number, Endpoint>();
  readonly #sockets = new Set<Socket>();

  private constructor(server: PlainServer | TlsServer, options: FrontOptions) {
    this.#server = server;
    this.#options = options;
    const { address, port } = server.address() as { address: string; port: number };
    this.local = { host: normalHost(address), port };
    const { log, material } = options;
    if (material === null) server.on("connection", (socket: Socket) => this.#take(socket));
    else {
      server.on("secureConnection", (socket: TLSSocket) => {
        repairPause(socket);
        this.#take(socket);
      });
      // Those whose handshake goes on, too: they would hold up the end of the door.
      server.on("connection", (socket: Socket) => {
        this.#sockets.add(socket);
        socket.on("error", () => socket.destroy());
        socket.on("close", () => this.#sockets.delete(socket));
      });
      // The runtime tells of a handshake that is too late, and leaves its socket open.
      server.on("tlsClientError", (error: Error, socket: TLSSocket) => {
        log.debug("tls handshake failed", { error: error.message });
        socket.destroy();
      });
    }
    server.on("error", (error: Error) => log.error("web front failed", { error: error.message }));
  }

  /** Rejects with what the system says: the address in use, or not ours. */
  static open(options: FrontOptions): Promise<Front> {
    return new Promise((resolve, reject) => {
      const { host, port, material } = options;
      const server = material === null ? createPlainServer({ noDelay: true }) : createTlsServer({
        cert: material.certificate,
        key: material.key,
        minVersion: "TLSv1.2",
        ALPNProtocols: ["http/1.1"],
        handshakeTimeout: HANDSHAKE_MS,
      });
      server.maxConnections = MAX_CONNECTIONS;
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

  #take(socket: Socket): void {
    const remote = { host: normalHost(socket.remoteAddress ?? ""), port: socket.remotePort ?? 0 };
    this.#sockets.add(socket);
    socket.on("close", () => this.#sockets.delete(socket));
    const { sip, msrp } = this.#options.takers;
    if (sip === null && msrp === null) this.#pass(socket, remote, null);
    else this.#look(socket, remote);
  }

  /** Waits for the first octets, and for the whole of the first head where it may be a handshake. */
  #look(socket: Socket, remote: Endpoint): void {
    const { takers, material } = this.#options;
    let head: Uint8Array = new Uint8Array(0);
    const fail = () => socket.destroy();
    const look = (chunk: Uint8Array): void => {
      head = head.length === 0 ? chunk : concatBytes([head, chunk]);
      const found = lookAtHead(head);
      if (found.kind === "undecided") {
        timer ??= setTimeout(pass, LOOK_MS);
        return;
      }
      if (found.kind === "other" || takers[found.handshake.subprotocol] === null) return pass();
      stop();
      socket.off("error", fail);
      const ends = { remote, local: this.local, secure: material !== null };
      upgrade(found.handshake, socket, head.subarray(found.end), ends, takers);
    };
    let timer: ReturnType<typeof setTimeout> | undefined = undefined;
    const stop = () => {
      clearTimeout(timer);
      socket.off("data", look);
      socket.off("close", stop);
    };
    const pass = () => {
      stop();
      socket.off("error", fail);
      this.#pass(socket, remote, head);
    };
    socket.on("error", fail);
    socket.on("close", stop);
    socket.on("data", look);
  }

  /** Joins it to the server behind; `first` was read already. */
  #pass(outside: Socket, remote: Endpoint, first: Uint8Array | null): void {
    outside.pause();
    const inside = connect({ host: "127.0.0.1", port: this.#options.backend, noDelay: true });
    let port = 0;
    inside.once("connect", () => {
      port = inside.localPort!;
      this.#remotes.set(port, remote);
      if (first !== null) inside.write(first);
      outside.pipe(inside);
      inside.pipe(outside);
    });
    const end = () => {
      this.#remotes.delete(port);
      inside.destroy();
      outside.destroy();
    };
    for (const socket of [inside, outside]) socket.on("error", end).on("close", end);
  }
}
