import { concatBytes } from "../../../../foundation/mod.ts";
import type { Connection, MsrpTransport, OutgoingChunk, ResponseUser, Room, RoomWaiter } from "../../connection.ts";
import type { Continuation, IncomingRequest, RequestHead } from "../../frame.ts";
import { ParsedRequest } from "../../parsed_request.ts";

/** What was sent on a fake connection: a whole chunk, or one in pieces that has come so far. */
export interface SentChunk {
  readonly head: RequestHead;
  body: Uint8Array;
  continuation: Continuation | null;
  readonly user: ResponseUser | null;
  readonly context: unknown;
  readonly inPieces: boolean;
}

/** A connection that keeps what it is told. For tests only. */
export class FakeConnection implements Connection {
  readonly id = 1;
  readonly transport: MsrpTransport = "memory";
  readonly secure = false;
  readonly inbound = true;
  readonly local = { host: "192.0.2.9", port: 2855 };
  readonly remote = { host: "192.0.2.1", port: 40_000 };
  readonly peerNames: readonly string[] = [];
  open = true;
  readAt = 0;
  full = false;
  queued = 0;
  readonly sent: SentChunk[] = [];
  readonly answers: { tid: string; status: number; comment?: string; headers?: string }[] = [];
  readonly heldFor: Room[] = [];
  readonly waiters: RoomWaiter[] = [];

  hasFingerprint(): boolean {
    return false;
  }
  send(
    head: RequestHead,
    body: Uint8Array,
    continuation: Continuation,
    user: ResponseUser | null,
    context?: unknown,
  ): boolean {
    if (!this.open) return false;
    this.sent.push({ head, body: body.slice(), continuation, user, context, inPieces: false });
    return true;
  }
  begin(head: RequestHead, user: ResponseUser | null, context?: unknown): OutgoingChunk | null {
    if (!this.open) return null;
    const chunk: SentChunk = { head, body: new Uint8Array(), continuation: null, user, context, inPieces: true };
    this.sent.push(chunk);
    return {
      write: (octets) => {
        chunk.body = concatBytes([chunk.body, octets]);
      },
      finish: (continuation) => {
        chunk.continuation = continuation;
      },
    };
  }
  respond({ tid }: IncomingRequest, status: number, comment?: string, headers?: string): void {
    this.answers.push({ tid, status, comment, headers });
  }
  holdFor(other: Room): void {
    this.heldFor.push(other);
  }
  whenRoom(waiter: RoomWaiter): void {
    this.waiters.push(waiter);
  }
  close(): void {
    this.open = false;
  }
}

let tids = 0;

export function request(fields: Partial<ConstructorParameters<typeof ParsedRequest>[0]> = {}): ParsedRequest {
  return new ParsedRequest({
    tid: `t${++tids}`,
    method: "SEND",
    toPath: "msrp://box.test:2855/s1;tcp",
    fromPath: "msrp://a.test:1/a1;tcp",
    messageId: "m1aa",
    start: 1,
    end: -1,
    total: -1,
    successReport: false,
    failureReport: "yes",
    status: 0,
    statusText: "",
    contentType: "text/plain",
    others: "",
    ...fields,
  });
}
