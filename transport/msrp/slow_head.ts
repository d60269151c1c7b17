import type { Continuation } from "./frame.ts";
import {
  isCleanValue,
  isMessageId,
  isMethod,
  isPath,
  isTid,
  parseByteRange,
  parseStatus,
  trimmed,
  urisIn,
} from "./head_grammar.ts";
import { type HeadFields, ParsedRequest } from "./parsed_request.ts";

/** What a peer may send. Configuration. */
export interface FrameLimits {
  /** Octets of a head: start line, header lines and what ends them. */
  readonly head: number;
  /** Header lines. */
  readonly lines: number;
  /** URIs in one path. */
  readonly uris: number;
  /** Octets in the body of a request that is no SEND (RFC 4975 §7.1). */
  readonly otherBody: number;
}

export const DEFAULT_FRAME_LIMITS: FrameLimits = { head: 16_384, lines: 64, uris: 16, otherBody: 10_240 };

/** Where a head that was read goes. */
export interface HeadTarget extends HeadFields {
  hasBody: boolean;
  continuation: Continuation;
  reason: string;
}

/**
 * `request` and `response`: all is well. `bad`: a header breaks the rules, but the frame's end can be found, and the paths for
 * an answer are there. `broken`: nobody can say where the next frame begins, or who asked.
 */
export type SlowResult = "request" | "response" | "bad" | "broken";

const ENDING = /^-------([^\r\n]*)([$+#])$/;
// Header names are tokens (§9), compared without regard to case.
const NAME = /^([A-Za-z][!#-'*+\-.0-9A-Z^-~]*):/;

/** Reads any head line by line. `head` ends with its empty line or end-line. */
export function readSlowly(head: string, limits: FrameLimits, into: HeadTarget): SlowResult {
  const broken = (reason: string): SlowResult => {
    into.reason = reason;
    return "broken";
  };
  const lines = head.split("\r\n");
  lines.pop();
  const last = lines.pop()!;
  const start = readStartLine(lines.shift() ?? "", into);
  if (start !== "") return broken(start);
  for (const line of lines) if (/[\r\n]/.test(line)) return broken("a CR or LF that ends no line");
  if (lines.length > limits.lines) return broken(`more than ${limits.lines} header lines`);
  into.hasBody = last === "";
  if (!into.hasBody) {
    const found = ENDING.exec(last);
    if (found === null || found[1] !== into.tid) return broken("an end-line that does not belong to its start line");
    into.continuation = found[2] as Continuation;
  } else if (into.method === "") return broken("a response with a body");
  const fault = readLines(lines, limits, into);
  if (into.toPath === "" || into.fromPath === "") return broken(fault === "" ? "a frame without its paths" : fault);
  if (fault !== "") {
    into.reason = fault;
    return into.method === "" ? "broken" : "bad";
  }
  return into.method === "" ? "response" : "request";
}

/** Sets tid, and method or status; returns what is wrong, or "". */
function readStartLine(line: string, into: HeadTarget): string {
  if (!line.startsWith("MSRP ")) return "a start line that does not begin with MSRP";
  const end = line.indexOf(" ", 5);
  if (!isTid(line, 5, end)) return "a start line without a transaction id";
  into.tid = line.slice(5, end);
  into.method = into.statusText = "";
  into.status = 0;
  const rest = line.slice(end + 1);
  if (isMethod(rest)) {
    into.method = rest;
    return "";
  }
  const found = /^[0-9]{3}(?: |$)/.test(rest);
  const comment = found ? trimmed(rest, 3, rest.length) : "";
  if (!found || !isCleanValue(comment)) return "a start line with neither a method nor a status";
  into.status = Number(rest.slice(0, 3));
  into.statusText = comment;
  return "";
}

/** Reads every line, so that an answer has its paths also where another line is wrong. Returns the first fault, or "". */
function readLines(lines: readonly string[], limits: FrameLimits, into: HeadTarget): string {
  into.toPath =
    into.fromPath =
    into.messageId =
    into.contentType =
    into.others =
      "";
  into.start = 1;
  into.end = into.total = -1;
  into.successReport = false;
  into.failureReport = "yes";
  const seen = new Set<string>();
  let fault = "";
  for (const line of lines) {
    const found = NAME.exec(line);
    const value = found === null ? "" : trimmed(line, found[0].length, line.length);
    if (found === null || !isCleanValue(value)) {
      fault ||= "a line that is no header";
      continue;
    }
    const name = found[1].toLowerCase();
    if (into.method === "" && name !== "to-path" && name !== "from-path") {
      into.others += `${line}\r\n`;
      continue;
    }
    const problem = readLine(name, value, line, limits, into);
    if (problem === null) continue;
    if (problem !== "") fault ||= problem;
    else if (seen.has(name)) fault ||= `${found[1]} twice`;
    else seen.add(name);
  }
  return fault;
}

/** Returns "" for a header that may be there once, null for any other, or what is wrong with it. */
function readLine(name: string, value: string, line: string, limits: FrameLimits, into: HeadTarget): string | null {
  switch (name) {
    case "to-path":
    case "from-path": {
      const path = value.replace(/[ \t]+/g, " ");
      if (!isPath(path)) return `${name} with something that is no URI`;
      if (urisIn(path) > limits.uris) return `more than ${limits.uris} URIs in ${name}`;
      if (name === "to-path") into.toPath ||= path;
      else into.fromPath ||= path;
      return "";
    }
    case "message-id":
      if (!isMessageId(value)) return "a Message-ID that cannot be one";
      into.messageId = value;
      return "";
    case "byte-range": {
      const range = parseByteRange(value);
      if (range === null) return "a Byte-Range that cannot be one";
      into.start = range.start;
      into.end = range.end;
      into.total = range.total;
      return "";
    }
    case "success-report": {
      const text = value.toLowerCase();
      if (text !== "yes" && text !== "no") return "a Success-Report that is neither yes nor no";
      into.successReport = text === "yes";
      return "";
    }
    case "failure-report": {
      const text = value.toLowerCase();
      if (text !== "yes" && text !== "no" && text !== "partial") {
        return "a Failure-Report that is not yes, no or partial";
      }
      into.failureReport = text;
      return "";
    }
    case "status": {
      const status = parseStatus(value);
      if (status === null) return "a Status that cannot be one";
      if (status.namespace === "000") {
        into.status = status.status;
        into.statusText = status.comment;
      } else into.others += `${line}\r\n`;
      return "";
    }
    case "content-type":
      if (value === "") return "a Content-Type without a value";
      into.contentType = value;
      return "";
    default:
      into.others += `${line}\r\n`;
      return null;
  }
}

/**
 * What an answer to a head that cannot be read needs, where it is there: transaction id and paths. Null for a response, a
 * REPORT (never answered), and where one of the three is missing.
 */
export function salvage(head: string): ParsedRequest | null {
  const start = /^MSRP ([^ \r\n]{1,32}) ([A-Z]{1,32})\r\n/.exec(head);
  const to = salvagedLine(/\r\nTo-Path:([^\r\n]*)\r\n/i, head);
  const from = salvagedLine(/\r\nFrom-Path:([^\r\n]*)\r\n/i, head);
  if (start === null || !isTid(start[1], 0, start[1].length) || to === undefined || from === undefined) return null;
  if (start[2] === "REPORT" || !isPath(to) || !isPath(from)) return null;
  return new ParsedRequest({
    tid: start[1],
    method: start[2],
    toPath: to,
    fromPath: from,
    messageId: "",
    start: 1,
    end: -1,
    total: -1,
    successReport: false,
    failureReport: salvagedLine(/\r\nFailure-Report:([^\r\n]*)\r\n/i, head)?.toLowerCase() === "no" ? "no" : "yes",
    status: 0,
    statusText: "",
    contentType: "",
    others: "",
  });
}

function salvagedLine(line: RegExp, head: string): string | undefined {
  const value = line.exec(head)?.[1];
  return value === undefined ? undefined : trimmed(value, 0, value.length);
}
