import type { Endpoint } from "../net/mod.ts";
import type { Continuation, IncomingRequest, RequestHead } from "./frame.ts";
import type { ReadyMessage } from "./ready_request.ts";

/** How MSRP travels. `memory` joins two ends inside one process. */
export type MsrpTransport = "tcp" | "tls" | "ws" | "wss" | "memory";

/** Status that no peer sends: the connection went before the response came. */
export const LOST = 0;

/** Whoever waits for the response of the next hop. Called once for each request that gets one; returns at once. */
export interface ResponseUser {
  /**
   * The hop's answer; 408 when none came within 30 s (RFC 4975 §7.1.1); LOST when the connection went. With
   * Failure-Report `partial` silence is success: 200 after the 30 s. With `no` it is not called. `headers`: the response's lines
   * behind To-Path and From-Path, each with its CRLF (RFC 4976 §4: WWW-Authenticate, Use-Path, Expires …); "" for none.
   */
  onResponse(status: number, comment: string, context: unknown, headers: string): void;
}

/** Told once, when a connection (or another place) that was full has room again, or is closed. */
export interface RoomWaiter {
  onRoom(place: Room): void;
}

/** Where octets go and room may run out: a connection, or a gate that an end point holds shut while its sink is busy. */
export interface Room {
  /** False: nothing goes there any more, and nobody needs to wait for it. */
  readonly open: boolean;
  readonly full: boolean;
  whenRoom(waiter: RoomWaiter): void;
}

/** A chunk whose body comes in pieces. Frames of others may go in between: then it is interrupted and goes on by itself. */
export interface OutgoingChunk {
  /** Octets are copied. Look at `connection.full` afterwards. */
  write(octets: Uint8Array): void;
  finish(continuation: Continuation): void;
}

/**
 * One MSRP connection: frames in, frames out, hop responses matched to their requests. What is written is collected and goes
 * out at the end of the turn. Nothing here makes a promise for each message.
 *
 * Bounded: callers stop when `full` says so (32 KiB are queued), either by `holdFor`, which stops reading at the source, or by
 * `whenRoom`. With the 32 KiB of one read that is 64 KiB for a message on its way, however large. Whoever ignores it finds the
 * connection closed at 1 MiB; those that wait for room add 64 KiB each to
 * that.
 */
export interface Connection extends Room {
  /** Unique in this boot. */
  readonly id: number;
  readonly transport: MsrpTransport;
  readonly secure: boolean;
  /** True where the peer opened it. */
  readonly inbound: boolean;
  readonly local: Endpoint;
  readonly remote: Endpoint;
  /** DNS names and URIs of the peer's verified certificate; empty without one. */
  readonly peerNames: readonly string[];
  /** False once it can carry nothing more. One that is being opened is open, and queues. */
  readonly open: boolean;
  /** Octets taken from callers that the peer has not taken yet. */
  readonly queued: number;
  /** When octets came last, monotonic ms. Said again with each read, so that nobody behind it has to ask the clock. */
  readonly readAt: number;
  /** 32 KiB or more are queued, or 10,000 requests wait for answers. */
  readonly full: boolean;
  /** True when the peer showed a certificate with that fingerprint, as in SDP: `sha-256 4A:AD:…` (RFC 8122). */
  hasFingerprint(text: string): boolean;
  /**
   * One whole chunk under a fresh transaction id. `user` is told the hop's response, with `context`; null: nobody wants to
   * know. False, and nothing was sent, when the connection is closed. Body octets are copied.
   */
  send(
    head: RequestHead,
    body: Uint8Array,
    continuation: Continuation,
    user: ResponseUser | null,
    context?: unknown,
  ): boolean;
  /**
   * As `send`, for a whole SEND that goes to many: what is made of it before is copied, under a fresh transaction id. `paths` as `readyPaths`
   * gives them; nobody may stand before the peer, for it goes out in one frame. Not every stand-in of a connection has it.
   */
  sendReady?(message: ReadyMessage, paths: Uint8Array, user: ResponseUser, context: unknown): boolean;
  /**
   * Begins a chunk; its Byte-Range goes out as `start-*`/total. Each interruption is a transaction of its own, and `user` is
   * told of each that fails and of the last one. Null when the connection is closed.
   */
  begin(head: RequestHead, user: ResponseUser | null, context?: unknown): OutgoingChunk | null;
  /**
   * Answers a request of the peer, unless its Failure-Report forbids it (RFC 4975 §7.2): a SEND to the previous hop, any other
   * method along the whole From-Path. `headers`: further lines, each with its CRLF (RFC 4976 §4).
   */
  respond(request: IncomingRequest, status: number, comment?: string, headers?: string): void;
  /** Nothing more is read here until the other place has room. Held for several, it goes on when none of them is full. */
  holdFor(other: Room): void;
  whenRoom(waiter: RoomWaiter): void;
  /** Ends it after what is queued went out. */
  close(reason: string): void;
}

/**
 * What stands behind a session id of ours: an end point, one side of a bridge, a relay's client. Every method returns at once;
 * octets are views that are valid during the call only.
 */
export interface SessionEnd {
  /**
   * The first request for it on a connection (RFC 4975 §5.4). 200 binds the session to the connection; else the status that the
   * request gets: 403 (not the owner), 506 (bound to another connection), 481.
   */
  admit(connection: Connection, request: IncomingRequest): number;
  /** A request that came whole in one read: nearly all. Answered by the end itself (`connection.respond`). */
  onWhole(connection: Connection, request: IncomingRequest, body: Uint8Array, continuation: Continuation): void;
  /** A request whose body comes in pieces: then `onPiece` any number of times, then `onFinish`. */
  onBegin(connection: Connection, request: IncomingRequest): void;
  onPiece(connection: Connection, request: IncomingRequest, octets: Uint8Array): void;
  onFinish(connection: Connection, request: IncomingRequest, continuation: Continuation): void;
  /** The connection it was bound to is gone; a chunk that was under way is not finished. */
  onLost(connection: Connection, reason: string): void;
}
