import { type CSeq, parseCSeq } from "./cseq_header.ts";
import { digits, isBlank, isTokenChar, trimmed, unfolded } from "./grammar.ts";
import { type HeaderId, headerId, headerIdAt, type HeaderName, ID } from "./header_names.ts";
import { firstOfList, listHas, splitList } from "./lists.ts";
import { type NameAddr, parseNameAddr } from "./name_addr.ts";
import { badRequest, headerProblem, type MessageLimits, type Problem } from "./problem.ts";
import { parseVia, type Via } from "./via_header.ts";

const CR = 13, LF = 10, COLON = 58;
const CONTENT_LENGTH_MAX = 2 ** 32;

/** What may stand once at most, by number: elements would choose differently among two, and be talked past each other. */
const SINGLE = new Int32Array(256);
const SINGLE_NAMES: readonly HeaderName[] = [
  "From",
  "To",
  "Call-ID",
  "CSeq",
  "Max-Forwards",
  "Content-Length",
  "Content-Type",
  "Content-Disposition",
  "Expires",
  "Min-Expires",
  "Event",
  "Subscription-State",
  "SIP-ETag",
  "SIP-If-Match",
  "Max-Breadth",
  "Refer-To",
  "Referred-By",
  "Replaces",
  "Session-Expires",
  "RSeq",
  "RAck",
  "P-Charging-Vector",
];
// A bit each.
SINGLE_NAMES.forEach((name, i) => SINGLE[ID[name]] = 1 << i);

const VIA = ID.Via;
const FROM = ID.From;
const TO = ID.To;
const CSEQ = ID.CSeq;
const CALL_ID = ID["Call-ID"];
const CONTENT_LENGTH = ID["Content-Length"];
const MAX_FORWARDS = ID["Max-Forwards"];

/**
 * A SIP message (RFC 3261 §7) over its own octets. `head` is the start line, the headers and the empty line, one character
 * an octet (latin1), so foreign octets go through unchanged. Header lines are indexed once; a value is only cut out and
 * parsed when somebody asks. Messages are immutable, but for the stamp that a receiver must put on the top Via.
 *
 * Once `check` gave null, `via`, `from`, `to` (of a request with their URIs), `cseq`, `callId` and `maxForwards` never throw.
 * Before that, and for every other header, what parses a value throws SyntaxError where the value is none.
 */
export abstract class SipMessage {
  head: string;
  /** Ends where Content-Length says: octets of a datagram behind that are noise (RFC 3261 §18.3). */
  readonly body: Uint8Array;
  /** One entry for each header line: its number (0: not in the table), where the line and where its value begins. */
  readonly ids: HeaderId[] = [];
  readonly #lineAt: number[] = [];
  readonly #valueAt: number[] = [];
  readonly #limits: MessageLimits;
  /** Where the empty line begins. */
  #end = 0;
  #longest = 0;
  #folded = false;
  /** Something of `SINGLE_NAMES` stands twice. */
  #twins = false;
  /** The first lines of what every message is asked for; -1: none. */
  #viaLine = -1;
  #fromLine = -1;
  #toLine = -1;
  #cseqLine = -1;
  #callIdLine = -1;
  /** -1: absent; -2: not a number. */
  #contentLength = -1;
  #maxForwards: number | undefined = undefined;
  #problem: Problem | null;
  #via: Via | null = null;
  #from: NameAddr | null = null;
  #to: NameAddr | null = null;
  #cseq: CSeq | null = null;
  #callId: string | null = null;

  /** `problem`: what is wrong with the start line. */
  constructor(head: string, body: Uint8Array, headersAt: number, limits: MessageLimits, problem: Problem | null) {
    this.head = head;
    this.#limits = limits;
    this.#problem = problem;
    const line = this.#index(headersAt);
    if (line >= 0) {
      const text = this.valueAt(line);
      const length = digits(text, 0, text.length, CONTENT_LENGTH_MAX);
      this.#contentLength = length < 0 ? -2 : length;
      if (length >= 0 && length < body.length) body = body.subarray(0, length);
    }
    this.body = body;
  }

  /**
   * One pass over the head, which stops at the first limit it hits: the work is bounded whatever comes. Gives the first line of
   * Content-Length, or -1.
   */
  #index(headersAt: number): number {
    const { head, ids } = this;
    const length = head.length;
    const limits = this.#limits;
    let at = headersAt;
    let contentLength = -1;
    // One bit for each of `SINGLE_NAMES` that was there.
    let singles = 0;
    while (at < length && head.charCodeAt(at) !== CR) {
      let end = this.#lineEndFrom(at);
      // A line that begins with a blank continues the one before (RFC 3261 §7.3.1).
      while (isBlank(head.charCodeAt(end))) {
        this.#folded = true;
        end = this.#lineEndFrom(end);
      }
      if (end - at > this.#longest) {
        this.#longest = end - at;
        if (end - at > limits.header_length) {
          this.#wrong(`Header line longer than ${limits.header_length} octets`);
          break;
        }
      }
      if (ids.length === limits.headers) {
        this.#wrong(`More than ${limits.headers} header lines`);
        break;
      }
      let nameEnd = at;
      while (isTokenChar(head.charCodeAt(nameEnd))) nameEnd++;
      let colon = nameEnd;
      while (isBlank(head.charCodeAt(colon))) colon++;
      if (nameEnd === at || head.charCodeAt(colon) !== COLON) this.#wrong("Header line without a name and a colon");
      else {
        const id = headerIdAt(head, at, nameEnd);
        const bit = SINGLE[id];
        if ((singles & bit) !== 0) this.#twins = true;
        else if (bit !== 0) {
          singles |= bit;
          if (id === FROM) this.#fromLine = ids.length;
          else if (id === TO) this.#toLine = ids.length;
          else if (id === CALL_ID) this.#callIdLine = ids.length;
          else if (id === CSEQ) this.#cseqLine = ids.length;
          else if (id === CONTENT_LENGTH) contentLength = ids.length;
        } else if (id === VIA && this.#viaLine < 0) this.#viaLine = ids.length;
        ids.push(id);
        this.#lineAt.push(at);
        this.#valueAt.push(colon + 1);
      }
      at = end;
    }
    if (at + 2 !== length || head.charCodeAt(at) !== CR || head.charCodeAt(at + 1) !== LF) {
      this.#wrong("Headers do not end with an empty line");
    }
    this.#end = Math.min(at, length);
    return contentLength;
  }

  /** Behind the CRLF of the line that begins at `at`. A CR or LF of its own is what header smuggling is made of. */
  #lineEndFrom(at: number): number {
    const { head } = this;
    const lf = head.indexOf("\n", at);
    if (lf < 0) {
      this.#wrong("Header line without CRLF");
      return head.length;
    }
    if (head.indexOf("\r", at) !== lf - 1 || lf === at) this.#wrong("CR or LF that does not end a line");
    return lf + 1;
  }

  #wrong(reason: string): void {
    this.#problem ??= { status: 400, reason };
  }

  abstract readonly isRequest: boolean;

  /** Number of header lines. */
  get lines(): number {
    return this.ids.length;
  }

  /** Where header line `i` begins in `head`. */
  lineStart(i: number): number {
    return this.#lineAt[i];
  }

  /** Where header line `i` ends in `head`, its CRLF included. */
  lineEnd(i: number): number {
    return i + 1 < this.#lineAt.length ? this.#lineAt[i + 1] : this.#end;
  }

  /** Where the value of line `i` begins, blanks not skipped. */
  valueStart(i: number): number {
    return this.#valueAt[i];
  }

  /** Where the empty line begins. */
  get headersEnd(): number {
    return this.#end;
  }

  /** The name of line `i` as written. */
  nameAt(i: number): string {
    return trimmed(this.head, this.#lineAt[i], this.#valueAt[i] - 1);
  }

  /** The value of line `i`, trimmed and unfolded. */
  valueAt(i: number): string {
    const start = this.#valueAt[i];
    const end = this.lineEnd(i) - 2;
    return this.#folded ? unfolded(this.head.slice(start, end)) : trimmed(this.head, start, end);
  }

  /** The first line of a header, or -1. Names on hot paths are best given as numbers (`ID.Route`). */
  indexOf(name: HeaderName | HeaderId): number {
    return this.ids.indexOf(idOf(name));
  }

  has(name: HeaderName | HeaderId): boolean {
    return this.ids.indexOf(idOf(name)) >= 0;
  }

  /** The first line's value of a header; undefined when there is none. */
  get(name: HeaderName | HeaderId): string | undefined {
    const i = this.ids.indexOf(idOf(name));
    return i < 0 ? undefined : this.valueAt(i);
  }

  /** Every line's value of a header, in order. */
  getAll(name: HeaderName | HeaderId): string[] {
    const id = idOf(name);
    const values: string[] = [];
    for (let i = 0; i < this.ids.length; i++) if (this.ids[i] === id) values.push(this.valueAt(i));
    return values;
  }

  /** A header that is not in the table, by its name in any case. */
  getOther(name: string): string | undefined {
    const wanted = name.toLowerCase();
    for (let i = 0; i < this.ids.length; i++) {
      if (this.ids[i] === 0 && this.nameAt(i).toLowerCase() === wanted) return this.valueAt(i);
    }
    return undefined;
  }

  /** Every comma-separated value of a header over all its lines (only for headers whose grammar is a list). */
  list(name: HeaderName | HeaderId): string[] {
    const id = idOf(name);
    const values: string[] = [];
    for (let i = 0; i < this.ids.length; i++) {
      if (this.ids[i] === id) splitList(this.valueAt(i), values);
    }
    return values;
  }

  /** True when a list of tokens such as Require or Supported names `token` (lower-case). */
  lists(name: HeaderName | HeaderId, token: string): boolean {
    const id = idOf(name);
    for (let i = 0; i < this.ids.length; i++) if (this.ids[i] === id && listHas(this.valueAt(i), token)) return true;
    return false;
  }

  /** The topmost Via value. */
  get via(): Via {
    return this.#via ??= parseVia(firstOfList(this.#first(this.#viaLine)));
  }
  get from(): NameAddr {
    return this.#from ??= parseNameAddr(this.#first(this.#fromLine));
  }
  get to(): NameAddr {
    return this.#to ??= parseNameAddr(this.#first(this.#toLine));
  }
  get cseq(): CSeq {
    return this.#cseq ??= parseCSeq(this.#first(this.#cseqLine));
  }
  /** "" when there is none. */
  get callId(): string {
    return this.#callId ??= this.#first(this.#callIdLine);
  }

  #first(line: number): string {
    return line < 0 ? "" : this.valueAt(line);
  }

  /** 0 to 255; -1 when absent, -2 when it is no such number (`check` refuses that). */
  get maxForwards(): number {
    return this.#maxForwards ??= this.#readMaxForwards();
  }

  #readMaxForwards(): number {
    const text = this.get(MAX_FORWARDS);
    if (text === undefined) return -1;
    const hops = digits(text, 0, text.length, 255);
    return hops < 0 ? -2 : hops;
  }

  /**
   * Puts `received` and `rport` on the top Via (RFC 3261 §18.2.1, RFC 3581 §4), in this message's own head: whoever answers
   * or forwards it carries the stamp on without knowing. False, and nothing is changed, where the top Via is none; such a
   * request can still be answered on its flow.
   */
  stampVia(received: string, rport: number): boolean {
    const line = this.#viaLine;
    if (line < 0) return false;
    let via: Via;
    let stamped: string | null;
    try {
      via = this.via;
      stamped = via.stamped(received, rport);
    } catch (error) {
      if (error instanceof SyntaxError) return false;
      throw error;
    }
    if (stamped === null) return true;
    const whole = this.valueAt(line);
    const start = this.#valueAt[line];
    const end = this.lineEnd(line) - 2;
    const value = " " + stamped + whole.slice(firstOfList(whole).length);
    this.head = this.head.slice(0, start) + value + this.head.slice(end);
    const delta = value.length - (end - start);
    for (let i = line + 1; i < this.#lineAt.length; i++) {
      this.#lineAt[i] += delta;
      this.#valueAt[i] += delta;
    }
    this.#end += delta;
    this.#via = via.withStamp(stamped);
    return true;
  }

  /** What the start line and the header lines of any message must satisfy; null when they do. */
  protected checkHeaders(limits: MessageLimits = this.#limits): Problem | null {
    if (this.#problem !== null) return this.#problem;
    if (this.ids.length > limits.headers) return badRequest(`More than ${limits.headers} header lines`);
    if (this.#longest > limits.header_length) {
      return badRequest(`Header line longer than ${limits.header_length} octets`);
    }
    if (this.#twins) return badRequest(`More than one ${this.#twin()}`);
    let name: HeaderName = "Via";
    try {
      if (this.#viaLine < 0) return badRequest("Via missing");
      void this.via;
      name = "From";
      if (this.#fromLine < 0) return badRequest("From missing");
      // A response says again what its request said, and nobody goes by its URIs.
      void (this.isRequest ? this.from.uri : this.from);
      name = "To";
      if (this.#toLine < 0) return badRequest("To missing");
      void (this.isRequest ? this.to.uri : this.to);
      name = "CSeq";
      if (this.#cseqLine < 0) return badRequest("CSeq missing");
      void this.cseq;
    } catch (error) {
      return headerProblem(name, error);
    }
    return this.#checkCallId() ?? this.#checkContentLength();
  }

  /** The first header that stands twice and may not. */
  #twin(): string {
    return this.nameAt(this.ids.findIndex((id, i) => SINGLE[id] !== 0 && this.ids.indexOf(id, i + 1) >= 0));
  }

  #checkCallId(): Problem | null {
    const id = this.callId;
    if (id === "") return badRequest(this.#callIdLine < 0 ? "Call-ID missing" : "Call-ID empty");
    for (let i = 0; i < id.length; i++) {
      const c = id.charCodeAt(i);
      if (c <= 32 || c === 127) return badRequest("Call-ID has a blank or control character");
    }
    return null;
  }

  #checkContentLength(): Problem | null {
    if (this.#contentLength === -2) return badRequest("Content-Length is not a number");
    if (this.#contentLength > this.body.length) return badRequest("Body shorter than Content-Length");
    return null;
  }
}

function idOf(name: HeaderName | HeaderId): HeaderId {
  return typeof name === "number" ? name : headerId(name);
}
