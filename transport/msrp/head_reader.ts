import type { Continuation, FailureReport } from "./frame.ts";
import { isCleanValue, isMessageId, isMethod, isPath, isTid, urisIn } from "./head_grammar.ts";
import type { HeadFields } from "./parsed_request.ts";
import { type FrameLimits, readSlowly } from "./slow_head.ts";

const CRLF = "\r\n";

/** What a head turned out to be. */
export type HeadResult = "request" | "response" | "bad" | "broken";

/** Paths and media type repeat from frame to frame of a connection: when the same lines come again, their values are known. */
export class KnownLines {
  pathLines = "";
  toPath = "";
  fromPath = "";
  typeLine = "";
  type = "";
}

/** Headers that are read here or by the long way, whatever case they are written in. */
const KNOWN_HEADERS: ReadonlySet<string> = new Set([
  "to-path",
  "from-path",
  "message-id",
  "byte-range",
  "success-report",
  "failure-report",
  "status",
  "content-type",
]);
const OTHER_LINE = /^([A-Za-z][!#-'*+\-.0-9A-Z^-~]*):[^\x00-\x08\x0a-\x1f\x7f]*$/;

/**
 * Reads heads: start line, header lines, and what ends them, the empty line before a body or the end-line of a frame without
 * one. A head in the usual order takes a short way that makes hardly anything but its values; every other one is read line by
 * line, with the same result. The fields say what the last head had; a reader keeps nothing else, so connections may share one.
 */
export class HeadReader implements HeadFields {
  tid = "";
  method = "";
  toPath = "";
  fromPath = "";
  messageId = "";
  start = 1;
  end = -1;
  total = -1;
  successReport = false;
  failureReport: FailureReport = "yes";
  status = 0;
  statusText = "";
  contentType = "";
  others = "";
  /** A body follows; else the frame is at its end and `continuation` says how. */
  hasBody = false;
  continuation: Continuation = "$";
  /** Why the head is bad, or the stream broken. */
  reason = "";
  /** Of the connection that is read. */
  known = new KnownLines();
  readonly #limits: FrameLimits;

  constructor(limits: FrameLimits) {
    this.#limits = limits;
  }

  /**
   * The short way. `text` begins with a frame and may go on behind its head. Returns the head's length, its end included; 0
   * where the head is not usual, or not there as a whole.
   */
  readUsual(text: string): number {
    if (!text.startsWith("MSRP ")) return 0;
    const tidEnd = text.indexOf(" ", 5);
    if (!isTid(text, 5, tidEnd)) return 0;
    let at: number;
    if (text.startsWith("SEND\r\n", tidEnd + 1)) {
      this.method = "SEND";
      at = tidEnd + 7;
    } else {
      const first = text.charCodeAt(tidEnd + 1);
      const lineEnd = text.indexOf(CRLF, tidEnd + 1);
      if (lineEnd < 0) return 0;
      if (first <= 0x39) {
        if (!this.#statusLine(text, tidEnd + 1, lineEnd)) return 0;
        this.method = "";
      } else {
        this.method = text.slice(tidEnd + 1, lineEnd);
        if (!isMethod(this.method)) return 0;
      }
      at = lineEnd + 2;
    }
    this.tid = text.slice(5, tidEnd);
    at = this.#paths(text, at);
    if (at === 0) return 0;
    return this.method === "" ? this.#responseEnd(text, at) : this.#requestLines(text, at);
  }

  /** The long way, for a whole head, its end included. */
  readWhole(head: string): HeadResult {
    return readSlowly(head, this.#limits, this);
  }

  #statusLine(text: string, at: number, end: number): boolean {
    const length = end - at;
    if (length < 3 || (length > 3 && text.charCodeAt(at + 3) !== 0x20)) return false;
    let status = 0;
    for (let i = at; i < at + 3; i++) {
      const digit = text.charCodeAt(i) - 0x30;
      if (!(digit >= 0 && digit <= 9)) return false;
      status = status * 10 + digit;
    }
    this.status = status;
    this.statusText = length === 6 && text.startsWith("OK", at + 4) ? "OK" : text.slice(at + 4, end);
    return this.statusText === "OK" || isCleanValue(this.statusText);
  }

  #paths(text: string, at: number): number {
    const { known } = this;
    const { pathLines } = known;
    // Comparing a slice is several times faster than `startsWith`.
    if (pathLines !== "" && text.slice(at, at + pathLines.length) === pathLines) {
      this.toPath = known.toPath;
      this.fromPath = known.fromPath;
      return at + pathLines.length;
    }
    if (!text.startsWith("To-Path: ", at)) return 0;
    const toEnd = text.indexOf(CRLF, at + 9);
    if (toEnd < 0 || !text.startsWith("From-Path: ", toEnd + 2)) return 0;
    const fromEnd = text.indexOf(CRLF, toEnd + 13);
    if (fromEnd < 0) return 0;
    const to = text.slice(at + 9, toEnd);
    const from = text.slice(toEnd + 13, fromEnd);
    if (!isPath(to) || !isPath(from)) return 0;
    if (urisIn(to) > this.#limits.uris || urisIn(from) > this.#limits.uris) return 0;
    this.toPath = to;
    this.fromPath = from;
    known.pathLines = text.slice(at, fromEnd + 2);
    known.toPath = to;
    known.fromPath = from;
    return fromEnd + 2;
  }

  #requestLines(text: string, at: number): number {
    this.messageId =
      this.contentType =
      this.statusText =
      this.others =
        "";
    this.start = 1;
    this.end = this.total = -1;
    this.successReport = false;
    this.failureReport = "yes";
    this.status = 0;
    // A header that comes twice is for the long way: it says what is wrong.
    let seen = 0;
    let others = 0;
    for (;;) {
      const first = text.charCodeAt(at);
      if (first === 0x43 /* C */) {
        const { known } = this;
        if (known.typeLine !== "" && text.slice(at, at + known.typeLine.length) === known.typeLine) {
          this.contentType = known.type;
          this.hasBody = true;
          return at + known.typeLine.length;
        }
        if (text.startsWith("Content-Type: ", at)) {
          // As it should be, the last one: the empty line comes behind it.
          const end = text.indexOf(CRLF, at + 14);
          if (end < 0 || !text.startsWith(CRLF, end + 2)) return 0;
          const type = text.slice(at + 14, end);
          if (type === "" || !isCleanValue(type)) return 0;
          this.contentType = type;
          known.typeLine = text.slice(at, end + 4);
          known.type = type;
          this.hasBody = true;
          return end + 4;
        }
      }
      if (first === 0x2d /* - */) return this.#endLine(text, at);
      const end = text.indexOf(CRLF, at);
      if (end < 0) return 0;
      let bit: number;
      if (first === 0x4d && text.startsWith("Message-ID: ", at)) {
        bit = 1;
        this.messageId = text.slice(at + 12, end);
        if (!isMessageId(this.messageId)) return 0;
      } else if (first === 0x42 && text.startsWith("Byte-Range: ", at)) {
        bit = 2;
        if (!this.#byteRange(text, at + 12, end)) return 0;
      } else if (first === 0x53 && text.startsWith("Status: 000 ", at)) {
        bit = 16;
        if (!this.#statusOf(text, at + 12, end)) return 0;
      } else if (first === 0x53 && text.startsWith("Success-Report: ", at)) {
        bit = 4;
        if (text.startsWith("yes\r\n", at + 16)) this.successReport = true;
        else if (!text.startsWith("no\r\n", at + 16)) return 0;
      } else if (first === 0x46 && text.startsWith("Failure-Report: ", at)) {
        bit = 8;
        if (text.startsWith("no\r\n", at + 16)) this.failureReport = "no";
        else if (text.startsWith("partial\r\n", at + 16)) this.failureReport = "partial";
        else if (!text.startsWith("yes\r\n", at + 16)) return 0;
      } else if (first === 0x0d) {
        // A body without a media type: not as it should be, but its end can be found.
        this.hasBody = true;
        return end === at ? at + 2 : 0;
      } else {
        // With those of the other kinds they are fewer than may be; how many too many are, the long way says.
        if (++others > this.#limits.lines - 8 || !this.#other(text, at, end)) return 0;
        at = end + 2;
        continue;
      }
      if ((seen & bit) !== 0) return 0;
      seen |= bit;
      at = end + 2;
    }
  }

  /** A header that nobody here looks at. */
  #other(text: string, at: number, end: number): boolean {
    const found = OTHER_LINE.exec(text.slice(at, end));
    if (found === null || KNOWN_HEADERS.has(found[1].toLowerCase())) return false;
    this.others += text.slice(at, end + 2);
    return true;
  }

  /** The code of a Status, and its comment. */
  #statusOf(text: string, at: number, end: number): boolean {
    if (end < at + 3 || (end > at + 3 && text.charCodeAt(at + 3) !== 0x20)) return false;
    let status = 0;
    for (let i = at; i < at + 3; i++) {
      const digit = text.charCodeAt(i) - 0x30;
      if (!(digit >= 0 && digit <= 9)) return false;
      status = status * 10 + digit;
    }
    this.status = status;
    this.statusText = text.slice(at + 4, end);
    return isCleanValue(this.statusText);
  }

  #byteRange(text: string, at: number, end: number): boolean {
    let value = 0;
    let from = at;
    let i = at;
    for (; i < end; i++) {
      const digit = text.charCodeAt(i) - 0x30;
      if (digit >= 0 && digit <= 9) value = value * 10 + digit;
      else break;
    }
    if (i === from || i - from > 15 || text.charCodeAt(i) !== 0x2d || value < 1) return false;
    this.start = value;
    from = ++i;
    value = 0;
    for (; i < end; i++) {
      const digit = text.charCodeAt(i) - 0x30;
      if (digit >= 0 && digit <= 9) value = value * 10 + digit;
      else break;
    }
    if (i === from) {
      if (text.charCodeAt(i++) !== 0x2a) return false;
      value = -1;
    } else if (i - from > 15 || value < this.start - 1) return false;
    if (text.charCodeAt(i) !== 0x2f) return false;
    this.end = value;
    if (text.charCodeAt(i + 1) === 0x2a) {
      this.total = -1;
      return i + 2 === end;
    }
    from = ++i;
    value = 0;
    for (; i < end; i++) {
      const digit = text.charCodeAt(i) - 0x30;
      if (digit >= 0 && digit <= 9) value = value * 10 + digit;
      else break;
    }
    this.total = value;
    return i === end && i > from && i - from <= 15 && value >= this.start - 1;
  }

  #responseEnd(text: string, at: number): number {
    this.others = "";
    return this.#endLine(text, at);
  }

  #endLine(text: string, at: number): number {
    const tidAt = at + 7;
    const flagAt = tidAt + this.tid.length;
    if (!text.startsWith("-------", at) || !text.startsWith(this.tid, tidAt) || !text.startsWith(CRLF, flagAt + 1)) {
      return 0;
    }
    const flag = text.charCodeAt(flagAt);
    if (flag === 0x24) this.continuation = "$";
    else if (flag === 0x2b) this.continuation = "+";
    else if (flag === 0x23) this.continuation = "#";
    else return 0;
    this.hasBody = false;
    return flagAt + 3;
  }
}
