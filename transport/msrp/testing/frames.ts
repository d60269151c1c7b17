import { concatBytes, fromLatin1, toLatin1 } from "../../../foundation/mod.ts";
import type { RequestHead } from "../frame.ts";
import { FrameParser, type FrameSink } from "../frame_parser.ts";
import type { ParsedRequest } from "../parsed_request.ts";
import { DEFAULT_FRAME_LIMITS, type FrameLimits } from "../slow_head.ts";

/** One frame, or one complaint, as a parser told it; bodies as latin1 text. */
export type Told =
  | { kind: "request"; request: ParsedRequest; body: string; continuation: string }
  | { kind: "unfinished"; request: ParsedRequest; body: string }
  | { kind: "response"; tid: string; status: number; comment: string; others: string }
  | { kind: "bad"; request: ParsedRequest; reason: string }
  | { kind: "broken"; request: ParsedRequest | null; reason: string };

/** Collects what a parser tells, however it came in pieces, and counts how it was told. */
export class FrameRecorder implements FrameSink {
  readonly told: Told[] = [];
  whole = 0;
  pieces = 0;
  #open: ParsedRequest | null = null;
  #body: Uint8Array[] = [];

  onWhole(request: ParsedRequest, body: Uint8Array, continuation: string): void {
    this.whole++;
    if (this.#open !== null) throw new Error("a frame inside a frame");
    this.told.push({ kind: "request", request, body: toLatin1(body), continuation });
  }
  onBegin(request: ParsedRequest): void {
    if (this.#open !== null) throw new Error("a frame inside a frame");
    this.#open = request;
    this.#body = [];
  }
  onPiece(request: ParsedRequest, octets: Uint8Array): void {
    if (request !== this.#open) throw new Error("a piece of another frame");
    if (octets.length === 0) throw new Error("an empty piece");
    this.pieces++;
    this.#body.push(new Uint8Array(octets));
  }
  onFinish(request: ParsedRequest, continuation: string): void {
    if (request !== this.#open) throw new Error("the end of another frame");
    this.#open = null;
    this.told.push({ kind: "request", request, body: toLatin1(concatBytes(this.#body)), continuation });
  }
  onResponse(tid: string, status: number, comment: string, others: string): void {
    this.told.push({ kind: "response", tid, status, comment, others });
  }
  onBadRequest(request: ParsedRequest, reason: string): void {
    this.told.push({ kind: "bad", request, reason });
  }
  onBroken(reason: string, request: ParsedRequest | null): void {
    this.told.push({ kind: "broken", request, reason });
  }

  /** All that was told, and the frame that has not ended. */
  all(): Told[] {
    if (this.#open === null) return this.told;
    return [...this.told, { kind: "unfinished", request: this.#open, body: toLatin1(concatBytes(this.#body)) }];
  }
}

/** Parses octets given in views that end where `cuts` say; each view is overwritten afterwards, as a read buffer is. */
export function parsed(
  octets: Uint8Array | string,
  cuts: readonly number[] = [],
  limits: FrameLimits = DEFAULT_FRAME_LIMITS,
): FrameRecorder {
  const bytes = typeof octets === "string" ? fromLatin1(octets) : octets;
  const recorder = new FrameRecorder();
  const parser = new FrameParser(recorder, limits);
  let from = 0;
  for (const to of [...cuts.filter((cut) => cut > 0 && cut < bytes.length).sort((a, b) => a - b), bytes.length]) {
    if (to === from) continue;
    const view = new Uint8Array(bytes.subarray(from, to));
    parser.push(view);
    view.fill(0x2d);
    from = to;
    // It may fall quiet at any octet.
    if (to % 2 === 1) parser.settle();
  }
  return recorder;
}

/** The same again, cut in views of `size` octets. */
export function parsedInPieces(octets: Uint8Array | string, size: number, limits?: FrameLimits): FrameRecorder {
  const { length } = octets;
  return parsed(octets, Array.from({ length: Math.floor(length / size) }, (_, i) => (i + 1) * size), limits);
}

/** A request's text; without a body where that is null. */
export function frame(
  head: Partial<RequestHead> & { tid?: string; lines?: string },
  body: string | null,
  flag = "$",
): string {
  const { tid = "d93kswow", method = "SEND", toPath = TO, fromPath = FROM, messageId = "12339sdqwer" } = head;
  const { lines = "", contentType = "text/plain" } = head;
  return `MSRP ${tid} ${method}\r\nTo-Path: ${toPath}\r\nFrom-Path: ${fromPath}\r\nMessage-ID: ${messageId}\r\n${lines}` +
    (body === null ? "" : `Content-Type: ${contentType}\r\n\r\n${body}\r\n`) + `-------${tid}${flag}\r\n`;
}

export const TO = "msrp://bob.example.com:8888/9di4eae923wzd;tcp";
export const FROM = "msrp://alicepc.example.com:7777/iau39soe2843z;tcp";

/** A head to send, with what matters to a test. */
export function head(fields: Partial<RequestHead> = {}): RequestHead {
  return {
    method: "SEND",
    toPath: TO,
    fromPath: FROM,
    messageId: "12339sdqwer",
    start: 1,
    end: -1,
    total: -1,
    successReport: false,
    failureReport: "yes",
    status: 0,
    statusText: "",
    contentType: "text/plain",
    others: "",
    ...fields,
  };
}
