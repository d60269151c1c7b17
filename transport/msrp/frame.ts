/** What stands behind the transaction id in the end-line (RFC 4975 §7.1): last chunk, more to come, given up. */
export type Continuation = "$" | "+" | "#";

/** The header of that name; without it `yes`. */
export type FailureReport = "yes" | "no" | "partial";

/**
 * A request's head as end points and relays look at it (RFC 4975 §7, §9). Paths are as on the wire: URIs with single blanks
 * between them, the nearest hop first. Text is latin1, one character for each octet.
 */
export interface RequestHead {
  /** SEND, REPORT, AUTH (RFC 4976), NICKNAME (RFC 7701), or whatever else came. */
  readonly method: string;
  readonly toPath: string;
  readonly fromPath: string;
  /** "" where there is none. */
  readonly messageId: string;
  /** Byte-Range, the first octet is 1; `end` and `total` are -1 for `*`. Without the header: 1, -1, -1. */
  readonly start: number;
  readonly end: number;
  readonly total: number;
  readonly successReport: boolean;
  readonly failureReport: FailureReport;
  /** Of a REPORT: the code of Status in namespace 000 and the text behind it; else 0 and "". */
  readonly status: number;
  readonly statusText: string;
  /** "" where there is no body. */
  readonly contentType: string;
  /** All further header lines in order, each with its CRLF (Content-Disposition, Use-Path, Authorization …); "" for none. */
  readonly others: string;
}

/** A request that came in. Holds no slice of the read buffer. */
export interface IncomingRequest extends RequestHead {
  readonly tid: string;
  /** A header among `others`, the name in any case; undefined where it is not there. */
  header(name: string): string | undefined;
}
