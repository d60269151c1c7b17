import { isUtf8 } from "node:buffer";
import type { TLSSocket } from "node:tls";
import type { Socket } from "node:net";
import type { WebSocket } from "ws";
import { canonicalHost, type Endpoint, type Source } from "../../net/mod.ts";
import { namesOfPeer } from "../../net/machine/mod.ts";
import { BaseDuplex } from "./base_duplex.ts";
import { isFingerprintOf, namesIn } from "./peer_certificate.ts";
import type { WireContext } from "./wire_context.ts";

/** RFC 6455 §7.4.1. */
const NORMAL = 1000;

/** What the WebSocket runs over, where it is one of ours: for its addresses and the peer's certificate. */
export interface Carrier {
  readonly socket: Socket | TLSSocket;
  readonly remote: Endpoint;
}

/** Makes the WebSocket of a connection that we open; rejects with the reason where there is none. */
export type OpenWebSocket = (
  signal: AbortSignal,
) => Promise<{ readonly webSocket: WebSocket; readonly carrier: Carrier }>;

/**
 * MSRP over a WebSocket (RFC 7977) that can be paused: the package `ws` over a socket of ours. Each write is one message, binary
 * unless the peer has sent nothing but text so far and the octets are UTF-8 (§4.2). What comes is octets, text or not.
 */
export class WsDuplex extends BaseDuplex {
  #webSocket: WebSocket | null = null;
  readonly #open: OpenWebSocket | null;
  readonly #aborting = new AbortController();
  #certificate: Uint8Array | null = null;
  /** Undefined until the peer has sent something. */
  #onlyText: boolean | undefined = undefined;
  #heard = false;
  #quietSince: number;
  #pinged = false;
  /** What the peer did wrong; "" for nothing. */
  #problem = "";

  private constructor(
    context: WireContext,
    secure: boolean,
    remote: Endpoint,
    source: Source | null,
    open: OpenWebSocket | null,
  ) {
    super(context, secure ? "wss" : "ws", remote, source);
    this.#open = open;
    this.#quietSince = context.clock.monotonic();
  }

  /** One that the peer opened, upgraded with the subprotocol `msrp`, counted at its source. */
  static accepted(
    context: WireContext,
    webSocket: WebSocket,
    remote: Endpoint,
    local: Endpoint,
    secure: boolean,
    source: Source,
  ): WsDuplex {
    const duplex = new WsDuplex(context, secure, remote, source, null);
    duplex.local = local;
    duplex.#own(webSocket);
    // Nothing is read before somebody wants it.
    webSocket.pause();
    return duplex;
  }

  /** One of ours, made when it is started. */
  static dialled(context: WireContext, secure: boolean, remote: Endpoint, open: OpenWebSocket): WsDuplex {
    return new WsDuplex(context, secure, remote, null, open);
  }

  override hasFingerprint(text: string): boolean {
    return this.#certificate !== null && isFingerprintOf(this.#certificate, text);
  }

  protected override begin(): void {
    if (this.#webSocket !== null) this.#webSocket.resume();
    else void this.#connect(this.#open!);
  }

  protected override send(octets: Uint8Array<ArrayBuffer>): void {
    const binary = this.#onlyText !== true || !isUtf8(octets);
    this.#webSocket!.send(octets, { binary, compress: false }, (error) => {
      if (error) this.lost(error.message);
      else this.written();
    });
  }

  protected override endWriting(): void {
    this.#webSocket!.close(NORMAL);
  }

  protected override release(): void {
    this.#aborting.abort();
    this.#webSocket?.terminate();
  }

  protected override pauseReading(): void {
    this.#webSocket?.pause();
  }

  protected override resumeReading(): void {
    this.#heard = true;
    this.#webSocket?.resume();
  }

  /** Pings where nothing comes: also what keeps a proxy from closing it (RFC 7977 §6). */
  protected override keepAlive(now: number): void {
    if (this.#heard) {
      this.#heard = this.#pinged = false;
      this.#quietSince = now;
      return;
    }
    const quiet = now - this.#quietSince;
    if (quiet >= 2 * this.context.limits.ping_ms) this.timedOut("no answer to a ping");
    else if (quiet >= this.context.limits.ping_ms && !this.#pinged && this.#webSocket!.readyState === 1) {
      this.#pinged = true;
      this.#webSocket!.ping();
    }
  }

  async #connect(open: OpenWebSocket): Promise<void> {
    try {
      const { webSocket, carrier: { socket, remote } } = await open(this.#aborting.signal);
      this.#own(webSocket);
      if (this.over) return webSocket.terminate();
      this.remote = remote;
      if (socket.localAddress !== undefined) {
        this.local = { host: canonicalHost(socket.localAddress), port: socket.localPort ?? 0 };
      }
      if ("authorized" in socket) this.#secured(socket);
      this.connected();
    } catch (error) {
      this.lost(`connect failed: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  #secured(socket: TLSSocket): void {
    const certificate = socket.getPeerCertificate();
    if (certificate?.raw === undefined) return;
    this.#certificate = new Uint8Array(certificate.raw);
    if (socket.authorized) this.peerNames = namesIn(namesOfPeer(certificate));
  }

  #own(webSocket: WebSocket): void {
    this.#webSocket = webSocket;
    webSocket.on("message", (data: Uint8Array, isBinary: boolean) => {
      this.#heard = true;
      this.#onlyText = !isBinary && this.#onlyText !== false;
      this.received(data);
    });
    webSocket.on("ping", () => this.#heard = true);
    webSocket.on("pong", () => this.#heard = true);
    webSocket.on("error", (error: Error) => this.#failed(error));
    webSocket.on("close", (code: number) => this.#closed(code));
  }

  /** What breaks the rules of WebSocket is told to the peer by a closing code, which goes out first. */
  #failed(error: Error & { readonly code?: string }): void {
    if (error.code?.startsWith("WS_ERR_")) this.#problem = error.message;
    else this.lost(error.message);
  }

  #closed(code: number): void {
    if (this.#problem !== "") this.lost(this.#problem);
    else if (code === 1006) this.lost("the connection was lost");
    else this.peerEnded();
  }
}
