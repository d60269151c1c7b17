import type { Connection } from "../connection.ts";
import type { Continuation, FailureReport, RequestHead } from "../frame.ts";
import type { KeptMessage } from "./kept_message.ts";

/** Where requests of one direction go on, and where reports about them go back to. Paths as in a head. */
export interface Route {
  readonly source: Connection;
  readonly destination: Connection;
  /** The paths of what is passed on. */
  readonly toPath: string;
  readonly fromPath: string;
  /** To-Path and From-Path of a failure REPORT of ours to the sender. */
  readonly reportTo: string;
  readonly reportFrom: string;
}

/** The head of a chunk as it goes on, and what its hop response is matched with. One object for each chunk that is passed. */
export class Forwarded implements RequestHead {
  readonly method: string;
  readonly toPath: string;
  readonly fromPath: string;
  readonly messageId: string;
  readonly start: number;
  end: number;
  readonly total: number;
  readonly successReport: boolean;
  readonly failureReport: FailureReport;
  readonly status: number;
  readonly statusText: string;
  readonly contentType: string;
  readonly others: string;

  readonly route: Route;
  /** As the sender counts: where its chunk began, how many octets have come, its total. */
  readonly sentStart: number;
  readonly sentTotal: number;
  octets = 0;
  /** Null while the chunk is under way. */
  continuation: Continuation | null = null;
  /** The sender has been told that it failed. */
  reported = false;
  /** It ends a message that is not kept, and what the receiver says of it is waited for. */
  awaited = false;
  /** Its message, where that is kept until it has arrived. */
  kept: KeptMessage | null = null;

  /** `shift`: what a rewriting adds to each position; `contentType` and `others`: "" takes those of the request. */
  constructor(route: Route, from: RequestHead, shift = 0, start = from.start + shift, contentType = from.contentType) {
    this.method = from.method;
    this.toPath = route.toPath;
    this.fromPath = route.fromPath;
    this.messageId = from.messageId;
    this.start = start;
    this.end = from.end < 0 ? -1 : from.end + shift;
    this.total = from.total < 0 ? -1 : from.total + shift;
    this.successReport = from.successReport;
    this.failureReport = from.failureReport;
    this.status = from.status;
    this.statusText = from.statusText;
    this.contentType = contentType;
    this.others = from.others;
    this.route = route;
    this.sentStart = from.start;
    this.sentTotal = from.total;
  }

  /** Other chunks of the message came before it, or are still to come. */
  get partOfMore(): boolean {
    return this.sentStart > 1 || this.continuation !== "$";
  }
}

/** The parts of a head that vary; everything else as in a request without body. */
export function plainHead(
  parts: Partial<RequestHead> & Pick<RequestHead, "method" | "toPath" | "fromPath">,
): RequestHead {
  return {
    method: parts.method,
    toPath: parts.toPath,
    fromPath: parts.fromPath,
    messageId: parts.messageId ?? "",
    start: parts.start ?? 1,
    end: parts.end ?? -1,
    total: parts.total ?? -1,
    successReport: parts.successReport ?? false,
    failureReport: parts.failureReport ?? "yes",
    status: parts.status ?? 0,
    statusText: parts.statusText ?? "",
    contentType: parts.contentType ?? "",
    others: parts.others ?? "",
  };
}
