import { connect, type ConnectionOptions, type TLSSocket } from "node:tls";
import { canonicalHost, type Endpoint, type Source } from "../../net/mod.ts";
import { namesOfPeer, repairPause, serverName } from "../../net/machine/mod.ts";
import { addressesOf } from "./addresses.ts";
import { BaseDuplex } from "./base_duplex.ts";
import { hostProblem, isFingerprintOf, namesIn } from "./peer_certificate.ts";
import type { WireContext } from "./wire_context.ts";

/** A connection over TLS (RFC 4975 §14.1, §14.4). */
export class TlsDuplex extends BaseDuplex {
  readonly #name: string;
  #socket: TLSSocket | null = null;
  #certificate: Uint8Array | null = null;

  /**
   * One that the peer opened, its handshake done, counted at its source. Else, with `socket` and `source` null, one of ours, made
   * when it is started: the peer's certificate must be valid for `name`; "" takes any, and the fingerprint decides.
   */
  constructor(
    context: WireContext,
    remote: Endpoint,
    name: string,
    socket: TLSSocket | null,
    source: Source | null,
  ) {
    super(context, "tls", remote, source);
    this.#name = name;
    if (socket === null) return;
    this.#own(socket);
    this.#secured(socket);
  }

  override hasFingerprint(text: string): boolean {
    return this.#certificate !== null && isFingerprintOf(this.#certificate, text);
  }

  protected override begin(): void {
    if (this.#socket !== null) this.#listen(this.#socket);
    else void this.#connect();
  }

  protected override send(octets: Uint8Array<ArrayBuffer>): void {
    this.#socket!.write(octets, (error) => {
      if (error) this.lost(error.message);
      else this.written();
    });
  }

  protected override endWriting(): void {
    this.#socket!.end();
  }

  protected override release(gently: boolean): void {
    // A peer that does not get our close_notify must think that something is missing (RFC 8446 §6.1).
    if (gently) this.#socket?.destroySoon();
    else this.#socket?.destroy();
  }

  protected override pauseReading(): void {
    this.#socket?.pause();
  }

  protected override resumeReading(): void {
    this.#socket?.resume();
  }

  async #connect(): Promise<void> {
    const { resolver } = this.context;
    let problem = "the name has no address";
    for (const host of await addressesOf(this.remote.host, resolver)) {
      if (this.over) return;
      const socket = this.#dial(host);
      this.#socket = socket;
      const failed = await new Promise<string | null>((resolve) => {
        socket.once("secureConnect", () => resolve(null));
        socket.once("error", (error: Error) => resolve(error.message));
        socket.once("close", () => resolve("closed"));
      });
      if (this.over) {
        socket.destroy();
        return;
      }
      if (failed === null) {
        this.remote = { host, port: this.remote.port };
        repairPause(socket);
        this.#own(socket);
        this.#secured(socket);
        this.#listen(socket);
        this.connected();
        return;
      }
      problem = failed;
      socket.destroy();
    }
    this.lost(`connect failed: ${problem}`);
  }

  #dial(host: string): TLSSocket {
    const name = this.#name;
    const options: ConnectionOptions & { allowHalfOpen: boolean } = {
      host,
      port: this.remote.port,
      servername: serverName(name === "" ? this.remote.host : name),
      secureContext: this.context.tls.client,
      // RFC 4975 §14.4: a self-signed certificate is as good as its fingerprint, which the caller checks.
      rejectUnauthorized: name !== "" && this.context.tls.options.unverified !== true,
      checkServerIdentity: (_host, certificate) => name === "" ? undefined : hostProblem(name, certificate),
      allowHalfOpen: true,
    };
    return connect(options);
  }

  /** From now on its end is ours, also before anybody reads it. */
  #own(socket: TLSSocket): void {
    this.#socket = socket;
    socket.on("error", (error: Error) => this.lost(error.message));
    socket.on("close", () => this.peerEnded());
  }

  #listen(socket: TLSSocket): void {
    socket.on("data", (chunk: Uint8Array) => this.received(chunk));
    socket.on("end", () => this.peerEnded());
  }

  #secured(socket: TLSSocket): void {
    socket.setNoDelay(true);
    if (socket.localAddress !== undefined) {
      this.local = { host: canonicalHost(socket.localAddress), port: socket.localPort ?? 0 };
    }
    const certificate = socket.getPeerCertificate();
    // Without one it is an empty object.
    if (certificate?.raw === undefined) return;
    this.#certificate = new Uint8Array(certificate.raw);
    if (socket.authorized) this.peerNames = namesIn(namesOfPeer(certificate));
  }
}
