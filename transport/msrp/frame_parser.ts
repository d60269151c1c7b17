import { EMPTY, toLatin1 } from "../../foundation/mod.ts";
import { EndLine } from "./end_line.ts";
import type { Continuation } from "./frame.ts";
import { HeadReader, KnownLines } from "./head_reader.ts";
import { ParsedRequest } from "./parsed_request.ts";
import { DEFAULT_FRAME_LIMITS, type FrameLimits, salvage } from "./slow_head.ts";

const CR = 0x0d;
const LF = 0x0a;
const HYPHEN = 0x2d;
/** Nearly every head is shorter; a longer one is read whole. */
const USUAL_HEAD = 512;
/** Through relays heads are longer: then so much of a frame is looked at first. */
const LONGEST_USUAL = 4096;
const FIRST_BUFFER = 1024;
const MAGIC = [0x4d, 0x53, 0x52, 0x50, 0x20];

/** Who is told what a connection carries. Octets are views that are valid during the call. */
export interface FrameSink {
  /** A request whose end came with the read that its head ended in. */
  onWhole(request: ParsedRequest, body: Uint8Array, continuation: Continuation): void;
  onBegin(request: ParsedRequest): void;
  onPiece(request: ParsedRequest, octets: Uint8Array): void;
  onFinish(request: ParsedRequest, continuation: Continuation): void;
  /** `others`: header lines behind the paths, each with its CRLF. */
  onResponse(tid: string, status: number, comment: string, others: string): void;
  /** A header of it breaks the rules: 400. Its body is passed over, and the frames behind it are read. */
  onBadRequest(request: ParsedRequest, reason: string): void;
  /**
   * Nothing behind this can be read; the parser has stopped. `request`: what a 400 needs, where that much could be read; null
   * where nobody can be answered.
   */
  onBroken(reason: string, request: ParsedRequest | null): void;
}

/**
 * Cuts octets into frames (RFC 4975 §7.1, §9), however they are split. Bodies are passed on as views, never decoded and never
 * copied. What can be held over from read to read is the part of a head, bounded, and the number of octets that look like an
 * end-line. A CRLF between frames is let pass: some clients send it to keep their way open.
 */
export class FrameParser {
  readonly #sink: FrameSink;
  readonly #limits: FrameLimits;
  readonly #reader: HeadReader;
  #known: KnownLines | null = null;
  /** Octets of a frame that are looked at first. */
  #window = USUAL_HEAD;
  #endLine: EndLine | null = null;
  /** The request whose body is read; null between frames, and while the body of a bad request is passed over. */
  #request: ParsedRequest | null = null;
  #inBody = false;
  #begun = false;
  #bodyLength = 0;
  #stopped = false;
  // The part of a head that came with earlier reads.
  #part: Uint8Array | null = null;
  #partLength = 0;
  #lineStart = 0;
  /** Heads read so far. */
  heads = 0;

  /** `reader`: one with these limits, which others may use, too. */
  constructor(sink: FrameSink, limits: FrameLimits = DEFAULT_FRAME_LIMITS, reader = new HeadReader(limits)) {
    this.#sink = sink;
    this.#limits = limits;
    this.#reader = reader;
  }

  /** Nothing came lately: lets go of what can be had again. False: there was nothing. Not inside a call from here. */
  settle(): boolean {
    if (this.#known === null) return false;
    this.#known = null;
    if (!this.#inBody) this.#endLine = null;
    return true;
  }

  /** A head has begun and not ended. */
  get inHead(): boolean {
    return this.#partLength > 0;
  }

  /** A body has begun and not ended. */
  get inBody(): boolean {
    return this.#inBody;
  }

  /** Nothing more is told; also from inside a call. */
  stop(): void {
    this.#stopped = true;
    this.#part = null;
    this.#partLength = 0;
    this.#request = null;
  }

  /** The request that is coming in is of no more interest: the rest of its body is passed over. */
  passOver(): void {
    this.#request = null;
  }

  push(octets: Uint8Array): void {
    let at = 0;
    while (at < octets.length && !this.#stopped) {
      if (this.#inBody) at = this.#body(octets, at);
      else if (this.#partLength > 0) at = this.#continueHead(octets, at);
      else at = this.#head(octets, at);
    }
  }

  #head(octets: Uint8Array, at: number): number {
    while (at < octets.length && (octets[at] === CR || octets[at] === LF)) at++;
    if (at === octets.length) return at;
    const text = toLatin1(octets, at, Math.min(octets.length, at + this.#window));
    this.#reader.known = this.#known ??= new KnownLines();
    const length = this.#reader.readUsual(text);
    if (length > 0 && length <= this.#limits.head) {
      this.#usual();
      return at + length;
    }
    const end = this.#findEnd(octets, at, at, Math.min(octets.length, at + this.#limits.head));
    if (this.#stopped) return at;
    if (end > 0) {
      const head = toLatin1(octets, at, end);
      if (end - at <= this.#window) this.#whole(head);
      else {
        this.#window = Math.min(LONGEST_USUAL, end - at + 128);
        this.#read(head);
      }
      return end;
    }
    if (octets.length - at >= this.#limits.head) {
      this.#tooLarge(toLatin1(octets, at, at + this.#limits.head));
      return at;
    }
    this.#lineStart -= at;
    this.#keep(octets, at, octets.length);
    return octets.length;
  }

  #continueHead(octets: Uint8Array, at: number): number {
    const before = this.#partLength;
    const stop = Math.min(octets.length, at + this.#limits.head - before);
    this.#keep(octets, at, stop);
    const part = this.#part!;
    const end = this.#findEnd(part, 0, before, this.#partLength);
    if (this.#stopped) return at;
    if (end < 0) {
      if (this.#partLength < this.#limits.head) return stop;
      this.#tooLarge(toLatin1(part, 0, this.#partLength));
      return at;
    }
    const text = toLatin1(part, 0, end);
    this.#part = null;
    this.#partLength = 0;
    this.#read(text);
    return at + end - before;
  }

  /** A head, its end included. */
  #read(head: string): void {
    this.#reader.known = this.#known ??= new KnownLines();
    if (this.#reader.readUsual(head) === head.length) this.#usual();
    else this.#whole(head);
  }

  #keep(octets: Uint8Array, from: number, to: number): void {
    const length = this.#partLength + to - from;
    let part = this.#part;
    if (part === null || part.length < length) {
      const larger = new Uint8Array(Math.max(FIRST_BUFFER, 2 * length));
      if (part !== null) larger.set(part.subarray(0, this.#partLength));
      this.#part = part = larger;
    }
    part.set(octets.subarray(from, to), this.#partLength);
    this.#partLength = length;
  }

  /**
   * Where the head that begins at `begin` ends, or -1. Looks at `octets[from, to)`, and goes on with the line it was in when
   * `from` is behind `begin`.
   */
  #findEnd(octets: Uint8Array, begin: number, from: number, to: number): number {
    // What speaks another protocol is told so at once: it may wait for an answer before it sends more.
    for (let i = from; i < to && i - begin < MAGIC.length; i++) {
      if (octets[i] !== MAGIC[i - begin]) return this.#break("a start line that does not begin with MSRP", null), -1;
    }
    let lineStart = from === begin ? begin : this.#lineStart;
    for (let i = from; i < to; i++) {
      if (octets[i] !== LF) continue;
      if (i === begin || octets[i - 1] !== CR) {
        this.#break("a line that ends without CR", salvage(toLatin1(octets, begin, i)));
        return -1;
      }
      if (i - lineStart === 1 || octets[lineStart] === HYPHEN) return i + 1;
      lineStart = i + 1;
    }
    this.#lineStart = lineStart;
    return -1;
  }

  /** The reader holds a head that was read the short way. */
  #usual(): void {
    this.heads++;
    const reader = this.#reader;
    if (reader.method === "") this.#sink.onResponse(reader.tid, reader.status, reader.statusText, reader.others);
    else this.#requestHead(new ParsedRequest(reader));
  }

  #whole(head: string): void {
    const reader = this.#reader;
    const result = reader.readWhole(head);
    this.heads++;
    if (result === "response") this.#sink.onResponse(reader.tid, reader.status, reader.statusText, reader.others);
    else if (result === "request") this.#requestHead(new ParsedRequest(reader));
    else if (result === "broken") this.#break(reader.reason, salvage(head));
    else {
      // The sink may stop the parser; the end of the body is looked for all the same.
      if (reader.hasBody) this.#beginBody(null, reader.tid);
      this.#sink.onBadRequest(new ParsedRequest(reader), reader.reason);
    }
  }

  #requestHead(request: ParsedRequest): void {
    if (this.#reader.hasBody) this.#beginBody(request, request.tid);
    else this.#sink.onWhole(request, EMPTY, this.#reader.continuation);
  }

  #beginBody(request: ParsedRequest | null, tid: string): void {
    this.#request = request;
    this.#inBody = true;
    this.#begun = false;
    this.#bodyLength = 0;
    (this.#endLine ??= new EndLine()).begin(tid);
  }

  #body(octets: Uint8Array, at: number): number {
    const endLine = this.#endLine!;
    const held = endLine.search(octets, at);
    const { next, bodyEnd } = endLine;
    const request = this.#request;
    if (next >= 0) this.#inBody = false;
    if (request !== null) {
      this.#bodyLength += (held === null ? 0 : held.length) + bodyEnd - at;
      if (this.#bodyLength > this.#limits.otherBody && request.method !== "SEND") {
        this.#break(`a ${request.method} with a body of more than ${this.#limits.otherBody} octets`, request);
        return at;
      }
      if (next >= 0 && !this.#begun && held === null) {
        this.#request = null;
        this.#sink.onWhole(request, octets.subarray(at, bodyEnd), endLine.flag);
        return next;
      }
      this.#pieces(request, held, octets, at, bodyEnd);
      // Whoever was told may have lost interest, or closed.
      if (next >= 0 && this.#request === request) {
        this.#request = null;
        this.#sink.onFinish(request, endLine.flag);
      }
    }
    return next >= 0 ? next : octets.length;
  }

  #pieces(request: ParsedRequest, held: Uint8Array | null, octets: Uint8Array, at: number, end: number): void {
    if (!this.#begun && (held !== null || end > at)) {
      this.#begun = true;
      this.#sink.onBegin(request);
    }
    if (held !== null && this.#request === request) this.#sink.onPiece(request, held);
    if (end > at && this.#request === request) this.#sink.onPiece(request, octets.subarray(at, end));
  }

  #tooLarge(head: string): void {
    this.#break(`a head of more than ${this.#limits.head} octets`, salvage(head));
  }

  #break(reason: string, request: ParsedRequest | null): void {
    this.stop();
    this.#sink.onBroken(reason, request);
  }
}
