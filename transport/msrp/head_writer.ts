import type { Continuation, IncomingRequest, RequestHead } from "./frame.ts";

/** Bodies longer than this must be interruptible, and say so by an open end of their range (RFC 4975 §7.1.1). */
export const INTERRUPTIBLE_FROM = 2048;

const COMMENTS: Readonly<Record<number, string>> = {
  200: "OK",
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  408: "Timeout",
  413: "Message Too Large",
  415: "Unsupported Media Type",
  423: "Interval Out-of-Bounds",
  425: "Nickname Reserved",
  481: "Session Does Not Exist",
  501: "Unknown Method",
  506: "Session Already Bound",
};

/** The usual comment of a status; "" where there is none. */
export function commentOf(status: number): string {
  return COMMENTS[status] ?? "";
}

/**
 * Start line and header lines of a request, with the empty line where a body follows. `start` and `end` stand in for those of
 * the head: a chunk that goes on begins further on. Content-Type comes last (§7.1).
 */
export function requestHead(head: RequestHead, tid: string, start: number, end: number, hasBody: boolean): string {
  let text = `MSRP ${tid} ${head.method}\r\nTo-Path: ${head.toPath}\r\nFrom-Path: ${head.fromPath}\r\n`;
  if (head.messageId !== "") text += `Message-ID: ${head.messageId}\r\n`;
  if (head.successReport) text += "Success-Report: yes\r\n";
  if (head.failureReport !== "yes") text += `Failure-Report: ${head.failureReport}\r\n`;
  const { total } = head;
  if (hasBody || start !== 1 || end !== -1 || total !== -1) {
    text += `Byte-Range: ${start}-${end < 0 ? "*" : end}/${total < 0 ? "*" : total}\r\n`;
  }
  if (head.status !== 0) text += `Status: 000 ${statusText(head.status, head.statusText)}\r\n`;
  text += head.others;
  if (!hasBody) return text;
  return head.contentType === "" ? `${text}\r\n` : `${text}Content-Type: ${head.contentType}\r\n\r\n`;
}

/**
 * A whole response, its end-line included. That to a SEND goes back one hop; that to any other method goes all the way
 * (RFC 4975 §7.2).
 */
export function responseText(request: IncomingRequest, status: number, comment: string, others: string): string {
  const { tid, toPath, fromPath } = request;
  const to = request.method === "SEND" ? firstUri(fromPath) : fromPath;
  return `MSRP ${tid} ${statusText(status, comment)}\r\nTo-Path: ${to}\r\nFrom-Path: ${
    firstUri(toPath)
  }\r\n${others}-------${tid}$\r\n`;
}

/** The nearest hop of a path. */
export function firstUri(path: string): string {
  const blank = path.indexOf(" ");
  return blank < 0 ? path : path.slice(0, blank);
}

/** Octets of an end-line: 7 hyphens, the flag, CRLF, and the CRLF that stands before it where there is a body. */
export function endLineLength(tid: string, hasBody: boolean): number {
  return tid.length + (hasBody ? 12 : 10);
}

/** Writes an end-line; returns where it ends. */
export function writeEndLine(
  into: Uint8Array,
  at: number,
  tid: string,
  hasBody: boolean,
  continuation: Continuation,
): number {
  if (hasBody) {
    into[at++] = 0x0d;
    into[at++] = 0x0a;
  }
  for (let i = 0; i < 7; i++) into[at++] = 0x2d;
  for (let i = 0; i < tid.length; i++) into[at++] = tid.charCodeAt(i);
  into[at++] = continuation.charCodeAt(0);
  into[at++] = 0x0d;
  into[at++] = 0x0a;
  return at;
}

/** A comment is one line of text, whoever wrote it. */
function statusText(status: number, comment: string): string {
  const code = String(status).padStart(3, "0");
  if (comment === "") return code;
  return `${code} ${/[\x00-\x1f\x7f]/.test(comment) ? comment.replace(/[\x00-\x1f\x7f]+/g, " ") : comment}`;
}
