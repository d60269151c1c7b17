import { connect, type TLSSocket } from "node:tls";
import { canonicalHost, certificateMatches, type Endpoint, sipIdentities, type Source } from "../../net/mod.ts";
import { namesOfPeer, type PeerCertificate, repairPause, serverName, type TlsContexts } from "../../net/machine/mod.ts";
import type { Door, FlowContext } from "./flow_context.ts";
import { StreamFlow } from "./stream_flow.ts";

/** SIP over TLS (RFC 3261 §26.3.2.1, RFC 5922). */
export class TlsFlow extends StreamFlow {
  #socket: TLSSocket | null = null;
  #local: Endpoint | null = null;
  #peerNames: readonly string[] = [];
  /** The name a connection of ours was verified for; "" for one the peer opened. */
  readonly tlsName: string;

  constructor(
    context: FlowContext,
    door: Door,
    remote: Endpoint,
    inbound: boolean,
    source: Source,
    tlsName: string,
  ) {
    super(context, door, remote, inbound, source);
    this.tlsName = tlsName;
  }

  /** One that the peer opened, its handshake done. */
  static accepted(context: FlowContext, door: Door, socket: TLSSocket, remote: Endpoint, source: Source): TlsFlow {
    const flow = new TlsFlow(context, door, remote, true, source, "");
    flow.#listen(socket);
    flow.#secured(socket);
    return flow;
  }

  /** One that we open: returned at once, connecting. The peer's certificate must be good for `tlsName`. */
  static connect(
    context: FlowContext,
    door: Door,
    contexts: TlsContexts,
    remote: Endpoint,
    tlsName: string,
  ): TlsFlow {
    const name = tlsName === "" ? remote.host : tlsName;
    const flow = new TlsFlow(context, door, remote, false, context.admission.source(remote.host), name);
    const socket = connect({
      host: remote.host,
      port: remote.port,
      servername: serverName(name),
      secureContext: contexts.client,
      rejectUnauthorized: contexts.options.unverified !== true,
      checkServerIdentity: (_host, certificate) => identityProblem(name, certificate),
    });
    flow.#listen(socket);
    socket.once("secureConnect", () => {
      repairPause(socket);
      flow.#secured(socket);
      flow.connected();
    });
    return flow;
  }

  override get local(): Endpoint {
    return this.#local ?? this.door.local;
  }

  override get peerNames(): readonly string[] {
    return this.#peerNames;
  }

  #listen(socket: TLSSocket): void {
    this.#socket = socket;
    socket.on("data", (chunk: Uint8Array) => this.received(chunk));
    socket.on("end", () => this.peerEnded());
    socket.on("error", (error: Error) => this.lost(error.message));
    socket.on("close", () => this.lost("closed"));
  }

  #secured(socket: TLSSocket): void {
    socket.setNoDelay(true);
    if (socket.localAddress !== undefined) {
      this.#local = { host: canonicalHost(socket.localAddress), port: socket.localPort ?? 0 };
    }
    if (socket.authorized) this.#peerNames = sipIdentities(namesOfPeer(socket.getPeerCertificate()));
  }

  protected override write(octets: Uint8Array<ArrayBuffer>): void {
    this.#socket!.write(octets, (error) => {
      if (error) this.lost(error.message);
      else this.written(octets);
    });
  }

  protected override endWriting(): void {
    this.#socket?.end();
  }

  protected override destroy(): void {
    this.#socket?.destroy();
  }

  protected override pauseReading(): void {
    this.#socket?.pause();
  }

  protected override resumeReading(): void {
    this.#socket?.resume();
  }
}

/** The check of RFC 5922 §7.3 in the form node:tls wants: undefined when the certificate is good for `name`. */
function identityProblem(name: string, certificate: PeerCertificate): Error | undefined {
  const names = namesOfPeer(certificate);
  if (certificateMatches(names, name)) return undefined;
  const found = [...names.sip, ...names.dns, ...names.ip, names.commonName].filter((text) => text !== "").slice(0, 5);
  return new Error(`the certificate is for ${found.join(", ") || "nobody"}, not for "${name}" (RFC 5922 §7.3)`);
}
