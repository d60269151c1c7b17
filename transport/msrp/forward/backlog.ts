import type { Endpoint } from "../../net/mod.ts";
import type { Connection, MsrpTransport, OutgoingChunk, ResponseUser, Room, RoomWaiter } from "../connection.ts";
import type { Continuation, IncomingRequest, RequestHead } from "../frame.ts";

/** Octets from which on sources are held, and at which it gives up: what one more read of a held source may bring. */
const FULL = 32 * 1024;
const LIMIT = 64 * 1024;
/** What a head counts for. */
const HEAD = 512;

const NOWHERE: Endpoint = { host: "", port: 0 };

interface Waiting {
  readonly head: RequestHead;
  readonly user: ResponseUser | null;
  readonly context: unknown;
  readonly chunk: BacklogChunk;
  /** Came whole, and goes out whole. */
  readonly whole: boolean;
}

/** A chunk whose way on is not there yet. */
class BacklogChunk implements OutgoingChunk {
  readonly #backlog: Backlog;
  #parts: Uint8Array[] = [];
  #continuation: Continuation | null = null;
  #real: OutgoingChunk | null = null;

  constructor(backlog: Backlog) {
    this.#backlog = backlog;
  }

  write(octets: Uint8Array): void {
    if (this.#real !== null) this.#real.write(octets);
    else if (this.#backlog.count(octets.length)) this.#parts.push(octets.slice());
  }

  finish(continuation: Continuation): void {
    if (this.#real !== null) this.#real.finish(continuation);
    else this.#continuation = continuation;
  }

  flow(into: Connection, { head, user, context, whole }: Waiting): boolean {
    if (whole) return into.send(head, this.#parts[0], this.#continuation!, user, context);
    const real = into.begin(head, user, context);
    if (real === null) return false;
    this.#real = real;
    for (const part of this.#parts) real.write(part);
    this.#parts = [];
    if (this.#continuation !== null) real.finish(this.#continuation);
    return true;
  }
}

/**
 * Stands for the connection of a peer that has not connected yet: it keeps what is sent, up to 64 KiB, is full from 32 KiB on,
 * and becomes that connection when `flow` names it.
 */
export class Backlog implements Connection, RoomWaiter {
  #waiting: Waiting[] = [];
  #queued = 0;
  #real: Connection | null = null;
  #closed = false;
  #waiters: RoomWaiter[] = [];

  /** The connection is there: what was kept goes out, to that path, and everything further goes there. */
  flow(into: Connection, toPath: string): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    this.#real = into;
    this.#queued = 0;
    for (const one of waiting) {
      const sent = one.chunk.flow(into, { ...one, head: { ...one.head, toPath } });
      if (!sent) one.user?.onResponse(481, "The next hop has no connection", one.context, "");
    }
    this.onRoom();
  }

  /** There will be none: whoever waits for an answer gets this one. */
  fail(status: number, comment: string): void {
    if (this.#closed || this.#real !== null) return;
    this.#closed = true;
    const waiting = this.#waiting;
    this.#waiting = [];
    this.#queued = 0;
    for (const { user, context } of waiting) user?.onResponse(status, comment, context, "");
    this.onRoom();
  }

  /** Counts octets that are to be kept; false, and it fails, where they are too many. */
  count(octets: number): boolean {
    if (this.#closed) return false;
    if (this.#queued + octets > LIMIT) {
      this.fail(408, "Too much for a peer that has not connected");
      return false;
    }
    this.#queued += octets;
    return true;
  }

  get open(): boolean {
    return this.#real !== null ? this.#real.open : !this.#closed;
  }
  get readAt(): number {
    return this.#real?.readAt ?? 0;
  }
  get queued(): number {
    return this.#real !== null ? this.#real.queued : this.#queued;
  }
  get full(): boolean {
    return this.#real !== null ? this.#real.full : this.#queued >= FULL;
  }

  send(
    head: RequestHead,
    body: Uint8Array,
    continuation: Continuation,
    user: ResponseUser | null,
    context?: unknown,
  ): boolean {
    if (this.#real !== null) return this.#real.send(head, body, continuation, user, context);
    if (!this.count(HEAD)) return false;
    const chunk = new BacklogChunk(this);
    chunk.write(body);
    if (this.#closed) return false;
    chunk.finish(continuation);
    this.#waiting.push({ head, user, context, chunk, whole: true });
    return true;
  }

  begin(head: RequestHead, user: ResponseUser | null, context?: unknown): OutgoingChunk | null {
    if (this.#real !== null) return this.#real.begin(head, user, context);
    if (!this.count(HEAD)) return null;
    const chunk = new BacklogChunk(this);
    this.#waiting.push({ head, user, context, chunk, whole: false });
    return chunk;
  }

  whenRoom(waiter: RoomWaiter): void {
    this.#waiters.push(waiter);
    // Whoever held for the backlog is to hear of the backlog.
    if (this.#real !== null && this.#waiters.length === 1) this.#real.whenRoom(this);
  }

  onRoom(): void {
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const waiter of waiters) waiter.onRoom(this);
  }

  // Nothing comes in here; the rest says what a connection that is being opened says.
  get id(): number {
    return this.#real?.id ?? 0;
  }
  get transport(): MsrpTransport {
    return this.#real?.transport ?? "memory";
  }
  get secure(): boolean {
    return this.#real?.secure ?? false;
  }
  get inbound(): boolean {
    return true;
  }
  get local(): Endpoint {
    return this.#real?.local ?? NOWHERE;
  }
  get remote(): Endpoint {
    return this.#real?.remote ?? NOWHERE;
  }
  get peerNames(): readonly string[] {
    return this.#real?.peerNames ?? [];
  }
  hasFingerprint(text: string): boolean {
    return this.#real?.hasFingerprint(text) ?? false;
  }
  respond(request: IncomingRequest, status: number, comment?: string, headers?: string): void {
    this.#real?.respond(request, status, comment, headers);
  }
  holdFor(other: Room): void {
    this.#real?.holdFor(other);
  }
  close(reason: string): void {
    if (this.#real !== null) this.#real.close(reason);
    else this.fail(481, reason);
  }
}
