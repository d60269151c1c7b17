import { EMPTY } from "../../foundation/mod.ts";
import { headerId, type HeaderName, headerName } from "./header_names.ts";
import { type CSeq, parseCSeq } from "./cseq_header.ts";
import { type NameAddr, parseNameAddr } from "./name_addr.ts";
import { parseVia, type Via } from "./via_header.ts";

/** What a request lacks or has wrong: the answer it gets, with a reason a person can read. */
export interface Problem {
  readonly status: number;
  readonly reason: string;
}

/** How much of a message Parley takes. Configuration; the defaults are those of `parley.toml`. */
export interface MessageLimits {
  /** Header lines in one message. */
  readonly headers: number;
  /** Octets of one header line, folding included. */
  readonly header_length: number;
  /** Octets of a whole message. */
  readonly message: number;
}

export const DEFAULT_LIMITS: MessageLimits = { headers: 128, header_length: 8192, message: 65_535 };

/** Thrown when not even the start line can be read, so that no answer is possible. */
export class StartLineError extends SyntaxError {
  constructor(why: string) {
    super(why);
    this.name = "StartLineError";
  }
}

const CR = 13, SP = 32, HTAB = 9, COLON = 58;

/**
 * A SIP message (RFC 3261 §7) over its own octets. `head` is the start line, the headers and the empty line, one character
 * an octet (latin1), so foreign octets go through unchanged. Header lines are indexed once; a value is only cut out and
 * parsed when somebody asks. Messages are immutable, but for the stamp that a receiver must put on the top Via.
 */
export abstract class SipMessage {
  head: string;
  readonly body: Uint8Array;
  /** One entry for each header line: its number (0: not in the table), where the line and where its value begins. */
  readonly ids: number[] = [];
  readonly #lineAt: number[] = [];
  readonly #valueAt: number[] = [];
  /** Where the empty line begins. */
  #end = 0;
  #malformed: string | null = null;
  #via: Via | null = null;
  #from: NameAddr | null = null;
  #to: NameAddr | null = null;
  #cseq: CSeq | null = null;
  #callId: string | null = null;

  constructor(head: string, body: Uint8Array) {
    this.head = head;
    this.body = body;
    this.#index();
  }

  #index(): void {
    const head = this.head;
    let at = head.indexOf("\r\n") + 2;
    const length = head.length;
    while (at < length) {
      const first = head.charCodeAt(at);
      if (first === CR) break;
      let end = head.indexOf("\r\n", at);
      if (end < 0) end = length;
      // A line that begins with a blank continues the one before (RFC 3261 §7.3.1).
      for (let next = head.charCodeAt(end + 2); next === SP || next === HTAB; next = head.charCodeAt(end + 2)) {
        const more = head.indexOf("\r\n", end + 2);
        if (more < 0) {
          end = length;
          break;
        }
        end = more;
      }
      let colon = at;
      let code = first;
      while (code !== COLON && colon < end) code = head.charCodeAt(++colon);
      if (colon >= end || colon === at) {
        this.#malformed ??= "Header line without a name";
        at = end + 2;
        continue;
      }
      let nameEnd = colon;
      while (nameEnd > at && (code = head.charCodeAt(nameEnd - 1), code === SP || code === HTAB)) nameEnd--;
      this.ids.push(headerId(head.slice(at, nameEnd)));
      this.#lineAt.push(at);
      this.#valueAt.push(colon + 1);
      at = end + 2;
    }
    this.#end = Math.min(at, length);
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
    return this.head.slice(this.#lineAt[i], this.#valueAt[i] - 1).trimEnd();
  }

  /** The value of line `i`, trimmed and unfolded. */
  valueAt(i: number): string {
    const raw = this.head.slice(this.#valueAt[i], this.lineEnd(i) - 2);
    return raw.includes("\r\n") ? raw.replace(/[ \t]*\r\n[ \t]+/g, " ").trim() : raw.trim();
  }

  /** The first line of a header, or -1. */
  indexOf(name: HeaderName): number {
    return this.ids.indexOf(headerId(name));
  }

  has(name: HeaderName): boolean {
    return this.ids.includes(headerId(name));
  }

  /** The first line's value of a header; undefined when there is none. */
  get(name: HeaderName): string | undefined {
    const i = this.ids.indexOf(headerId(name));
    return i < 0 ? undefined : this.valueAt(i);
  }

  /** Every line's value of a header, in order. */
  getAll(name: HeaderName): string[] {
    const id = headerId(name);
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
  list(name: HeaderName): string[] {
    const id = headerId(name);
    const values: string[] = [];
    for (let i = 0; i < this.ids.length; i++) {
      if (this.ids[i] === id) splitList(this.valueAt(i), values);
    }
    return values;
  }

  /** True when a list of tokens such as Require or Supported names `token`. */
  lists(name: HeaderName, token: string): boolean {
    if (!this.has(name)) return false;
    return this.list(name).some((value) => value.toLowerCase() === token);
  }

  /** The topmost Via value. Throws SyntaxError where `check` would have said so. */
  get via(): Via {
    return this.#via ??= parseVia(firstOfList(this.get("Via") ?? ""));
  }
  get from(): NameAddr {
    return this.#from ??= parseNameAddr(this.get("From") ?? "");
  }
  get to(): NameAddr {
    return this.#to ??= parseNameAddr(this.get("To") ?? "");
  }
  get cseq(): CSeq {
    return this.#cseq ??= parseCSeq(this.get("CSeq") ?? "");
  }
  get callId(): string {
    return this.#callId ??= this.get("Call-ID") ?? "";
  }

  /**
   * Puts `received` and `rport` on the top Via (RFC 3261 §18.2.1, RFC 3581 §4), in this message's own head: whoever answers
   * or forwards it carries the stamp on without knowing.
   */
  stampVia(received: string, rport: number): void {
    const line = this.indexOf("Via");
    const stamped = this.via.stamped(received, rport);
    if (stamped === null) return;
    const whole = this.valueAt(line);
    const rest = whole.slice(firstOfList(whole).length);
    const start = this.#valueAt[line];
    const end = this.lineEnd(line) - 2;
    const value = " " + stamped + rest;
    this.head = this.head.slice(0, start) + value + this.head.slice(end);
    const delta = value.length - (end - start);
    for (let i = line + 1; i < this.#lineAt.length; i++) {
      this.#lineAt[i] += delta;
      this.#valueAt[i] += delta;
    }
    this.#end += delta;
    this.#via = null;
  }

  /** What the header lines of any message must satisfy; null when they do. */
  protected checkHeaders(limits: MessageLimits): Problem | null {
    if (this.#malformed !== null) return bad(this.#malformed);
    if (this.ids.length > limits.headers) return bad(`More than ${limits.headers} header lines`);
    for (let i = 0; i < this.ids.length; i++) {
      if (this.lineEnd(i) - this.#lineAt[i] > limits.header_length) {
        return bad(`Header line longer than ${limits.header_length} octets`);
      }
    }
    for (const name of SINGLE) {
      const first = this.indexOf(name);
      if (first < 0) {
        if (name !== "Max-Forwards" && name !== "Content-Length") return bad(`${name} missing`);
      } else if (this.ids.indexOf(headerId(name), first + 1) >= 0) {
        return bad(`More than one ${name}`);
      }
    }
    try {
      if (!this.has("Via")) return bad("Via missing");
      void this.via;
    } catch (error) {
      return bad(syntax(error, "Via"));
    }
    try {
      void this.from;
    } catch (error) {
      return bad(syntax(error, "From"));
    }
    try {
      void this.to;
    } catch (error) {
      return bad(syntax(error, "To"));
    }
    try {
      void this.cseq;
    } catch (error) {
      return bad(syntax(error, "CSeq"));
    }
    if (this.callId === "") return bad("Call-ID empty");
    const length = this.get("Content-Length");
    if (length !== undefined) {
      if (!/^[0-9]{1,10}$/.test(length)) return bad("Content-Length is not a number");
      if (Number(length) > this.body.length) return bad("Body shorter than Content-Length");
    }
    return null;
  }
}

const SINGLE: readonly HeaderName[] = ["From", "To", "Call-ID", "CSeq", "Max-Forwards", "Content-Length"];

function bad(reason: string): Problem {
  return { status: 400, reason };
}

function syntax(error: unknown, name: string): string {
  if (!(error instanceof SyntaxError)) throw error;
  return `${name} malformed: ${error.message.replace(/[^\x20-\x7e]/g, "?").slice(0, 120)}`;
}

export class SipRequest extends SipMessage {
  readonly isRequest = true as const;
  readonly method: string;
  /** The Request-URI as written. */
  readonly uri: string;

  constructor(head: string, body: Uint8Array, method: string, uri: string) {
    super(head, body);
    this.method = method;
    this.uri = uri;
  }

  /** Null when the request can be worked on; else the answer it deserves. */
  check(limits: MessageLimits): Problem | null {
    const problem = this.checkHeaders(limits);
    if (problem !== null) return problem;
    if (this.cseq.method !== this.method) return bad("CSeq names another method");
    const hops = this.get("Max-Forwards");
    if (hops !== undefined && (!/^[0-9]{1,3}$/.test(hops) || Number(hops) > 255)) {
      return bad("Max-Forwards is not 0 to 255");
    }
    return null;
  }
}

export class SipResponse extends SipMessage {
  readonly isRequest = false as const;
  readonly status: number;
  readonly reason: string;

  constructor(head: string, body: Uint8Array, status: number, reason: string) {
    super(head, body);
    this.status = status;
    this.reason = reason;
  }

  /** Null when the response can be worked on; else why it is dropped. */
  check(limits: MessageLimits): Problem | null {
    return this.checkHeaders(limits);
  }
}

const REQUEST_LINE = /^([A-Za-z0-9\-.!%*_+`'~]+) (\S+) SIP\/([0-9]+)\.([0-9]+)\r\n/;
const STATUS_LINE = /^SIP\/2\.0 ([1-6][0-9][0-9]) ([^\r\n]*)\r\n/i;

/**
 * Reads a message whose head (through the empty line) and body have been told apart. The result may still have a
 * `check` problem; only a start line that cannot be read throws `StartLineError`.
 */
export function parseMessage(head: string, body: Uint8Array = EMPTY): SipRequest | SipResponse {
  if (head.startsWith("SIP/")) {
    const status = STATUS_LINE.exec(head);
    if (status === null) throw new StartLineError("not a SIP/2.0 status line");
    return new SipResponse(head, body, Number(status[1]), status[2]);
  }
  const request = REQUEST_LINE.exec(head);
  if (request === null) throw new StartLineError("not a SIP request line");
  return new SipRequest(head, body, request[1], request[2]);
}

/** The first comma-separated value of a list, as written. */
export function firstOfList(text: string): string {
  const end = listEnd(text, 0);
  return end === text.length ? text : text.slice(0, end).trimEnd();
}

/** Appends the comma-separated values of `text`, trimmed, to `into`; empty ones are left out. */
export function splitList(text: string, into: string[]): void {
  for (let at = 0; at <= text.length;) {
    const end = listEnd(text, at);
    const value = text.slice(at, end).trim();
    if (value !== "") into.push(value);
    at = end + 1;
  }
}

/** Where the list value that begins at `at` ends: a comma outside quotes and angle brackets, or the end. */
function listEnd(text: string, at: number): number {
  if (text.indexOf(",", at) < 0) return text.length;
  let quoted = false;
  let angle = false;
  for (let i = at; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (quoted) {
      if (c === 92) i++;
      else if (c === 34) quoted = false;
    } else if (c === 34) quoted = true;
    else if (c === 60) angle = true;
    else if (c === 62) angle = false;
    else if (c === 44 && !angle) return i;
  }
  return text.length;
}

/** `Name: value` and its CRLF. */
export function headerLine(name: HeaderName, value: string): string {
  return name + ": " + value + "\r\n";
}

export { headerId, headerName };
