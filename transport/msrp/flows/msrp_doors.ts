import type { TLSSocket } from "node:tls";
import { type Endpoint, endpointText, type Source } from "../../net/mod.ts";
import { TcpAcceptor, type TcpAcceptorUser, TlsAcceptor, type TlsAcceptorUser } from "../../net/machine/mod.ts";
import { TcpDuplex } from "./tcp_duplex.ts";
import { TlsDuplex } from "./tls_duplex.ts";
import type { Gate } from "./wire_context.ts";

/** An open entry of `[listen] msrp`. */
export interface WireDoor {
  readonly transport: "tcp" | "tls";
  /** The bound address; the port is the real one. */
  readonly local: Endpoint;
  /** Takes nothing new; connections that are open stay. */
  close(): Promise<void>;
}

/** What the wires see of a door besides. */
export interface TendedDoor extends WireDoor {
  tend(now: number): void;
}

/** MSRP over TCP. */
export class TcpDoor implements TendedDoor, TcpAcceptorUser {
  readonly transport = "tcp";
  readonly #gate: Gate;
  readonly #acceptor: TcpAcceptor;
  readonly #onClosed: (door: TendedDoor) => void;

  /** Throws what the system says: the address in use, or not ours. */
  constructor(gate: Gate, host: string, port: number, onClosed: (door: TendedDoor) => void) {
    this.#gate = gate;
    this.#onClosed = onClosed;
    this.#acceptor = new TcpAcceptor(host, port);
    this.#acceptor.run(this);
  }

  get local(): Endpoint {
    return this.#acceptor.local;
  }

  async close(): Promise<void> {
    this.#onClosed(this);
    await this.#acceptor.close();
  }

  tend(): void {}

  accepted(conn: Deno.TcpConn, remote: Endpoint): void {
    const source = this.#gate.admit("tcp", remote.host);
    if (source === null) conn.close();
    else this.#gate.accepted(new TcpDuplex(this.#gate, remote, conn, source));
  }

  failed(reason: string): void {
    this.#gate.log.warn("accept failed", { door: `tcp:${endpointText(this.local)}`, reason });
  }
}

/** MSRP over TLS (RFC 4975 §14.1): asks for a certificate and takes any, since its fingerprint is in the peer's SDP (§14.4). */
export class TlsDoor implements TendedDoor, TlsAcceptorUser {
  readonly transport = "tls";
  readonly #gate: Gate;
  readonly #acceptor: TlsAcceptor;
  readonly #onClosed: (door: TendedDoor) => void;

  private constructor(gate: Gate, acceptor: TlsAcceptor, onClosed: (door: TendedDoor) => void) {
    this.#gate = gate;
    this.#acceptor = acceptor;
    this.#onClosed = onClosed;
    acceptor.run(this);
  }

  /** Rejects with what the system says: the address in use, or not ours. */
  static async open(gate: Gate, host: string, port: number, onClosed: (door: TendedDoor) => void): Promise<TlsDoor> {
    const acceptor = await TlsAcceptor.open({
      host,
      port,
      contexts: () => gate.tls,
      clock: gate.clock,
      handshake_ms: gate.limits.connect_ms,
      halfOpen: true,
    });
    return new TlsDoor(gate, acceptor, onClosed);
  }

  get local(): Endpoint {
    return this.#acceptor.local;
  }

  close(): Promise<void> {
    this.#onClosed(this);
    this.#acceptor.close();
    return Promise.resolve();
  }

  tend(now: number): void {
    this.#acceptor.tend(now);
  }

  admit(host: string): Source | null {
    if (this.#acceptor.handshakes < this.#gate.limits.connections) return this.#gate.admit("tls", host);
    this.#gate.meters("tls").admission.add();
    return null;
  }

  secured(socket: TLSSocket, remote: Endpoint, source: Source): void {
    this.#gate.accepted(new TlsDuplex(this.#gate, remote, "", socket, source));
  }

  handshakeFailed(reason: string): void {
    this.#gate.meters("tls").handshakes.add();
    this.#gate.log.debug("TLS handshake failed", { reason });
  }

  handshakeTimedOut(): void {
    this.#gate.meters("tls").timeouts.add();
  }

  failed(reason: string): void {
    this.#gate.log.warn("accept failed", { door: `tls:${endpointText(this.local)}`, reason });
  }
}
