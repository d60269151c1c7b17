import { utf8 } from "../../foundation/mod.ts";
import { type Endpoint, endpointText } from "../net/mod.ts";
import type { MsrpTransport } from "./connection.ts";
import type { Dialer, Duplex, DuplexUser } from "./duplex.ts";

const PIECE = 32_768;
/** The socket's own queue above which `onWritten` waits. */
const HIGH_WATER = 131_072;
const POLL_MS = 5;
/** What is kept of a peer that sends on while it is paused; the standard WebSocket cannot be stopped. */
const HELD_MAX = 4_194_304;
const CONNECT_MS = 10_000;
const LINGER_MS = 2_000;
/** RFC 6455 §7.4; programs may not send 1009 themselves, so this is its private like. */
const NORMAL = 1000, TOO_BIG = 4009;

const NOWHERE: Endpoint = { host: "", port: 0 };
const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** What a WebSocket duplex is made with. */
export interface WebSocketDuplexOptions {
  /** Makes the socket, with the subprotocol `msrp`. */
  readonly open: () => WebSocket;
  readonly remote: Endpoint;
  readonly secure: boolean;
  /**
   * It leads to the host that the program itself came from, whose certificate the browser has checked by name: no fingerprint in a
   * description says more (RFC 8122), and a browser cannot compare one. Default false.
   */
  readonly vouched?: boolean;
  /** Runs something later; default `setTimeout`. */
  readonly later?: (run: () => void, delay_ms: number) => void;
}

/**
 * MSRP over the standard WebSocket (RFC 7977), as the client. Each write is one message, binary unless the peer has sent nothing
 * but text (§4.2). Writing waits while the socket holds more than 128 KiB. Reading cannot wait: what comes while it is paused is
 * kept, and past 4 MiB the connection ends. Pure: runs in a browser.
 */
export class WebSocketDuplex implements Duplex {
  readonly transport: MsrpTransport;
  readonly inbound = false;
  readonly local = NOWHERE;
  readonly remote: Endpoint;
  /** The browser has checked the certificate for the name in the URL, and tells nothing more about it. */
  readonly peerNames: readonly string[] = [];
  readonly #options: WebSocketDuplexOptions;
  readonly #later: (run: () => void, delay_ms: number) => void;
  #socket: WebSocket | null = null;
  #user: DuplexUser | null = null;
  #connected = false;
  #over = false;
  #ending = false;
  #writing = false;
  #paused = false;
  #held: Uint8Array[] = [];
  #heldLength = 0;
  #handingUp = false;
  #peerEnded = false;
  /** Undefined until the peer has sent something. */
  #onlyText: boolean | undefined = undefined;

  constructor(options: WebSocketDuplexOptions) {
    this.#options = options;
    this.transport = options.secure ? "wss" : "ws";
    this.remote = options.remote;
    this.#later = options.later ?? ((run, delay_ms) => void setTimeout(run, delay_ms));
  }

  hasFingerprint(_text: string): boolean {
    return this.#options.vouched === true;
  }

  start(user: DuplexUser): void {
    if (this.#user !== null) throw new Error("the duplex has a user already");
    this.#user = user;
    if (this.#over) return this.#tellClosed("closed");
    let socket: WebSocket;
    try {
      socket = this.#options.open();
    } catch (error) {
      return this.#finish(`connect failed: ${error instanceof Error ? error.message : String(error)}`);
    }
    this.#socket = socket;
    socket.binaryType = "arraybuffer";
    socket.addEventListener("open", () => this.#opened());
    socket.addEventListener("message", (event) => this.#received(event.data));
    socket.addEventListener("error", () => this.#finish(this.#connected ? "the WebSocket failed" : "connect failed"));
    socket.addEventListener("close", () => this.#closedByPeer());
    this.#later(() => {
      if (!this.#connected) this.#finish("no connection in time");
    }, CONNECT_MS);
  }

  write(octets: Uint8Array<ArrayBuffer>): void {
    if (this.#over || this.#ending) return;
    if (this.#writing || !this.#connected) throw new Error("one write at a time, on a connection that is made");
    this.#writing = true;
    const text = this.#onlyText === true ? asText(octets) : null;
    try {
      this.#socket!.send(text ?? octets);
    } catch (error) {
      // The socket closed between the event and this turn.
      return this.#finish(error instanceof Error ? error.message : String(error));
    }
    queueMicrotask(() => this.#taken());
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    if (!this.#paused || this.#over) return;
    this.#paused = false;
    this.#handUp();
  }

  end(): void {
    if (this.#over || this.#ending) return;
    this.#ending = true;
    if (!this.#connected) return this.#finish("closed");
    // What was sent goes out first (WHATWG WebSockets, close).
    this.#socket!.close(NORMAL);
    this.#later(() => this.#finish("closed"), LINGER_MS);
  }

  destroy(): void {
    this.#finish("closed");
  }

  #opened(): void {
    if (this.#over || this.#connected) return;
    this.#connected = true;
    this.#user!.onConnected();
  }

  /** Tells that the next write may come, as soon as the socket's queue is short. */
  #taken(): void {
    if (this.#over) return;
    if (this.#socket!.bufferedAmount > HIGH_WATER && this.#socket!.readyState === 1) {
      this.#later(() => this.#taken(), POLL_MS);
      return;
    }
    this.#writing = false;
    this.#user!.onWritten();
  }

  #received(data: unknown): void {
    if (this.#over || (this.#ending && this.#paused)) return;
    const isText = typeof data === "string";
    this.#onlyText = isText && this.#onlyText !== false;
    const octets = isText ? utf8(data) : new Uint8Array(data as ArrayBuffer);
    this.#held.push(octets);
    this.#heldLength += octets.length;
    this.#handUp();
    if (this.#heldLength <= HELD_MAX || this.#over) return;
    this.#socket!.close(TOO_BIG, "too much while paused");
    this.#finish("the peer sends more than can be kept");
  }

  #handUp(): void {
    if (this.#handingUp) return;
    this.#handingUp = true;
    try {
      while (this.#held.length > 0 && !this.#paused && !this.#over) {
        const first = this.#held[0];
        const piece = first.length > PIECE ? first.subarray(0, PIECE) : first;
        if (piece === first) this.#held.shift();
        else this.#held[0] = first.subarray(PIECE);
        this.#heldLength -= piece.length;
        this.#user!.onOctets(piece);
      }
    } finally {
      this.#handingUp = false;
    }
    if (this.#peerEnded && this.#held.length === 0) this.#finish("closed by the peer");
  }

  #closedByPeer(): void {
    if (!this.#connected) return this.#finish("connect failed");
    this.#peerEnded = true;
    if (this.#ending) this.#finish("closed");
    else if (this.#held.length === 0) this.#finish("closed by the peer");
  }

  #finish(reason: string): void {
    if (this.#over) return;
    this.#over = true;
    this.#held = [];
    this.#heldLength = 0;
    if (this.#socket !== null && this.#socket.readyState <= 1) this.#socket.close(NORMAL);
    if (this.#user !== null) this.#tellClosed(reason);
  }

  /** At the end of the turn: whoever ends it is not called inside that call. */
  #tellClosed(reason: string): void {
    queueMicrotask(() => this.#user!.onClosed(reason));
  }
}

/** Dials `ws` and `wss` by the standard WebSocket: for a browser, where there is nothing else. */
export class WebSocketDialer implements Dialer {
  readonly #path: string;
  readonly #make: (url: string, protocol: string) => WebSocket;

  /** `path`: where the server takes MSRP over WebSocket; an MSRP URI has no path (RFC 7977 §5.2.1). */
  constructor(path = "/ws", make = (url: string, protocol: string) => new WebSocket(url, protocol)) {
    this.#path = path;
    this.#make = make;
  }

  /** Null for other transports, and for `wss` without a name: a browser compares no fingerprints. */
  dial(transport: MsrpTransport, to: Endpoint, name: string): Duplex | null {
    const secure = transport === "wss";
    if (!secure && transport !== "ws" || secure && name === "") return null;
    const authority = endpointText(name === "" ? to : { host: name, port: to.port });
    const open = () => this.#make(`${transport}://${authority}${this.#path}`, "msrp");
    return new WebSocketDuplex({ open, remote: to, secure });
  }
}

/** The octets as text, or null where they are not UTF-8. */
function asText(octets: Uint8Array): string | null {
  try {
    return strict.decode(octets);
  } catch (error) {
    if (error instanceof TypeError) return null;
    throw error;
  }
}
