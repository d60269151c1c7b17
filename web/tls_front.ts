import { connect, type Socket } from "node:net";
import { createServer, type Server, type TLSSocket } from "node:tls";
import type { Log } from "../foundation/mod.ts";
import { type Endpoint, normalHost } from "../transport/net/mod.ts";

/** A certificate chain and its private key, both PEM. */
export interface TlsMaterial {
  readonly certificate: string;
  readonly key: string;
}

const MAX_CONNECTIONS = 20_000;
const HANDSHAKE_MS = 10_000;

/**
 * Ends TLS and passes the octets on to a plain server on loopback, so that a certificate can be renewed while connections
 * live on. The server behind learns who is at the far end by the front's port.
 */
export class TlsFront {
  readonly local: Endpoint;
  readonly #server: Server;
  /** Far ends by the loopback port that the front uses for them. */
  readonly #remotes = new Map<number, Endpoint>();
  readonly #sockets = new Set<TLSSocket>();

  private constructor(server: Server, backend: number, log: Log) {
    this.#server = server;
    const { address, port } = server.address() as { address: string; port: number };
    this.local = { host: normalHost(address), port };
    server.on("secureConnection", (socket) => this.#pass(socket, backend));
    server.on("tlsClientError", (error: Error) => log.debug("tls handshake failed", { error: error.message }));
    server.on("error", (error: Error) => log.error("tls front failed", { error: error.message }));
  }

  static open(host: string, port: number, backend: number, material: TlsMaterial, log: Log): Promise<TlsFront> {
    return new Promise((resolve, reject) => {
      const server = createServer({
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
        resolve(new TlsFront(server, backend, log));
      });
    });
  }

  /** Who is at the far end of a connection that the front made from `port`; undefined for somebody else's connection. */
  remoteOf(port: number): Endpoint | undefined {
    return this.#remotes.get(port);
  }

  renew(material: TlsMaterial): void {
    this.#server.setSecureContext({ cert: material.certificate, key: material.key, minVersion: "TLSv1.2" });
  }

  close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const socket of this.#sockets) socket.destroy();
    return closed;
  }

  #pass(outside: TLSSocket, backend: number): void {
    const remote = { host: normalHost(outside.remoteAddress ?? ""), port: outside.remotePort ?? 0 };
    this.#sockets.add(outside);
    const inside: Socket = connect({ host: "127.0.0.1", port: backend, noDelay: true });
    let port = 0;
    inside.once("connect", () => {
      port = inside.localPort!;
      this.#remotes.set(port, remote);
      outside.pipe(inside);
      inside.pipe(outside);
    });
    const end = () => {
      this.#remotes.delete(port);
      this.#sockets.delete(outside);
      inside.destroy();
      outside.destroy();
    };
    for (const socket of [inside, outside]) socket.on("error", end).on("close", end);
  }
}
