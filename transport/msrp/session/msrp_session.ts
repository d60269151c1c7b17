import { EMPTY, randomHex, type Timed, type Timer } from "../../../foundation/mod.ts";
import { type Connection, LOST, type ResponseUser, type SessionEnd } from "../connection.ts";
import type { Continuation, IncomingRequest, RequestHead } from "../frame.ts";
import { tryParseMsrpUri } from "../msrp_uri.ts";
import { Admission } from "./admission.ts";
import { BodyBuffer } from "./body_buffer.ts";
import { Gate } from "./gate.ts";
import type { Received } from "./incoming.ts";
import { MessageTracker } from "./message_tracker.ts";
import { OctetBudget } from "./octet_budget.ts";
import type { OutgoingMessage, OutgoingParts } from "./outgoing_message.ts";
import { Receiver } from "./receiver.ts";
import { Sender } from "./sender.ts";
import { DEFAULT_SESSION_LIMITS, type SessionLimits, type SessionOptions, type SessionPeer } from "./session_user.ts";

const SWEEP_MS = 10_000;
const [SWEEP, DRAIN] = [1, 2];
/** A body of a request that is no SEND (RFC 4975 §7.1). */
const OTHER_BODY = 10_240;

/**
 * `waiting`: the peer's description is not known; `binding`: no connection is bound yet, what is sent waits; `open`; `closed`.
 */
export type SessionState = "waiting" | "binding" | "open" | "closed";

/**
 * One end of an MSRP session (RFC 4975 §5 to §7). Made before the offer or answer that names it, so that a peer may connect as
 * soon as it can; `start` when both descriptions are known. A session that is over stays so: its owner makes a new one by SIP and
 * hands `tracker` on, and resumes with `OutgoingParts.from`.
 */
export class MsrpSession implements SessionEnd, ResponseUser, Timed {
  readonly tracker: MessageTracker;
  readonly #options: SessionOptions;
  readonly #limits: SessionLimits;
  readonly #budget: OctetBudget;
  readonly #relays: readonly string[];
  readonly #gate = new Gate();
  readonly #admission: Admission;
  readonly #sender: Sender;
  readonly #receiver: Receiver;
  #state: SessionState = "waiting";
  #peer: SessionPeer | null = null;
  #toPath = "";
  #connection: Connection | null = null;
  /** We dialled our own relay and wait for the peer's first request through it (RFC 6135 §4.5). */
  #behindRelay = false;
  /** A request that is neither SEND nor REPORT and comes in pieces. */
  #other: BodyBuffer | null = null;
  #otherSize = 0;
  #active: number;
  #draining = false;
  #drainReason = "";
  #sweepTimer: Timer | null = null;
  #drainTimer: Timer | null = null;

  /** Takes its session id from now on. Throws RangeError when it is taken, or the node has too many sessions. */
  constructor(options: SessionOptions) {
    this.#options = options;
    this.#limits = { ...DEFAULT_SESSION_LIMITS, ...options.limits };
    this.#relays = options.relays ?? [];
    this.#budget = options.budget ?? new OctetBudget(4 * this.#limits.whole);
    this.tracker = options.tracker ?? new MessageTracker(options.clock);
    this.#active = options.clock.monotonic();
    this.#sender = new Sender({
      uri: options.uri,
      limits: this.#limits,
      clock: options.clock,
      onBroken: (status, comment) => this.#end(comment === "" ? `the peer answered ${status}` : comment, status),
      onQuiet: () => this.#drained(),
    });
    this.#receiver = new Receiver({
      user: options.user,
      acceptTypes: options.acceptTypes,
      limits: this.#limits,
      clock: options.clock,
      tracker: this.tracker,
      budget: this.#budget,
      gate: this.#gate,
      holds: options.answerWhenKnown ?? false,
      report: (...report) => this.#report(...report),
    });
    this.#admission = new Admission({
      end: this,
      node: options.node,
      timers: options.timers,
      relays: this.#relays.length,
      answerWait: this.#limits.answerWait,
    });
    options.node.add(options.sessionId, this);
  }

  get state(): SessionState {
    return this.#state;
  }
  /** What carries it; null before one is bound, and afterwards. */
  get connection(): Connection | null {
    return this.#connection;
  }
  /** When the last request of either side went by, by the monotonic clock. */
  get lastActive(): number {
    return this.#active;
  }
  /** Messages of ours that are not finished. */
  get unfinished(): number {
    return this.#sender.unfinished;
  }
  /** Messages coming in. */
  get underWay(): number {
    return this.#receiver.underWay;
  }

  /**
   * The peer is known. `active`: we connect and bind by an empty SEND at once (RFC 6135 §4.2.2); `passive`: the peer does. What
   * cannot be reached ends the session, after this call.
   */
  start(role: "active" | "passive", peer: SessionPeer): void {
    if (this.#state !== "waiting") return;
    this.#state = "binding";
    this.#peer = peer;
    this.#toPath = [...this.#relays, ...peer.path].join(" ");
    const active = role === "active";
    this.#admission.settle(peer, active, (connection) => this.#bound(connection));
    // Whoever was told of what came early may have closed it.
    if (this.state !== "binding") return;
    if (active || this.#relays.length > 0) this.#connect(active);
  }

  /**
   * Queues a message, also before a connection is there. Null where too much waits already, or the session is over or draining.
   * Throws RangeError for a Message-ID that is under way, and for a `from` behind the end.
   */
  send(parts: OutgoingParts): OutgoingMessage | null {
    if (this.#state === "closed" || this.#draining) return null;
    this.#active = this.#options.clock.monotonic();
    this.#arm();
    return this.#sender.send(parts);
  }

  /** A SEND without content: keeps translations alive, and finds out whether the other side is there (408 ends the session). */
  probe(): void {
    if (this.#state === "open") this.#connection?.send(this.#emptySend(), EMPTY, "$", this);
  }

  /**
   * A request without a body that is neither SEND nor REPORT (NICKNAME, RFC 7701 §7.1). `others`: its header lines, each with its CRLF.
   * False where there is no connection.
   */
  ask(method: string, others: string, user: ResponseUser): boolean {
    if (this.#state !== "open" || this.#connection === null) return false;
    const head = { ...this.#emptySend(), method, messageId: "", end: -1, total: -1, others };
    return this.#connection.send(head, EMPTY, "$", user);
  }

  /** Nothing is read from the connection until `resume`; up to 32 KiB that were read still come. Others on it wait, too. */
  pause(): void {
    if (this.#state !== "closed") this.#gate.shut(this, this.#connection);
  }
  resume(): void {
    this.#gate.release(this);
  }

  /** Takes no more messages, and closes when all are finished, or after that time. */
  drain(within_ms: number, reason = "done"): void {
    if (this.#state === "closed" || this.#draining) return;
    this.#draining = true;
    this.#drainReason = reason;
    if (this.#sender.unfinished === 0) return this.#end(reason, 0);
    this.#drainTimer = this.#options.timers.start(within_ms, this, DRAIN);
  }

  /** At once: what is under way is ended with `#`, and told LOST. The connection stays for others that use it. */
  close(reason: string): void {
    this.#end(reason, 0);
  }

  #connect(binds: boolean): void {
    const { node } = this.#options;
    const peer = this.#peer!;
    const relay = this.#relays[0];
    const text = relay ?? peer.path[0] ?? "";
    const uri = tryParseMsrpUri(text);
    const connection = uri === null ? null : node.connect(uri, {
      share: true,
      fingerprints: relay === undefined ? peer.fingerprints ?? [] : [],
      address: relay === undefined ? peer.address ?? null : null,
    });
    if (connection === null) {
      const reason = uri === null ? `"${text}" is no MSRP URI` : `no transport of ours leads to ${text}`;
      return queueMicrotask(() => this.#end(reason, 0));
    }
    this.#connection = connection;
    if (this.#gate.full) connection.holdFor(this.#gate);
    node.bind(connection, this);
    if (!binds) {
      this.#behindRelay = true;
      return;
    }
    connection.send(this.#emptySend(), EMPTY, "$", this);
    this.#sender.start(connection, this.#toPath);
  }

  /** RFC 4975 §5.4, §7.1: no content, and so no Content-Type. */
  #emptySend(): RequestHead {
    return {
      method: "SEND",
      toPath: this.#toPath,
      fromPath: this.#options.uri,
      messageId: randomHex(10),
      start: 1,
      end: 0,
      total: 0,
      successReport: false,
      failureReport: "yes",
      status: 0,
      statusText: "",
      contentType: "",
      others: "",
    };
  }

  /** The answer to a SEND without content: the one that binds, or a probe. */
  onResponse(status: number, comment: string): void {
    if (this.#state === "closed" || status === LOST) return;
    if (status !== 200) return this.#end(comment === "" ? `the peer answered ${status}` : comment, status);
    if (this.#state !== "binding") return;
    this.#state = "open";
    this.#options.user.onOpen?.();
  }

  #bound(connection: Connection): void {
    this.#connection = connection;
    this.#behindRelay = false;
    if (this.#gate.full) connection.holdFor(this.#gate);
    this.#state = "open";
    this.#sender.start(connection, this.#toPath);
    this.#options.user.onOpen?.();
  }

  admit(connection: Connection, request: IncomingRequest): number {
    if (this.#state === "closed") return 481;
    if (this.#connection !== null) return 506;
    const status = this.#admission.admit(connection, request);
    if (status !== 200 || this.#admission.early) return status;
    this.#bound(connection);
    // Whoever was told may have closed it.
    return this.state === "closed" ? 481 : 200;
  }

  /** False: it was refused. The first one that comes through a relay of ours has not been admitted yet. */
  #checked(connection: Connection, request: IncomingRequest): boolean {
    this.#active = this.#options.clock.monotonic();
    if (this.#behindRelay) {
      const status = this.#admission.admit(connection, request);
      if (status === 200) this.#bound(connection);
      else connection.respond(request, status);
      return status === 200 && this.#connection !== null;
    }
    if (connection === this.#connection) return true;
    connection.respond(request, this.#state === "closed" ? 481 : 506);
    return false;
  }

  onWhole(connection: Connection, request: IncomingRequest, body: Uint8Array, continuation: Continuation): void {
    if (this.#admission.early) return this.#admission.whole(connection, request, body, continuation);
    if (connection !== this.#connection || this.#behindRelay) {
      if (!this.#checked(connection, request)) return;
    } else this.#active = this.#options.clock.monotonic();
    if (request.method === "SEND") {
      this.#receiver.whole(connection, request, body, continuation);
      if (this.#sweepTimer === null && this.#receiver.underWay > 0) this.#arm();
    } else if (request.method === "REPORT") this.#reported(request);
    else this.#otherRequest(connection, request, body);
  }

  onBegin(connection: Connection, request: IncomingRequest): void {
    if (this.#admission.early) return this.#admission.begin(connection, request);
    if (!this.#checked(connection, request)) return;
    if (request.method === "SEND") {
      this.#arm();
      this.#receiver.begin(connection, request);
    } else if (request.method === "REPORT") this.#reported(request);
    else {
      this.#other = new BodyBuffer(this.#budget, OTHER_BODY);
      this.#otherSize = 0;
    }
  }

  onPiece(connection: Connection, request: IncomingRequest, octets: Uint8Array): void {
    if (this.#admission.early) return this.#admission.piece(connection, request, octets);
    if (connection !== this.#connection) return;
    if (request.method === "SEND") {
      this.#active = this.#options.clock.monotonic();
      this.#receiver.piece(octets);
    } else if (this.#other !== null) {
      if (this.#other.write(octets, this.#otherSize)) this.#otherSize += octets.length;
      else {
        this.#other.free();
        this.#other = null;
        connection.respond(request, 413, `${OTHER_BODY} octets at most`);
      }
    }
  }

  onFinish(connection: Connection, request: IncomingRequest, continuation: Continuation): void {
    if (this.#admission.early) return this.#admission.finish(connection, request, continuation);
    if (connection !== this.#connection) return;
    if (request.method === "SEND") this.#receiver.finish(continuation);
    else if (this.#other !== null) {
      const other = this.#other;
      this.#other = null;
      this.#otherRequest(connection, request, other.body(this.#otherSize));
      other.free();
    }
  }

  #reported(report: IncomingRequest): void {
    this.#sender.report(report);
    this.#options.user.onReport?.(report);
  }

  #otherRequest(connection: Connection, request: IncomingRequest, body: Uint8Array): void {
    connection.respond(request, this.#options.user.onRequest?.(request, body) ?? 501);
  }

  onLost(connection: Connection, reason: string): void {
    this.#admission.lost(connection);
    if (connection === this.#connection) this.#end(reason, 0);
  }

  /** RFC 4975 §7.1.2: along the path that the message came, to its sender. */
  #report(about: Received, from: number, to: number, total: number, status: number, comment: string): void {
    const connection = this.#connection;
    if (connection === null || !connection.open) return;
    const head: RequestHead = {
      method: "REPORT",
      toPath: about.fromPath,
      fromPath: this.#options.uri,
      messageId: about.messageId,
      start: from + 1,
      end: to,
      total,
      successReport: false,
      failureReport: "yes",
      status,
      statusText: comment,
      contentType: "",
      others: "",
    };
    connection.send(head, EMPTY, "$", null);
  }

  #arm(): void {
    if (this.#state !== "closed") this.#sweepTimer ??= this.#options.timers.start(SWEEP_MS, this, SWEEP);
  }

  onTimer(kind: number): void {
    if (kind === DRAIN) return this.#end("not everything could be finished in time", 0);
    this.#sweepTimer = null;
    this.#sender.sweep();
    this.#receiver.sweep();
    if (!this.#sender.idle || this.#receiver.underWay > 0) this.#arm();
  }

  #drained(): void {
    if (this.#draining) queueMicrotask(() => this.#sender.unfinished === 0 && this.#end(this.#drainReason, 0));
  }

  #end(reason: string, status: number): void {
    if (this.#state === "closed") return;
    this.#state = "closed";
    const { node, sessionId, user } = this.#options;
    node.remove(sessionId);
    this.#admission.close(reason);
    this.#sender.close(reason, status !== 0);
    this.#receiver.close(reason);
    this.#gate.releaseAll();
    this.#other?.free();
    this.#other = null;
    this.#sweepTimer?.stop();
    this.#drainTimer?.stop();
    if (this.#connection !== null) node.unbind(this.#connection, this);
    this.#connection = null;
    user.onClosed(reason, status);
  }
}
