import type { FailureReport, IncomingRequest } from "./frame.ts";

/**
 * The value of a header among lines that each end with CRLF, the name in any case; undefined where it is not there. Of several
 * lines with that name the first.
 */
export function headerIn(lines: string, name: string): string | undefined {
  const wanted = name.toLowerCase();
  for (let at = 0; at < lines.length;) {
    const end = lines.indexOf("\r\n", at);
    const stop = end < 0 ? lines.length : end;
    const colon = lines.indexOf(":", at);
    if (colon > at && colon < stop && colon - at === wanted.length && lines.slice(at, colon).toLowerCase() === wanted) {
      return lines.slice(colon + 1, stop).trim();
    }
    at = stop + 2;
  }
  return undefined;
}

/** The fields of a request's head; what is left out has the value that an absent header has. */
export interface HeadFields {
  tid: string;
  method: string;
  toPath: string;
  fromPath: string;
  messageId: string;
  start: number;
  end: number;
  total: number;
  successReport: boolean;
  failureReport: FailureReport;
  status: number;
  statusText: string;
  contentType: string;
  others: string;
}

/** A request as the parser read it. */
export class ParsedRequest implements IncomingRequest {
  readonly tid: string;
  readonly method: string;
  readonly toPath: string;
  readonly fromPath: string;
  readonly messageId: string;
  readonly start: number;
  readonly end: number;
  readonly total: number;
  readonly successReport: boolean;
  readonly failureReport: FailureReport;
  readonly status: number;
  readonly statusText: string;
  readonly contentType: string;
  readonly others: string;

  constructor(fields: Readonly<HeadFields>) {
    this.tid = fields.tid;
    this.method = fields.method;
    this.toPath = fields.toPath;
    this.fromPath = fields.fromPath;
    this.messageId = fields.messageId;
    this.start = fields.start;
    this.end = fields.end;
    this.total = fields.total;
    this.successReport = fields.successReport;
    this.failureReport = fields.failureReport;
    this.status = fields.status;
    this.statusText = fields.statusText;
    this.contentType = fields.contentType;
    this.others = fields.others;
  }

  header(name: string): string | undefined {
    return headerIn(this.others, name);
  }
}
