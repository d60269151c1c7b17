import { connect, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { toLatin1 } from "../../foundation/mod.ts";

/** A connection on which HTTP is written by hand. */
export class RawHttp {
  readonly socket: Socket;
  #text = "";
  #wake = () => {};
  #closed = false;

  constructor(transport: "http" | "https", port: number) {
    const at = { host: "127.0.0.1", port };
    this.socket = transport === "http" ? connect(at) : connectTls({ ...at, rejectUnauthorized: false, servername: "" });
    this.socket.on("data", (chunk: Uint8Array) => {
      this.#text += toLatin1(chunk);
      this.#wake();
    });
    this.socket.on("error", () => {});
    this.socket.on("close", () => {
      this.#closed = true;
      this.#wake();
    });
  }

  /** Everything that came since the last time, when it satisfies `pattern`. */
  async until(pattern: RegExp): Promise<string> {
    const late = setTimeout(() => this.socket.destroy(), 5_000);
    while (!pattern.test(this.#text)) {
      if (this.#closed) throw new Error(`closed after ${JSON.stringify(this.#text)}; wanted ${pattern}`);
      await new Promise<void>((resolve) => this.#wake = resolve);
    }
    clearTimeout(late);
    const text = this.#text;
    this.#text = "";
    return text;
  }

  /** Waits for the end that the other side makes; gives what came before it. */
  async ended(within_ms = 5_000): Promise<string> {
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      this.socket.destroy();
    }, within_ms);
    while (!this.#closed) await new Promise<void>((resolve) => this.#wake = resolve);
    clearTimeout(timer);
    if (late) throw new Error(`still open after ${within_ms} ms`);
    return this.#text;
  }

  async close(): Promise<void> {
    this.socket.destroy();
    while (!this.#closed) await new Promise<void>((resolve) => this.#wake = resolve);
  }
}

/** A WebSocket handshake for `/ws`; `protocol` "": none offered. */
export function handshake(protocol: string, more = ""): string {
  return `GET /ws HTTP/1.1\r\nHost: a.test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n` +
    `Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n${
      protocol === "" ? "" : `Sec-WebSocket-Protocol: ${protocol}\r\n`
    }` +
    `${more}\r\n`;
}
