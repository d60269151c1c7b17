import { concatBytes, EMPTY, fromLatin1, randomToken } from "../../../../foundation/mod.ts";
import type { Duplex, DuplexUser } from "../../duplex.ts";
import type { Continuation } from "../../frame.ts";
import { FrameParser, type FrameSink } from "../../frame_parser.ts";
import type { ParsedRequest } from "../../parsed_request.ts";

/** A request as a test sees it. */
export interface Seen {
  readonly request: ParsedRequest;
  readonly body: Uint8Array;
  readonly continuation: Continuation;
}

/** What a test writes: headers in order, the body as latin1 or octets. */
export interface Written {
  readonly method?: string;
  readonly tid?: string;
  readonly to: string;
  readonly from: string;
  readonly headers?: readonly string[];
  readonly body?: string | Uint8Array;
  readonly type?: string;
  readonly flag?: Continuation;
}

/** A response as a test sees it. */
export interface SeenResponse {
  readonly tid: string;
  readonly status: number;
  readonly comment: string;
  readonly others: string;
}

/** One end of an MSRP connection that writes what a test says, frame by frame, and keeps what it reads. For tests only. */
export class WirePeer implements DuplexUser, FrameSink {
  readonly seen: Seen[] = [];
  readonly responses: SeenResponse[] = [];
  /** What it answers SENDs with; 0: nothing. */
  answer = 200;
  closed: string | null = null;
  octetsRead = 0;
  readonly duplex: Duplex;
  readonly #parser = new FrameParser(this);
  #parts: Uint8Array[] = [];
  #waiting: Uint8Array[] = [];
  #writing = false;
  #ready: boolean;

  constructor(duplex: Duplex) {
    this.duplex = duplex;
    this.#ready = duplex.inbound;
    duplex.start(this);
  }

  /** Writes a request; returns its transaction id. */
  send({ method = "SEND", tid, to, from, headers = [], body = "", type, flag = "$" }: Written): string {
    const id = tid ?? `t${randomToken(12).replaceAll(/[-_]/g, "x")}`;
    let text = `MSRP ${id} ${method}\r\nTo-Path: ${to}\r\nFrom-Path: ${from}\r\n`;
    for (const line of headers) text += `${line}\r\n`;
    const octets = typeof body === "string" ? fromLatin1(body) : body;
    if (octets.length === 0 && type === undefined) this.write(`${text}-------${id}${flag}\r\n`);
    else {
      text += `Content-Type: ${type ?? "text/plain"}\r\n\r\n`;
      this.writeOctets(concatBytes([fromLatin1(text), octets, fromLatin1(`\r\n-------${id}${flag}\r\n`)]));
    }
    return id;
  }

  write(text: string): void {
    this.writeOctets(fromLatin1(text));
  }

  writeOctets(octets: Uint8Array): void {
    this.#waiting.push(octets);
    this.#next();
  }

  /** Octets that the other end has not taken. */
  get unsent(): number {
    return this.#waiting.reduce((sum, { length }) => sum + length, 0);
  }

  response(tid: string): SeenResponse | undefined {
    return this.responses.find((response) => response.tid === tid);
  }

  /** Bodies of a message's SENDs that came, one after the other. */
  message(messageId: string): Uint8Array {
    return concatBytes(
      this.seen.filter(({ request }) => request.method === "SEND" && request.messageId === messageId)
        .map(({ body }) => body),
    );
  }

  reports(messageId?: string): ParsedRequest[] {
    return this.seen.map(({ request }) => request).filter((request) =>
      request.method === "REPORT" && (messageId === undefined || request.messageId === messageId)
    );
  }

  #next(): void {
    if (this.#writing || !this.#ready || this.closed !== null) return;
    const octets = this.#waiting[0];
    if (octets === undefined) return;
    this.#writing = true;
    this.duplex.write(octets as Uint8Array<ArrayBuffer>);
  }

  onConnected(): void {
    this.#ready = true;
    this.#next();
  }
  onOctets(octets: Uint8Array): void {
    this.octetsRead += octets.length;
    this.#parser.push(octets);
  }
  onWritten(): void {
    this.#writing = false;
    this.#waiting.shift();
    this.#next();
  }
  onClosed(reason: string): void {
    this.closed = reason;
  }
  onWhole(request: ParsedRequest, body: Uint8Array, continuation: Continuation): void {
    this.seen.push({ request, body: body.slice(), continuation });
    this.#respond(request);
  }
  onBegin(): void {
    this.#parts = [];
  }
  onPiece(_request: ParsedRequest, octets: Uint8Array): void {
    this.#parts.push(octets.slice());
  }
  onFinish(request: ParsedRequest, continuation: Continuation): void {
    this.seen.push({ request, body: this.#parts.length === 0 ? EMPTY : concatBytes(this.#parts), continuation });
    this.#respond(request);
  }
  onResponse(tid: string, status: number, comment: string, others: string): void {
    this.responses.push({ tid, status, comment, others });
  }
  onBadRequest(request: ParsedRequest, reason: string): void {
    throw new Error(`a bad ${request.method} came: ${reason}`);
  }
  onBroken(reason: string): void {
    throw new Error(`octets came that cannot be read: ${reason}`);
  }

  #respond(request: ParsedRequest): void {
    if (this.answer === 0 || request.method !== "SEND" || request.failureReport === "no") return;
    this.respond(request, this.answer);
  }

  respond(request: ParsedRequest, status: number, others = ""): void {
    const { tid, toPath, fromPath, method } = request;
    const to = method === "SEND" ? fromPath.split(" ")[0] : fromPath;
    this.write(
      `MSRP ${tid} ${status} x\r\nTo-Path: ${to}\r\nFrom-Path: ${toPath.split(" ")[0]}\r\n${others}-------${tid}$\r\n`,
    );
  }
}
