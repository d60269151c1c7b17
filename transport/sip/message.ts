import { EMPTY } from "../../foundation/mod.ts";
import { digits, isBlank, tokenEnd, trimmed } from "./grammar.ts";
import { headerId, type HeaderName, headerName } from "./header_names.ts";
import { firstOfList, splitList } from "./lists.ts";
import { methodAt } from "./method.ts";
import { badRequest, DEFAULT_LIMITS, headerProblem, type MessageLimits, type Problem } from "./problem.ts";
import { SipMessage } from "./sip_message.ts";
import { parseUri, type Uri } from "./uri.ts";

export { DEFAULT_LIMITS, firstOfList, headerId, headerName, type MessageLimits, type Problem, SipMessage, splitList };

/** Thrown when not even the start line can be read, so that no answer is possible. */
export class StartLineError extends SyntaxError {
  constructor(why: string) {
    super(why);
    this.name = "StartLineError";
  }
}

const NONE = -1;

export class SipRequest extends SipMessage {
  readonly isRequest = true as const;
  readonly method: string;
  /** The Request-URI as written. */
  readonly uri: string;
  #requestUri: Uri | null = null;

  constructor(
    head: string,
    body: Uint8Array,
    method: string,
    uri: string,
    headersAt = head.indexOf("\r\n") + 2,
    limits: MessageLimits = DEFAULT_LIMITS,
    problem: Problem | null = null,
  ) {
    super(head, body, headersAt, limits, problem);
    this.method = method;
    this.uri = uri;
  }

  /** The Request-URI; throws UriSyntaxError only where `check` would have said so. */
  get requestUri(): Uri {
    return this.#requestUri ??= parseUri(this.uri);
  }

  /** Null when the request can be worked on; else the answer it deserves. `limits`: those `parseMessage` was given. */
  check(limits?: MessageLimits): Problem | null {
    const problem = this.checkHeaders(limits);
    if (problem !== null) return problem;
    try {
      // Headers in a Request-URI are for whoever dials it, not for the wire (RFC 3261 §19.1.1).
      if (this.requestUri.headers !== "") return badRequest("Request-URI with header fields");
    } catch (error) {
      return headerProblem("Request-URI", error);
    }
    if (this.cseq.method !== this.method) return badRequest("CSeq names another method");
    if (this.maxForwards === -2) return badRequest("Max-Forwards is not 0 to 255");
    return null;
  }
}

export class SipResponse extends SipMessage {
  readonly isRequest = false as const;
  readonly status: number;
  readonly reason: string;

  constructor(
    head: string,
    body: Uint8Array,
    status: number,
    reason: string,
    headersAt = head.indexOf("\r\n") + 2,
    limits: MessageLimits = DEFAULT_LIMITS,
    problem: Problem | null = null,
  ) {
    super(head, body, headersAt, limits, problem);
    this.status = status;
    this.reason = reason;
  }

  /** Null when the response can be worked on; else why it is dropped. */
  check(limits?: MessageLimits): Problem | null {
    return this.checkHeaders(limits);
  }
}

const REQUEST_VERSION = /[ \t]SIP\/([0-9]{1,9})\.([0-9]{1,9})([ \t]*)$/i;

/**
 * Reads a message whose head (through the empty line) and body have been told apart. The result may still have a
 * `check` problem (a request of another SIP version has 505 there); only a start line that is none throws
 * `StartLineError`. `limits` bound the work: no more header lines than that are indexed.
 */
export function parseMessage(
  head: string,
  body: Uint8Array = EMPTY,
  limits: MessageLimits = DEFAULT_LIMITS,
): SipRequest | SipResponse {
  const lineEnd = head.indexOf("\r\n");
  if (lineEnd < 0) throw new StartLineError("no CRLF");
  if ((head.charCodeAt(0) | 32) === 115 && (head.startsWith("SIP/") || /^SIP\//i.test(head))) {
    return parseResponse(head, body, lineEnd, limits);
  }
  const methodEnd = tokenEnd(head, 0);
  if (methodEnd === 0 || head.charCodeAt(methodEnd) !== 32) throw new StartLineError("no method");
  const method = methodAt(head, 0, methodEnd);
  const uriEnd = head.indexOf(" ", methodEnd + 1);
  if (uriEnd > methodEnd + 1 && uriEnd + 8 === lineEnd && head.startsWith("SIP/2.0", uriEnd + 1)) {
    const uri = head.slice(methodEnd + 1, uriEnd);
    const problem = lineEnd > limits.header_length ? tooLong(limits) : null;
    return new SipRequest(head, body, method, uri, lineEnd + 2, limits, problem);
  }
  return parseOddRequest(head, body, method, lineEnd, limits);
}

/** A request line that is not by the book, but is one: so that it gets its answer. */
function parseOddRequest(
  head: string,
  body: Uint8Array,
  method: string,
  lineEnd: number,
  limits: MessageLimits,
): SipRequest {
  // The version is at the end, and short: nothing is searched for in a long line.
  const tailAt = Math.max(method.length, lineEnd - 64);
  const version = REQUEST_VERSION.exec(head.slice(tailAt, lineEnd));
  if (version === null) throw new StartLineError("no SIP version");
  const uri = trimmed(head, method.length, tailAt + version.index);
  let problem: Problem | null = null;
  if (Number(version[1]) !== 2 || Number(version[2]) !== 0) {
    problem = { status: 505, reason: "Version Not Supported" };
  } else if (lineEnd > limits.header_length) problem = tooLong(limits);
  else if (version[3] !== "") problem = badRequest("Blanks at the end of the request line");
  else if (uri === "") problem = badRequest("Request-URI missing");
  // One blank, the URI, one blank; the URI itself is looked at by `check`.
  else if (method.length + 1 + uri.length !== tailAt + version.index || isBlank(head.charCodeAt(method.length + 1))) {
    problem = badRequest("More than one blank between the parts of the request line");
  }
  return new SipRequest(head, body, method, uri, lineEnd + 2, limits, problem);
}

function parseResponse(head: string, body: Uint8Array, lineEnd: number, limits: MessageLimits): SipResponse {
  // "SIP/2.0 200 OK"; without a phrase the blank behind the code is often forgotten.
  const status = head.charCodeAt(7) === 32 ? digits(head, 8, 11, 699) : NONE;
  if (
    !(head.startsWith("SIP/2.0") || /^SIP\/2\.0/i.test(head)) || status < 100 || lineEnd < 11 ||
    (lineEnd > 11 && head.charCodeAt(11) !== 32)
  ) {
    throw new StartLineError("not a SIP/2.0 status line");
  }
  const problem = lineEnd > limits.header_length ? badRequest("Reason phrase too long") : null;
  return new SipResponse(head, body, status, head.slice(12, Math.max(12, lineEnd)), lineEnd + 2, limits, problem);
}

function tooLong(limits: MessageLimits): Problem {
  return { status: 414, reason: `Request-URI longer than ${limits.header_length} octets` };
}

/** `Name: value` and its CRLF. */
export function headerLine(name: HeaderName, value: string): string {
  return name + ": " + value + "\r\n";
}
