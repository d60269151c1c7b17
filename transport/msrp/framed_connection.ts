import { type Endpoint, endpointText } from "../net/mod.ts";
import { BoundEnds } from "./bound_ends.ts";
import type { Connection, MsrpTransport, OutgoingChunk, ResponseUser, RoomWaiter, SessionEnd } from "./connection.ts";
import type { ConnectionHost } from "./connection_host.ts";
import { ConnectionTimes } from "./connection_times.ts";
import type { Duplex, DuplexUser } from "./duplex.ts";
import type { Continuation, IncomingRequest, RequestHead } from "./frame.ts";
import { FrameOutput, type OutputOwner } from "./frame_output.ts";
import { FrameParser, type FrameSink } from "./frame_parser.ts";
import { commentOf, responseText } from "./head_writer.ts";
import { type FaultTaker, HopTransactions, RESPONSE_TIMEOUT_MS } from "./hop_transactions.ts";
import type { Linked } from "./linked_list.ts";
import type { ParsedRequest } from "./parsed_request.ts";
import type { ReadyMessage } from "./ready_request.ts";
import { RoomWaiters } from "./room_waiters.ts";

const NONE: readonly string[] = [];
/** Nothing was read for so long. */
const QUIET_MS = 1_000;

/**
 * One MSRP connection over a duplex. States: connecting (queues), open, ending (dead for its users, what was queued still goes
 * out), gone.
 */
export class FramedConnection
  implements Connection, DuplexUser, FrameSink, OutputOwner, RoomWaiter, FaultTaker, Linked<FramedConnection> {
  readonly id: number;
  /** The sessions that use it. */
  readonly bound = new BoundEnds();
  /** Requests refused since no session used it. */
  refusals = 0;
  /** A request was not answered, and nothing else came since: the peer may be gone. New users get another connection. */
  silent = false;
  /** What the switchboard has noted of it: its place among all, and where others find it. */
  before: FramedConnection | null = null;
  after: FramedConnection | null = null;
  sharedAs = "";
  ledBy: readonly string[] = NONE;
  readonly #host: ConnectionHost;
  readonly #duplex: Duplex;
  readonly #parser: FrameParser;
  readonly #output: FrameOutput;
  readonly #hops: HopTransactions;
  #waiters: RoomWaiters | null = null;
  readonly #times: ConnectionTimes;
  #fingerprints: readonly string[];
  #open = true;
  #established: boolean;
  #gone = false;
  #flushing = false;
  #reason = "";
  #heldFor: Connection[] | null = null;
  #heldSince = 0;
  /** Who gets the chunk that is coming in. */
  #current: SessionEnd | null = null;
  #routedPath = "";
  #routedEnd: SessionEnd | null = null;
  #routedVersion = -1;
  /** When the end was said to the peer; 0: not yet. */
  #endedAt = 0;

  constructor(host: ConnectionHost, duplex: Duplex, fingerprints: readonly string[] = NONE) {
    this.id = host.nextId();
    this.#host = host;
    this.#duplex = duplex;
    this.#fingerprints = fingerprints;
    this.#established = duplex.inbound;
    this.#parser = new FrameParser(this, host.frameLimits, host.reader);
    this.#hops = new HopTransactions(host.hops, this);
    const framewise = duplex.transport === "ws" || duplex.transport === "wss";
    this.#output = new FrameOutput(this, this.#hops, host.buffers, host.limits.queue, framewise);
    this.#times = new ConnectionTimes(host.clock.monotonic());
  }

  /** Octets come and go from now on. */
  start(): void {
    this.#duplex.start(this);
  }

  get transport(): MsrpTransport {
    return this.#duplex.transport;
  }
  get secure(): boolean {
    const { transport } = this.#duplex;
    return transport === "tls" || transport === "wss" || transport === "memory";
  }
  get inbound(): boolean {
    return this.#duplex.inbound;
  }
  get local(): Endpoint {
    return this.#duplex.local;
  }
  get remote(): Endpoint {
    return this.#duplex.remote;
  }
  get peerNames(): readonly string[] {
    return this.#duplex.peerNames;
  }
  get open(): boolean {
    return this.#open;
  }
  get queued(): number {
    return this.#output.queued;
  }
  get waiting(): number {
    return this.#waiters === null ? 0 : this.#waiters.size;
  }
  get readAt(): number {
    return this.#times.readAt;
  }
  get full(): boolean {
    return this.#output.queued >= this.#host.limits.full || this.#hops.size >= this.#host.limits.pending;
  }

  hasFingerprint(text: string): boolean {
    return this.#duplex.hasFingerprint(text);
  }

  send(
    head: RequestHead,
    body: Uint8Array,
    continuation: Continuation,
    user: ResponseUser | null,
    context?: unknown,
  ): boolean {
    if (!this.#open) return false;
    this.#boundPending();
    return this.#output.send(head, body, continuation, user, context);
  }

  sendReady(message: ReadyMessage, paths: Uint8Array, user: ResponseUser, context: unknown): boolean {
    if (!this.#open) return false;
    this.#boundPending();
    return this.#output.sendReady(message, paths, user, context);
  }

  begin(head: RequestHead, user: ResponseUser | null, context?: unknown): OutgoingChunk | null {
    if (!this.#open) return null;
    this.#boundPending();
    return this.#output.begin(head, user, context);
  }

  respond(request: IncomingRequest, status: number, comment?: string, others = ""): void {
    if (!this.#open) return;
    if (status >= 300) this.#host.meters.refused(status);
    if (request.method === "REPORT" || request.failureReport === "no") return;
    if (request.failureReport === "partial" && status < 300) return;
    this.#output.sendText(responseText(request, status, comment ?? commentOf(status), others));
  }

  holdFor(other: Connection): void {
    if (!this.#open || !other.open || !other.full) return;
    const held = this.#heldFor ??= [];
    if (held.includes(other)) return;
    if (held.push(other) === 1) {
      this.#heldSince = this.#host.clock.monotonic();
      this.#host.meters.held.value++;
      this.#duplex.pause();
    }
    other.whenRoom(this);
  }

  onRoom(connection: Connection): void {
    const held = this.#heldFor;
    const at = held === null ? -1 : held.indexOf(connection);
    if (at < 0) return;
    held!.splice(at, 1);
    if (held!.length > 0) return;
    this.#heldFor = null;
    if (this.#gone) return;
    const now = this.#host.clock.monotonic();
    this.#times.released(now);
    if (this.#hops.size > 0) this.#hops.postpone(now - this.#heldSince, now);
    this.#duplex.resume();
  }

  whenRoom(waiter: RoomWaiter): void {
    const waiters = this.#waiters ??= new RoomWaiters(this);
    if (waiters.add(waiter) && (!this.#open || !this.full)) {
      queueMicrotask(() => this.#open ? this.#checkRoom() : waiters.tell());
    }
  }

  close(reason: string): void {
    if (!this.#die(reason) || this.#gone) return;
    // What is read while ending is thrown away; it must be read, or the peer never sees the end.
    if (this.#heldFor !== null) this.#duplex.resume();
    this.#heldFor = null;
    if (this.#established) this.#host.flushLater(this);
    else if (this.#output.queued === 0) this.#destroy();
  }

  /** A session uses it from now on. */
  bind(end: SessionEnd): void {
    this.bound.add(end);
    this.refusals = 0;
  }

  /** What was one session's is another's, a chunk that is under way included. */
  handOver(from: SessionEnd, to: SessionEnd): void {
    if (this.#current === from) this.#current = to;
    this.bind(to);
    this.bound.delete(from);
  }

  unbind(end: SessionEnd): void {
    if (this.#current === end) {
      this.#current = null;
      this.#parser.passOver();
    }
    if (this.bound.delete(end) && this.bound.size === 0) this.#times.unusedSince = this.#host.clock.monotonic();
  }

  /** Writes what waits. */
  flush(now = this.#host.clock.monotonic()): void {
    if (!this.#established || this.#gone || this.#flushing) return;
    this.#flushing = true;
    for (;;) {
      const octets = this.#output.next(now);
      if (octets === null) break;
      this.#times.writingAt = now;
      this.#host.meters.octetsOut.value += octets.length;
      this.#duplex.write(octets);
      if (this.#output.writing) break;
    }
    this.#flushing = false;
    if (!this.#open && !this.#gone && this.#output.queued === 0 && this.#endedAt === 0) {
      this.#endedAt = now;
      this.#duplex.end();
    }
  }

  /** Looks at the deadlines; called about once a second. */
  tend(now: number): void {
    const { limits, meters } = this.#host;
    // While we do not read, answers may lie in the socket.
    const missed = this.#heldFor === null ? this.#hops.expire(now) : 0;
    if (missed > 0) {
      meters.timedOut("response", missed);
      this.silent = now - this.#times.readAt >= RESPONSE_TIMEOUT_MS;
    }
    this.#checkRoom();
    if (this.#gone) return;
    this.#settle(now);
    if (this.#endedAt > 0) {
      if (now - this.#endedAt >= limits.linger_ms) this.#destroy();
      return;
    }
    const overdue = this.#times.overdue(now, limits, {
      established: this.#established,
      inbound: this.inbound,
      queued: this.#output.queued,
      writing: this.#output.writing,
      inBody: this.#parser.inBody,
      held: this.#heldFor !== null,
      used: this.bound.size > 0 || this.#hops.size > 0,
    });
    if (overdue === null || (overdue.gently && !this.#open)) return;
    meters.timedOut(overdue.what);
    // One that served its time and is let go is nobody's concern.
    if (overdue.what === "unused") this.#host.log.debug("MSRP connection closed", { reason: overdue.reason });
    else this.#tell("MSRP connection closed", overdue.reason);
    if (overdue.gently) return this.close(overdue.reason);
    this.#die(overdue.reason);
    this.#destroy();
  }

  onConnected(): void {
    if (this.#gone) return;
    if (this.#fingerprints.length > 0 && !this.#fingerprints.some((text) => this.#duplex.hasFingerprint(text))) {
      this.#die("the peer's certificate is not the one of its session description");
      return this.#destroy();
    }
    this.#fingerprints = [];
    this.#established = true;
    this.flush();
  }

  onOctets(octets: Uint8Array): void {
    if (!this.#open) return;
    this.silent = false;
    this.#host.meters.octetsIn.value += octets.length;
    const parser = this.#parser;
    const now = this.#times.readAt = this.#host.clock.monotonic();
    parser.push(octets);
    if (!this.#open) return;
    this.#times.read(now, parser.inHead, parser.heads);
    if (this.#output.queued >= this.#host.limits.selfHold) this.holdFor(this);
  }

  onWritten(): void {
    if (this.#gone) return;
    this.#output.written();
    if (!this.#flushing && (this.#output.queued > 0 || !this.#open)) this.flush();
    this.#checkRoom();
  }

  onClosed(reason: string): void {
    this.#die(reason);
    this.#release();
  }

  onWhole(request: ParsedRequest, body: Uint8Array, continuation: Continuation): void {
    const end = this.#route(request);
    if (end === null) return;
    try {
      end.onWhole(this, request, body, continuation);
    } catch (error) {
      this.onFault(error);
    }
  }

  onBegin(request: ParsedRequest): void {
    const end = this.#current = this.#route(request);
    if (end === null) return this.#parser.passOver();
    try {
      end.onBegin(this, request);
    } catch (error) {
      this.onFault(error);
    }
  }

  onPiece(request: ParsedRequest, octets: Uint8Array): void {
    try {
      this.#current?.onPiece(this, request, octets);
    } catch (error) {
      this.onFault(error);
    }
  }

  onFinish(request: ParsedRequest, continuation: Continuation): void {
    const end = this.#current;
    this.#current = null;
    try {
      end?.onFinish(this, request, continuation);
    } catch (error) {
      this.onFault(error);
    }
  }

  onResponse(tid: string, status: number, comment: string, others: string): void {
    this.#hops.answer(tid, status, comment, others);
    this.#checkRoom();
  }

  onBadRequest(request: ParsedRequest, reason: string): void {
    this.#host.meters.badRequests.add();
    this.#tell("MSRP request with a bad header", reason);
    this.respond(request, 400, reason);
    this.refused();
  }

  onBroken(reason: string, request: ParsedRequest | null): void {
    this.#host.meters.broken.add();
    this.#tell("MSRP octets that cannot be read", reason);
    if (request !== null) this.respond(request, 400, reason);
    this.close(reason);
  }

  /** A request of a peer that has no session here was refused. It gets a few tries. */
  refused(): void {
    if (this.bound.size === 0 && ++this.refusals >= this.#host.limits.refusals) this.close("too many refused requests");
  }

  onOutput(): void {
    this.#host.flushLater(this);
  }

  onOverflow(): void {
    this.#host.meters.overflows.add();
    this.#die("more is queued than the peer takes");
    this.#destroy();
  }

  #route(request: ParsedRequest): SessionEnd | null {
    const { meters } = this.#host;
    if (request.method === "SEND") meters.sends.value++;
    else if (request.method === "REPORT") meters.reports.value++;
    else {
      meters.other(request.method);
      return this.#ask(request);
    }
    if (request.toPath === this.#routedPath && this.#host.version === this.#routedVersion) return this.#routedEnd;
    const end = this.#ask(request);
    if (end !== null) {
      this.#routedPath = request.toPath;
      this.#routedEnd = end;
      this.#routedVersion = this.#host.version;
    }
    return end;
  }

  #ask(request: ParsedRequest): SessionEnd | null {
    try {
      return this.#host.route(this, request);
    } catch (error) {
      this.onFault(error);
      return null;
    }
  }

  /** Twice what makes it full is for whoever does not look. */
  #boundPending(): void {
    if (this.#hops.size >= 2 * this.#host.limits.pending) this.#hops.giveUpOldest();
  }

  #checkRoom(): void {
    const waiters = this.#waiters;
    if (waiters === null || !waiters.any) return;
    const { full, pending } = this.#host.limits;
    if (this.#output.queued <= full / 2 && this.#hops.size <= pending / 2) waiters.tell();
  }

  /** One that is quiet holds nothing that it can have again. */
  #settle(now: number): void {
    if (now - this.#times.readAt < QUIET_MS) return;
    if (!this.#parser.settle()) return;
    this.#routedPath = "";
    this.#routedEnd = null;
    if (this.#waiters !== null && !this.#waiters.any) this.#waiters = null;
  }

  /** True when it was alive. Whoever is concerned hears of it after the present call. */
  #die(reason: string): boolean {
    if (!this.#open) return false;
    this.#open = false;
    this.#reason = reason;
    this.#times.headSince = 0;
    this.#parser.stop();
    this.#host.closed(this);
    queueMicrotask(() => this.#tellLost());
    return true;
  }

  #tellLost(): void {
    this.#hops.lose();
    this.#current = this.#routedEnd = null;
    for (const end of this.bound.takeAll()) {
      try {
        end.onLost(this, this.#reason);
      } catch (error) {
        this.onFault(error);
      }
    }
    this.#waiters?.tell();
  }

  #destroy(): void {
    if (this.#gone) return;
    this.#release();
    this.#duplex.destroy();
  }

  #release(): void {
    if (this.#gone) return;
    this.#gone = true;
    this.#heldFor = null;
    this.#output.drop();
    this.#host.gone(this);
  }

  /** A fault of ours, not of the peer. */
  onFault(error: unknown): void {
    this.#host.meters.faults.add();
    this.#host.log.error("what MSRP brought could not be worked on", {
      from: endpointText(this.remote),
      error: error instanceof Error ? (error.stack ?? error.message) : String(error),
    });
  }

  #tell(text: string, reason: string): void {
    this.#host.log.warn(text, { from: endpointText(this.remote), transport: this.transport, reason });
  }
}
