import { EMPTY } from "../../../foundation/mod.ts";
import type { FailureReport, IncomingRequest } from "../frame.ts";
import { headerIn } from "../parsed_request.ts";
import type { BodyBuffer } from "./body_buffer.ts";
import { ByteRanges } from "./byte_ranges.ts";
import { type IncomingMessage, type IncomingStream, LATER, type StreamSink } from "./session_user.ts";

/** What messages that come in ask of their session. */
export interface IncomingOwner {
  /** Its taker says afterwards what became of it. */
  told(message: Received, status: number, comment: string): void;
  refuse(message: UnderWay, status: number, comment: string): void;
  pause(message: UnderWay): void;
  resume(message: UnderWay): void;
}

/** A message as its taker sees it: whole. */
export class Received implements IncomingMessage {
  readonly owner: IncomingOwner;
  readonly messageId: string;
  readonly contentType: string;
  readonly successReport: boolean;
  readonly failureReport: FailureReport;
  readonly fromPath: string;
  readonly others: string;
  /** Octets it has; of one under way those it will have, -1 while that is not known. */
  size: number;
  body: Uint8Array;
  /** 200, the status it was refused with, or LATER. */
  status = LATER;

  constructor(owner: IncomingOwner, request: IncomingRequest, size: number, body: Uint8Array) {
    this.owner = owner;
    this.messageId = request.messageId;
    this.contentType = request.contentType;
    this.successReport = request.successReport;
    this.failureReport = request.failureReport;
    this.fromPath = request.fromPath;
    this.others = request.others;
    this.size = size;
    this.body = body;
  }

  header(name: string): string | undefined {
    return headerIn(this.others, name);
  }

  report(status: number, comment = ""): void {
    if (this.status === LATER && status !== LATER) this.owner.told(this, status, comment);
  }
}

/** A message of which some octets are still to come. */
export class UnderWay extends Received implements IncomingStream {
  readonly ranges = new ByteRanges();
  /** One of the two takes the octets. */
  buffer: BodyBuffer | null = null;
  sink: StreamSink | null = null;
  /** The chunk marked `$` has come: `size` is what it says. */
  ended = false;
  /** It was refused, or is there as a whole: what still comes of it is not looked at. */
  over = false;
  /** Octets from the first one on that have been reported. */
  reported = 0;
  /** When something of it came last, monotonic. */
  active: number;

  constructor(owner: IncomingOwner, request: IncomingRequest, now: number) {
    super(owner, request, request.total, EMPTY);
    this.active = now;
  }

  get total(): number {
    return this.size;
  }
  get received(): number {
    return this.ranges.octets;
  }
  get complete(): boolean {
    return this.ended && this.ranges.covers(0, this.size);
  }

  pause(): void {
    if (!this.over) this.owner.pause(this);
  }
  resume(): void {
    this.owner.resume(this);
  }
  refuse(status: number, comment = ""): void {
    if (!this.over) this.owner.refuse(this, status, comment);
  }
}
