import { EMPTY, toLatin1 } from "../../../foundation/mod.ts";
import { BAD_LENGTH, contentLength, findHeadEnd, NO_LENGTH } from "./head_scan.ts";
import type { Slab } from "./slab.ts";

const CR = 13, LF = 10;
const FIRST_HOLD = 1024;

/** How much of one message is taken off the wire. */
export interface FramingLimits {
  /** Octets of a whole message. */
  readonly message: number;
  /** Octets of its body. */
  readonly body: number;
}

/** Who gets what a framer cuts. */
export interface FramerSink {
  /** One message; `head` ends with the empty line, `body` is the sink's for ever. */
  onFrame(head: string, body: Uint8Array): void;
  /** A double CRLF between messages: the peer's ping, to be answered with one CRLF (RFC 5626 §4.4.1). */
  onPing(): void;
  /** A whole head whose body will not be taken. Nothing comes after it. */
  onRefusedFrame(head: string, status: 400 | 413 | 513, reason: string): void;
  /** Octets that are no SIP. Nothing comes after them. */
  onGarbledFrame(reason: string): void;
}

/**
 * Cuts a stream into messages (RFC 3261 §18.3), whatever pieces it arrives in. Work is linear in the octets: what was
 * searched is not searched again, what is held moves at most once a message.
 */
export class StreamFramer {
  readonly #sink: FramerSink;
  readonly #limits: FramingLimits;
  readonly #slab: Slab;
  /** What is left of earlier chunks: the beginning of one message, or nothing. */
  #held: Uint8Array = EMPTY;
  #length = 0;
  /** How much of `held` was searched for the empty line. */
  #searched = 0;
  /** The head of a message whose body is still coming; "" when none is. */
  #head = "";
  #bodyAt = 0;
  #bodyLength = 0;
  /** CRLFs seen since the last message or ping. */
  #crlfs = 0;
  #stopped = false;

  constructor(sink: FramerSink, limits: FramingLimits, slab: Slab) {
    this.#sink = sink;
    this.#limits = limits;
    this.#slab = slab;
  }

  /** True while a message has begun and not ended. */
  get partial(): boolean {
    return this.#length > 0;
  }

  /** Takes no more: the rest of the chunk at hand and all that comes is left alone. */
  stop(): void {
    this.#stopped = true;
    this.#held = EMPTY;
    this.#length = 0;
  }

  /** The next octets of the stream; the chunk may be used again afterwards. */
  push(chunk: Uint8Array): void {
    if (this.#stopped || chunk.length === 0) return;
    if (this.#length === 0) {
      const used = this.#cut(chunk, chunk.length);
      if (!this.#stopped && used < chunk.length) this.#hold(chunk, used);
      return;
    }
    this.#append(chunk);
    const used = this.#cut(this.#held, this.#length);
    if (this.#stopped || used === 0) return;
    if (used === this.#length) {
      this.#length = 0;
      if (this.#held.length > FIRST_HOLD) this.#held = EMPTY;
    } else this.#hold(this.#held.subarray(0, this.#length), used);
  }

  /** Hands on every whole message of `bytes[0, end)`; returns how much was used. */
  #cut(bytes: Uint8Array, end: number): number {
    let at = 0;
    while (at < end && !this.#stopped) {
      if (this.#head === "") {
        at = this.#skipLines(bytes, at, end);
        if (at === end || this.#stopped) return at;
        const first = bytes[at];
        if (first === CR && at + 1 === end) return at;
        if (!isToken(first)) return this.#garbled("does not begin as a SIP message does", at);
        const searched = this.#searched;
        this.#searched = 0;
        const headEnd = findHeadEnd(bytes, at, end, at + searched);
        if ((headEnd < 0 ? end : headEnd) - at > this.#limits.message) {
          return this.#headTooLong(bytes, at);
        }
        if (headEnd < 0) {
          this.#searched = Math.max(0, end - at);
          return at;
        }
        const head = toLatin1(bytes, at, headEnd);
        const length = contentLength(head);
        if (length < 0 || length > this.#limits.body || head.length + length > this.#limits.message) {
          return this.#refused(head, length, headEnd);
        }
        this.#head = head;
        this.#bodyAt = headEnd - at;
        this.#bodyLength = length;
      }
      const bodyAt = at + this.#bodyAt;
      if (end - bodyAt < this.#bodyLength) return at;
      const head = this.#head;
      this.#head = "";
      this.#crlfs = 0;
      at = bodyAt + this.#bodyLength;
      this.#sink.onFrame(head, this.#slab.keep(bytes, bodyAt, at));
    }
    return at;
  }

  /** Over CRLFs between messages, each second one a ping. */
  #skipLines(bytes: Uint8Array, at: number, end: number): number {
    while (at + 1 < end && bytes[at] === CR && bytes[at + 1] === LF) {
      at += 2;
      if (++this.#crlfs === 2) {
        this.#crlfs = 0;
        this.#sink.onPing();
        if (this.#stopped) break;
      }
    }
    return at;
  }

  #refused(head: string, length: number, used: number): number {
    const { body, message } = this.#limits;
    this.stop();
    if (length === NO_LENGTH) this.#sink.onRefusedFrame(head, 400, "Content-Length missing");
    else if (length === BAD_LENGTH) this.#sink.onRefusedFrame(head, 400, "Content-Length makes no sense");
    else if (length > body) this.#sink.onRefusedFrame(head, 413, `Body longer than ${body} octets`);
    else this.#sink.onRefusedFrame(head, 513, `Message longer than ${message} octets`);
    return used;
  }

  /** The lines that came whole stand for the head, so that its sender can be answered (Via comes first in nearly all). */
  #headTooLong(bytes: Uint8Array, at: number): number {
    const { message } = this.#limits;
    const text = toLatin1(bytes, at, at + message);
    const end = text.lastIndexOf("\r\n");
    if (end < 0) return this.#garbled("a line longer than a message may be", at);
    this.stop();
    this.#sink.onRefusedFrame(text.slice(0, end + 2) + "\r\n", 513, `Message longer than ${message} octets`);
    return at;
  }

  #garbled(reason: string, used: number): number {
    this.stop();
    this.#sink.onGarbledFrame(reason);
    return used;
  }

  /** Keeps `bytes` from `used` on as the beginning of the next message. */
  #hold(bytes: Uint8Array, used: number): void {
    const length = bytes.length - used;
    const wanted = this.#head === "" ? length : this.#bodyAt + this.#bodyLength;
    if (this.#held.length >= wanted && this.#held.buffer !== bytes.buffer) {
      this.#held.set(bytes.subarray(used));
    } else if (this.#held.length >= wanted && this.#held.buffer === bytes.buffer) {
      this.#held.copyWithin(0, used, used + length);
    } else {
      const held = new Uint8Array(Math.max(FIRST_HOLD, wanted));
      held.set(bytes.subarray(used));
      this.#held = held;
    }
    this.#length = length;
  }

  #append(chunk: Uint8Array): void {
    const length = this.#length + chunk.length;
    if (length > this.#held.length) {
      const held = new Uint8Array(Math.max(length, this.#held.length * 2));
      held.set(this.#held.subarray(0, this.#length));
      this.#held = held;
    }
    this.#held.set(chunk, this.#length);
    this.#length = length;
  }
}

/** A datagram or a WebSocket message: one SIP message and nothing else. */
export function frameWhole(bytes: Uint8Array, end: number, limits: FramingLimits, slab: Slab, sink: FramerSink): void {
  let at = 0;
  // RFC 3261 §7.5: empty lines before the start line are ignored.
  while (at + 1 < end && bytes[at] === CR && bytes[at + 1] === LF) at += 2;
  if (at >= end || !isToken(bytes[at])) return sink.onGarbledFrame("does not begin as a SIP message does");
  const headEnd = findHeadEnd(bytes, at, end);
  if (headEnd < 0) return sink.onGarbledFrame("no empty line after the headers");
  const head = toLatin1(bytes, at, headEnd);
  const length = contentLength(head);
  let bodyEnd = end;
  // Octets beyond Content-Length are dropped; too few of them are the message's own check to see (RFC 3261 §18.3).
  if (length >= 0 && headEnd + length < end) bodyEnd = headEnd + length;
  if (bodyEnd - headEnd > limits.body) {
    return sink.onRefusedFrame(head, 413, `Body longer than ${limits.body} octets`);
  }
  if (bodyEnd - at > limits.message) {
    return sink.onRefusedFrame(head, 513, `Message longer than ${limits.message} octets`);
  }
  sink.onFrame(head, slab.keep(bytes, headEnd, bodyEnd));
}

// RFC 3261 §25.1 `token`: what a method begins with, and "S" of SIP/2.0.
const TOKEN = new Uint8Array(256);
for (const c of "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-.!%*_+`'~") TOKEN[c.charCodeAt(0)] = 1;

function isToken(octet: number): boolean {
  return TOKEN[octet] === 1;
}
