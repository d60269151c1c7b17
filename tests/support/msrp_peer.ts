/**
 * An MSRP end for tests, made from text alone: it shares no code with Parley, so an error there is not mirrored here. TCP, TLS
 * or WebSocket; answers what asks for it with 200 unless told otherwise, and fails on anything that is no MSRP.
 */
import { Buffer } from "node:buffer";
import { randomBytes } from "node:crypto";
import { connect as connectTcp, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { within } from "./within.ts";

/** A frame that came in. Text is one character an octet. */
export interface MsrpFrame {
  readonly tid: string;
  /** "" for a response. */
  readonly method: string;
  /** 0 for a request. */
  readonly status: number;
  readonly comment: string;
  /** By lower-case name. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Uint8Array;
  readonly flag: string;
}

/** What a request is made of; what is not given is made up. */
export interface MsrpParts {
  readonly method?: string;
  readonly to: string;
  readonly from?: string;
  readonly tid?: string;
  readonly messageId?: string;
  /** `1-5/5` */
  readonly range?: string;
  /** Header lines beyond the usual ones. */
  readonly headers?: readonly string[];
  readonly type?: string;
  readonly body?: string | Uint8Array;
  readonly flag?: string;
}

/** How to get to a door. */
export interface MsrpDoorOptions {
  readonly transport?: "tcp" | "tls" | "ws";
  readonly port: number;
  /** Own address: any of 127.0.0.0/8. Not for WebSocket. */
  readonly localAddress?: string;
  /** PEM of the certificate a TLS client shows. */
  readonly certificate?: { readonly cert: string; readonly key: string };
}

/** Letters and digits that nobody has used. */
export function freshId(octets = 9): string {
  return randomBytes(octets).toString("hex");
}

/** A whole request as octets. */
export function msrpRequest(parts: MsrpParts & { from: string }): Buffer {
  const { method = "SEND", to, from, tid = freshId(), body, flag = "$" } = parts;
  const octets = body === undefined ? null : typeof body === "string" ? Buffer.from(body, "latin1") : Buffer.from(body);
  const lines = [
    `MSRP ${tid} ${method}`,
    `To-Path: ${to}`,
    `From-Path: ${from}`,
    ...(method === "AUTH" ? [] : [`Message-ID: ${parts.messageId ?? freshId()}`]),
    ...(parts.range !== undefined
      ? [`Byte-Range: ${parts.range}`]
      : octets === null
      ? []
      : [`Byte-Range: 1-${octets.length}/${octets.length}`]),
    ...(parts.headers ?? []),
    ...(octets === null ? [] : [`Content-Type: ${parts.type ?? "text/plain"}`, ""]),
    "",
  ];
  const end = `-------${tid}${flag}\r\n`;
  const head = Buffer.from(lines.join("\r\n"), "latin1");
  return octets === null ? Buffer.concat([head, Buffer.from(end)]) : Buffer.concat([
    head,
    octets,
    Buffer.from(`\r\n${end}`),
  ]);
}

/** One connection to a box, and the session of ours that it carries. */
export class MsrpPeer {
  readonly sessionId = freshId(10);
  readonly uri: string;
  /** Everything that came in, in order. `forget` empties it. */
  readonly frames: MsrpFrame[] = [];
  /** Requests and responses by method or status, so far. */
  readonly counts = new Map<string, number>();
  /** Decides the answer to a SEND; null gives none. */
  answer: (frame: MsrpFrame) => number | null = () => 200;
  /** Told of each frame, behind its answer. */
  onFrame: ((frame: MsrpFrame) => void) | null = null;
  /** False: nothing is kept in `frames`. */
  keep = true;
  ended = false;
  /** Resolves when the connection is over, whoever ended it; with what went wrong in what the box sent. For a time: `over`. */
  readonly closed: Promise<Error | null>;
  #socket: Socket | null = null;
  #webSocket: WebSocket | null = null;
  #pending: Buffer<ArrayBufferLike> = Buffer.alloc(0);
  #fault: Error | null = null;
  readonly #closed = Promise.withResolvers<Error | null>();
  readonly #arrivals = new Set<() => void>();

  private constructor(transport: "tcp" | "tls" | "ws") {
    this.closed = this.#closed.promise;
    const scheme = transport === "tls" ? "msrps" : "msrp";
    this.uri = `${scheme}://127.0.0.1:9/${this.sessionId};${transport === "ws" ? "ws" : "tcp"}`;
  }

  static async open({ transport = "tcp", port, localAddress, certificate }: MsrpDoorOptions): Promise<MsrpPeer> {
    const peer = new MsrpPeer(transport);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    if (transport === "ws") {
      const socket = peer.#webSocket = new WebSocket(`ws://127.0.0.1:${port}/ws`, ["msrp"]);
      socket.binaryType = "arraybuffer";
      socket.onopen = () => resolve();
      socket.onmessage = ({ data }) => peer.#take(typeof data === "string" ? Buffer.from(data) : Buffer.from(data));
      socket.onerror = (event) => reject(new Error((event as ErrorEvent).message));
      socket.onclose = () => peer.#end();
    } else {
      const to = { host: "127.0.0.1", port, localAddress };
      // Whose certificate the box has is not what these tests are about.
      const socket = peer.#socket = transport === "tcp"
        ? connectTcp(to, resolve)
        : connectTls({ ...to, ...certificate, rejectUnauthorized: false }, resolve);
      socket.setNoDelay(true);
      socket.on("data", (octets: Buffer) => peer.#take(octets));
      socket.on("error", (error) => reject(error));
      socket.on("close", () => peer.#end());
    }
    await promise;
    return peer;
  }

  /** Our own port; 0 for a WebSocket. */
  get port(): number {
    return this.#socket?.localPort ?? 0;
  }

  /** Octets as they are. False when they could not go out at once. */
  raw(octets: Uint8Array | string): boolean {
    if (this.ended) return false;
    const data = typeof octets === "string" ? Buffer.from(octets, "latin1") : octets;
    if (this.#socket !== null) return this.#socket.write(data);
    if (this.#webSocket!.readyState === WebSocket.OPEN) this.#webSocket!.send(data as Uint8Array<ArrayBuffer>);
    return this.#webSocket!.bufferedAmount < 65_536;
  }

  /** Resolves when what was written has gone, or the connection is over. */
  async drained(): Promise<void> {
    const socket = this.#socket;
    if (socket === null) {
      while (!this.ended && this.#webSocket!.bufferedAmount >= 65_536) {
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
    } else if (!this.ended && socket.writableNeedDrain) {
      await new Promise<void>((resolve) => {
        socket.once("drain", resolve);
        socket.once("close", () => resolve());
      });
    }
  }

  /** Sends a request without waiting; gives its transaction id. */
  send(parts: MsrpParts): string {
    const tid = parts.tid ?? freshId();
    this.raw(msrpRequest({ from: this.uri, ...parts, tid }));
    return tid;
  }

  /** Sends a request and gives its response. */
  async ask(parts: MsrpParts, within_ms = 10_000): Promise<MsrpFrame> {
    const tid = this.send(parts);
    return await this.arrived((frame) => frame.method === "" && frame.tid === tid, within_ms);
  }

  /** An empty SEND, which binds the connection to the session (RFC 4975 §5.4). */
  async bind(to: string): Promise<MsrpFrame> {
    return await this.ask({ to, range: "1-0/0" });
  }

  respond(frame: MsrpFrame, status: number, comment = "Test"): void {
    const [to] = frame.headers.get("from-path")!.split(" ");
    const [from] = frame.headers.get("to-path")!.split(" ");
    this.raw(
      `MSRP ${frame.tid} ${status} ${comment}\r\nTo-Path: ${to}\r\nFrom-Path: ${from}\r\n-------${frame.tid}$\r\n`,
    );
  }

  /** Waits until a frame that came in satisfies `wanted`, and gives it. Rejects when the connection ends before that. */
  async arrived(wanted: (frame: MsrpFrame) => boolean, within_ms = 10_000): Promise<MsrpFrame> {
    const { promise, resolve, reject } = Promise.withResolvers<MsrpFrame>();
    const seen = () => this.frames.map((frame) => frame.method || frame.status).join(" ");
    const timer = setTimeout(() => reject(new Error(`not within ${within_ms} ms; came in: ${seen()}`)), within_ms);
    const check = (): void => {
      const found = this.frames.find(wanted);
      if (found !== undefined) resolve(found);
      else if (this.ended) reject(this.#fault ?? new Error(`the connection ended; came in: ${seen()}`));
    };
    this.#arrivals.add(check);
    check();
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
      this.#arrivals.delete(check);
    }
  }

  /** As `closed`, which has to be so in time. */
  async over(within_ms = 10_000): Promise<Error | null> {
    return await within(this.closed, "the end of the connection", within_ms);
  }

  forget(): void {
    this.frames.length = 0;
  }

  /** Nothing more is read until `resume`: a slow reader. Not for WebSocket. */
  pause(): void {
    this.#socket!.pause();
  }
  resume(): void {
    this.#socket!.resume();
  }

  /** Without a word, as a client that lost its network. */
  close(): void {
    this.#socket?.destroy();
    this.#webSocket?.close();
    this.#end();
  }

  #take(octets: Buffer<ArrayBufferLike>): void {
    if (this.ended) return;
    this.#pending = this.#pending.length === 0 ? octets : Buffer.concat([this.#pending, octets]);
    try {
      while (this.#pending.length > 0 && this.#next()) { /* frame by frame */ }
    } catch (error) {
      this.#fault = error as Error;
      this.close();
    }
  }

  /** Takes one frame off what has come; false where it is not whole. */
  #next(): boolean {
    const octets = this.#pending;
    const [, tid, what] = /^MSRP ([^ \r\n]{1,32}) ([^\r\n]*)\r\n/.exec(octets.toString("latin1", 0, 300)) ?? [];
    if (tid === undefined) {
      if (octets.length > 300 || octets.includes("\r\n")) {
        throw new Error(`no MSRP from the box: ${JSON.stringify(octets.toString("latin1", 0, 300))}`);
      }
      return false;
    }
    const empty = octets.indexOf("\r\n\r\n");
    const direct = octets.indexOf(`\r\n-------${tid}`);
    if (direct < 0) return false;
    const hasBody = empty >= 0 && empty < direct;
    const headEnd = hasBody ? empty : direct;
    const end = hasBody ? octets.indexOf(`\r\n-------${tid}`, empty + 2) : direct;
    if (end < 0 || octets.length < end + 9 + tid.length + 3) return false;
    const last = end + 9 + tid.length;
    const flag = String.fromCharCode(octets[last]);
    if (!"$+#".includes(flag) || octets.toString("latin1", last + 1, last + 3) !== "\r\n") {
      throw new Error(`an end-line with "${octets.toString("latin1", last, last + 3)}"`);
    }
    const headers = new Map<string, string>();
    const [, ...lines] = octets.toString("latin1", 0, headEnd).split("\r\n");
    for (const line of lines) {
      const colon = line.indexOf(":");
      if (colon < 1 || /[\r\n]/.test(line)) throw new Error(`a header line "${line}"`);
      headers.set(line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim());
    }
    if (!headers.has("to-path") || !headers.has("from-path")) throw new Error("a frame without its paths");
    const isResponse = /^[0-9]{3}(?: |$)/.test(what);
    const frame: MsrpFrame = {
      tid,
      method: isResponse ? "" : what,
      status: isResponse ? Number(what.slice(0, 3)) : 0,
      comment: isResponse ? what.slice(4) : "",
      headers,
      body: hasBody && end > empty + 2 ? octets.subarray(empty + 4, end) : Buffer.alloc(0),
      flag,
    };
    this.#pending = octets.subarray(last + 3);
    this.#came(frame);
    return true;
  }

  #came(frame: MsrpFrame): void {
    const key = frame.method === "" ? String(frame.status) : frame.method;
    this.counts.set(key, (this.counts.get(key) ?? 0) + 1);
    if (this.keep) this.frames.push(frame);
    if (frame.method === "SEND") {
      const status = this.answer(frame);
      if (status !== null && frame.headers.get("failure-report") !== "no") this.respond(frame, status);
    }
    this.onFrame?.(frame);
    for (const check of this.#arrivals) check();
  }

  #end(): void {
    if (this.ended) return;
    this.ended = true;
    this.#closed.resolve(this.#fault);
    for (const check of this.#arrivals) check();
  }
}
