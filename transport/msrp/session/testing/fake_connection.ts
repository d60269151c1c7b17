import type { Endpoint } from "../../../net/mod.ts";
import type {
  Connection,
  MsrpTransport,
  OutgoingChunk,
  ResponseUser,
  Room,
  RoomWaiter,
  SessionEnd,
} from "../../connection.ts";
import type { Continuation, IncomingRequest, RequestHead } from "../../frame.ts";
import type { MsrpUri } from "../../msrp_uri.ts";
import type { DialOptions, MsrpNode } from "../../node.ts";
import { headerIn } from "../../parsed_request.ts";

/** A frame that went out, or a chunk that goes out: then `continuation` is null until its end. */
export interface SentFrame {
  readonly head: RequestHead;
  readonly text: string;
  readonly octets: number;
  readonly continuation: Continuation | null;
  answer(status: number, comment?: string): void;
}

class Frame implements SentFrame {
  text = "";
  octets = 0;
  continuation: Continuation | null = null;
  constructor(
    readonly head: RequestHead,
    readonly user: ResponseUser | null,
    readonly context: unknown,
  ) {}
  add(octets: Uint8Array): void {
    this.octets += octets.length;
    if (this.octets <= 4096) this.text += new TextDecoder().decode(octets);
  }
  answer(status: number, comment = ""): void {
    this.user?.onResponse(status, comment, this.context, "");
  }
}

/** A connection that keeps what is written and answers when told. `capacity`: octets until it is full; see `drain`. */
export class FakeConnection implements Connection {
  static #ids = 0;
  readonly id = ++FakeConnection.#ids;
  readonly transport: MsrpTransport = "tcp";
  readonly secure = false;
  readonly inbound = false;
  readonly local: Endpoint = { host: "127.0.0.1", port: 1 };
  readonly remote: Endpoint = { host: "127.0.0.1", port: 2 };
  readonly peerNames: readonly string[] = [];
  open = true;
  readAt = 0;
  queued = 0;
  capacity = Infinity;
  readonly fingerprints = new Set<string>();
  readonly frames: Frame[] = [];
  readonly responses: { tid: string; status: number; comment: string }[] = [];
  readonly holds: Room[] = [];
  #waiters: RoomWaiter[] = [];

  get full(): boolean {
    return this.queued >= this.capacity;
  }
  /** Frames with octets of the last one written, and what their continuations are: `SEND 1-3/3 abc $`. */
  get log(): string[] {
    return this.frames.map(({ head, text, continuation }) => {
      const range = `${head.start}-${head.end < 0 ? "*" : head.end}/${head.total < 0 ? "*" : head.total}`;
      const status = head.method === "REPORT" ? ` ${head.status}` : "";
      return `${head.method} ${range}${status} ${text} ${continuation ?? "…"}`.replace("  ", " ");
    });
  }
  hasFingerprint(text: string): boolean {
    return this.fingerprints.has(text);
  }
  send(head: RequestHead, body: Uint8Array, end: Continuation, user: ResponseUser | null, context?: unknown): boolean {
    if (!this.open) return false;
    const frame = new Frame(head, user, context);
    frame.add(body);
    frame.continuation = end;
    this.frames.push(frame);
    this.queued += body.length;
    return true;
  }
  begin(head: RequestHead, user: ResponseUser | null, context?: unknown): OutgoingChunk | null {
    if (!this.open) return null;
    const frame = new Frame(head, user, context);
    this.frames.push(frame);
    return {
      write: (octets) => {
        frame.add(octets);
        this.queued += octets.length;
      },
      finish: (continuation) => {
        frame.continuation = continuation;
      },
    };
  }
  respond(request: IncomingRequest, status: number, comment = ""): void {
    if (request.failureReport === "no" || (request.failureReport === "partial" && status === 200)) return;
    this.responses.push({ tid: request.tid, status, comment });
  }
  holdFor(other: Room): void {
    this.holds.push(other);
    other.whenRoom({ onRoom: () => this.holds.splice(this.holds.indexOf(other), 1) });
  }
  whenRoom(waiter: RoomWaiter): void {
    this.#waiters.push(waiter);
  }
  /** The peer took everything. */
  drain(): void {
    this.queued = 0;
    for (const waiter of this.#waiters.splice(0)) waiter.onRoom(this);
  }
  close(): void {
    this.open = false;
  }
  /** The status of the response to a request; undefined for none. */
  statusOf(tid: string): number | undefined {
    return this.responses.find((response) => response.tid === tid)?.status;
  }
}

/** A node whose connections are given to it. */
export class FakeNode implements MsrpNode {
  doorman: SessionEnd | null = null;
  readonly ends = new Map<string, SessionEnd>();
  /** Connections that ends are bound to. */
  readonly bound = new Map<Connection, SessionEnd>();
  readonly dialled: { uri: string; options: DialOptions }[] = [];
  next: Connection | null = null;
  get size(): number {
    return this.ends.size;
  }
  add(sessionId: string, end: SessionEnd): void {
    if (this.ends.has(sessionId)) throw new RangeError("taken");
    this.ends.set(sessionId, end);
  }
  remove(sessionId: string): void {
    this.ends.delete(sessionId);
  }
  uriFor(): string | null {
    return null;
  }
  connect(uri: MsrpUri, options: DialOptions): Connection | null {
    this.dialled.push({ uri: uri.text, options });
    return this.next;
  }
  lead(): void {}
  bind(connection: Connection, end: SessionEnd): void {
    this.bound.set(connection, end);
  }
  unbind(connection: Connection, end: SessionEnd): void {
    if (this.bound.get(connection) === end) this.bound.delete(connection);
  }
}

let tids = 0;

/** A request as the parser would give it; what is left out is as without the header. */
export function incoming(parts: Partial<RequestHead>): IncomingRequest {
  const head: RequestHead = {
    method: "SEND",
    toPath: "msrp://us.test:1/us;tcp",
    fromPath: "msrp://them.test:2/them;tcp",
    messageId: "m1m1",
    start: 1,
    end: -1,
    total: -1,
    successReport: false,
    failureReport: "yes",
    status: 0,
    statusText: "",
    contentType: "text/plain",
    others: "",
    ...parts,
  };
  return { ...head, tid: `t${++tids}`, header: (name) => headerIn(head.others, name) };
}

export function octets(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
