import type { Socket } from "node:net";
import { createServer, type Server, type TLSSocket } from "node:tls";
import type { Clock } from "../../../foundation/mod.ts";
import type { Endpoint } from "../address.ts";
import type { Source } from "../admission.ts";
import { canonicalHost } from "../ip_octets.ts";
import type { TlsContexts } from "./tls_contexts.ts";
import { repairPause } from "./tls_pause.ts";

/** Whoever is behind a TLS door. No method throws. */
export interface TlsAcceptorUser {
  /** A TCP connection came: its source, with the connection counted, or null to refuse it. */
  admit(host: string): Source | null;
  /** The handshake is done; the connection counts at its source until the user says otherwise. */
  secured(socket: TLSSocket, remote: Endpoint, source: Source): void;
  handshakeFailed(reason: string): void;
  handshakeTimedOut(): void;
  /** No connection could be taken. It is tried again. */
  failed(reason: string): void;
}

/** How a TLS door is opened. */
export interface TlsAcceptorOptions {
  readonly host: string;
  readonly port: number;
  /** Asked at every handshake. */
  readonly contexts: () => TlsContexts;
  readonly clock: Clock;
  readonly handshake_ms: number;
  /** We may still write after the peer has said its end. */
  readonly halfOpen?: boolean;
}

/** A connection whose handshake is not done. */
interface Handshake {
  readonly socket: Socket;
  readonly source: Source;
  readonly since: number;
}

/**
 * Accepts TLS connections. The certificate is chosen at every handshake by the name the peer asks for, so a new one is in
 * use from the next connection on, and those that are open stay.
 */
export class TlsAcceptor {
  #local: Endpoint = { host: "", port: 0 };
  readonly #server: Server;
  readonly #options: TlsAcceptorOptions;
  readonly #handshakes = new Map<string, Handshake>();
  #user: TlsAcceptorUser | null = null;

  private constructor(options: TlsAcceptorOptions) {
    this.#options = options;
    const { contexts } = options;
    const { certificates, clientCertificates, authorities } = contexts().options;
    this.#server = createServer({
      cert: certificates[0].certificate,
      key: certificates[0].key,
      ...(authorities === "" ? {} : { ca: authorities }),
      minVersion: "TLSv1.2",
      requestCert: clientCertificates !== "none",
      rejectUnauthorized: clientCertificates === "require",
      handshakeTimeout: options.handshake_ms,
      allowHalfOpen: options.halfOpen ?? false,
      SNICallback: (name, done) => {
        const chosen = contexts().forName(name);
        if (chosen === null) done(new Error("no certificate"));
        else done(null, chosen);
      },
    });
    this.#server.on("connection", (socket: Socket) => this.#began(socket));
    this.#server.on("secureConnection", (socket: TLSSocket) => this.#secured(socket));
    this.#server.on("tlsClientError", (error: Error) => this.#user?.handshakeFailed(error.message));
  }

  /** Opens the door; rejects with what the system says: the address in use, or not ours. */
  static async open(options: TlsAcceptorOptions): Promise<TlsAcceptor> {
    const acceptor = new TlsAcceptor(options);
    const server = acceptor.#server;
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(options.port, options.host, () => {
        server.off("error", reject);
        resolve();
      });
    });
    server.on("error", (error: Error) => acceptor.#user?.failed(error.message));
    const address = server.address();
    if (address === null || typeof address === "string") throw new Error("a TLS door without an address");
    acceptor.#local = { host: canonicalHost(address.address), port: address.port };
    return acceptor;
  }

  get local(): Endpoint {
    return this.#local;
  }

  /** Handshakes under way. */
  get handshakes(): number {
    return this.#handshakes.size;
  }

  run(user: TlsAcceptorUser): void {
    this.#user = user;
  }

  /** Takes nothing new, and ends handshakes; connections that are open end in their own time. */
  close(): void {
    for (const { socket } of this.#handshakes.values()) socket.destroy();
    this.#server.close();
  }

  /** Ends handshakes that take too long. To be called about once a second. */
  tend(now: number): void {
    for (const [key, { socket, source, since }] of this.#handshakes) {
      if (now - since < this.#options.handshake_ms) break;
      this.#handshakes.delete(key);
      source.disconnect();
      this.#user?.handshakeTimedOut();
      socket.destroy();
    }
  }

  /** A TCP connection is there; its handshake begins. */
  #began(socket: Socket): void {
    const host = canonicalHost(socket.remoteAddress ?? "");
    const source = this.#user?.admit(host) ?? null;
    if (source === null) {
      socket.destroy();
      return;
    }
    const key = `${host} ${socket.remotePort}`;
    this.#handshakes.set(key, { socket, source, since: this.#options.clock.monotonic() });
    // A peer that is gone before the end of its handshake is told about here only.
    socket.on("error", () => socket.destroy());
    socket.on("close", () => {
      if (this.#handshakes.delete(key)) source.disconnect();
    });
  }

  /** The handshake is done: what was counted as a handshake is the user's from now on. */
  #secured(socket: TLSSocket): void {
    const remote = { host: canonicalHost(socket.remoteAddress ?? ""), port: socket.remotePort ?? 0 };
    const key = `${remote.host} ${remote.port}`;
    const handshake = this.#handshakes.get(key);
    if (handshake === undefined || this.#user === null) {
      socket.destroy();
      return;
    }
    this.#handshakes.delete(key);
    repairPause(socket);
    this.#user.secured(socket, remote, handshake.source);
  }
}
