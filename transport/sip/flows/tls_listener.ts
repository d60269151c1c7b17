import type { Socket } from "node:net";
import { createServer, type Server, type TLSSocket } from "node:tls";
import { canonicalHost, type Endpoint, type Source } from "../../net/mod.ts";
import type { FlowContext, Tended } from "./flow_context.ts";
import type { SipDoor } from "./sip_door.ts";
import { TlsFlow } from "./tls_flow.ts";
import type { TlsContexts } from "./tls_options.ts";

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
export class TlsListener implements Tended {
  #local: Endpoint = { host: "", port: 0 };
  readonly #server: Server;
  readonly #context: FlowContext;
  readonly #handshakes = new Map<string, Handshake>();
  #door: SipDoor | null = null;

  private constructor(context: FlowContext, contexts: () => TlsContexts) {
    this.#context = context;
    const { certificates, clientCertificates, authorities } = contexts().options;
    const asks = clientCertificates !== "none";
    this.#server = createServer({
      cert: certificates[0].certificate,
      key: certificates[0].key,
      ...(authorities === "" ? {} : { ca: authorities }),
      minVersion: "TLSv1.2",
      requestCert: asks,
      rejectUnauthorized: clientCertificates === "require",
      handshakeTimeout: context.limits.connect_ms,
      SNICallback: (name, done) => {
        const chosen = contexts().forName(name);
        if (chosen === null) done(new Error("no certificate"));
        else done(null, chosen);
      },
    });
    this.#server.on("connection", (socket: Socket) => this.#began(socket));
    this.#server.on("secureConnection", (socket: TLSSocket) => this.#secured(socket));
    this.#server.on("tlsClientError", (error: Error) => {
      this.#context.meters("tls").garbage.add();
      this.#context.log.debug("TLS handshake failed", { reason: error.message });
    });
  }

  /** Opens the door; rejects with what the system says: the address in use, or not ours. */
  static async open(context: FlowContext, contexts: () => TlsContexts, host: string, port: number) {
    const listener = new TlsListener(context, contexts);
    const server = listener.#server;
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(port, host, () => {
        server.off("error", reject);
        resolve();
      });
    });
    server.on("error", (error: Error) => context.log.warn("accept failed", { door: "tls", reason: error.message }));
    const address = server.address();
    if (address === null || typeof address === "string") throw new Error("a TLS door without an address");
    listener.#local = { host: canonicalHost(address.address), port: address.port };
    return listener;
  }

  get local(): Endpoint {
    return this.#local;
  }

  run(door: SipDoor): void {
    this.#door = door;
    this.#context.tend(this);
  }

  close(): Promise<void> {
    this.#context.untend(this);
    for (const { socket } of this.#handshakes.values()) socket.destroy();
    // Its callback comes when the last connection has ended; those end in their own time.
    this.#server.close();
    return Promise.resolve();
  }

  tend(now: number): void {
    for (const { socket, since } of this.#handshakes.values()) {
      if (now - since < this.#context.limits.connect_ms) break;
      this.#context.meters("tls").timeouts.add();
      socket.destroy();
    }
  }

  /** A TCP connection is there; its handshake begins. */
  #began(socket: Socket): void {
    const host = canonicalHost(socket.remoteAddress ?? "");
    const source = this.#context.admission.source(host);
    const crowded = !this.#context.roomForConnection || this.#handshakes.size >= this.#context.limits.connections;
    if (crowded || !source.connect()) {
      this.#context.meters("tls").admission.add();
      socket.destroy();
      return;
    }
    const key = `${host} ${socket.remotePort}`;
    this.#handshakes.set(key, { socket, source, since: this.#context.clock.monotonic() });
    // A peer that is gone before the end of its handshake is told about here only.
    socket.on("error", () => socket.destroy());
    socket.on("close", () => {
      if (this.#handshakes.delete(key)) source.disconnect();
    });
  }

  /** The handshake is done: what was counted as a handshake is counted as a flow from now on. */
  #secured(socket: TLSSocket): void {
    const remote = { host: canonicalHost(socket.remoteAddress ?? ""), port: socket.remotePort ?? 0 };
    const key = `${remote.host} ${remote.port}`;
    const handshake = this.#handshakes.get(key);
    if (handshake === undefined || this.#door === null) {
      socket.destroy();
      return;
    }
    this.#handshakes.delete(key);
    this.#context.opened(TlsFlow.accepted(this.#context, this.#door, socket, remote, handshake.source));
  }
}
