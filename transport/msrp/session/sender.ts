import { type Clock, randomHex } from "../../../foundation/mod.ts";
import { type Connection, LOST, type Room, type RoomWaiter } from "../connection.ts";
import type { RequestHead } from "../frame.ts";
import { type BodySource, octetsSource } from "./body_source.ts";
import { Outgoing, type OutgoingOwner, type OutgoingParts } from "./outgoing_message.ts";
import { Queue } from "./queue.ts";
import type { SessionLimits } from "./session_user.ts";
import { SentChunk, StreamTurns, type TurnsOwner, UNINTERRUPTED } from "./stream_turns.ts";

/** Lines in a row before a long message has its turn. */
const BURST = 16;
/** Sent messages that may still be reported failed, though nobody waits for a success: so many, and so long (ms). */
const PAST = 256;
const PAST_MS = 60_000;
/** Whoever has taken a message has heard of what became of it at the next hop by then (RFC 4975 §7.1.1: 30 s), or soon. */
const UNSURE_MS = 35_000;

/** What the sender needs of its session. */
export interface SenderParts {
  /** Our own. */
  readonly uri: string;
  readonly limits: SessionLimits;
  readonly clock: Clock;
  /** A status after which the session is of no use: 481, 506. */
  onBroken(status: number, comment: string): void;
  /** Nothing of ours is unfinished. */
  onQuiet(): void;
}

/**
 * The outgoing side. Messages of one piece (lines) go in order and before chunks of longer ones, while the connection has room.
 * Nothing of a long body is kept here but what its source gives at one call.
 */
export class Sender implements RoomWaiter, OutgoingOwner, TurnsOwner {
  readonly #parts: SenderParts;
  readonly #limits: SessionLimits;
  #toPath = "";
  #connection: Connection | null = null;
  #closed = false;
  readonly #lines = new Queue<Outgoing>();
  #lineOctets = 0;
  readonly #streams: StreamTurns;
  #burst = 0;
  #pumping = false;
  #waiting = false;
  /** Not finished, by Message-ID. */
  readonly #open = new Map<string, Outgoing>();
  /** Sent, and nobody waits for a report; a failure may still come. */
  readonly #past = new Map<string, Outgoing>();

  constructor(parts: SenderParts) {
    this.#parts = parts;
    this.#limits = parts.limits;
    this.#streams = new StreamTurns(this, parts.limits, parts.uri);
  }

  /** Messages not finished. */
  get unfinished(): number {
    return this.#open.size;
  }
  /** Nothing to look at from time to time. */
  get idle(): boolean {
    return this.#open.size === 0 && this.#past.size === 0;
  }

  /** Null: too much waits already, or it is over. Throws RangeError for a Message-ID that is under way. */
  send(parts: OutgoingParts): Outgoing | null {
    const { body, from = 0 } = parts;
    const size = body instanceof Uint8Array ? body.length : body.size;
    if (this.#closed || this.#open.size >= this.#limits.outgoing) return null;
    if (size >= 0 && from > size) throw new RangeError(`a message of ${size} octets cannot be sent from ${from} on`);
    const messageId = parts.messageId ?? randomHex(10);
    if (this.#open.has(messageId)) throw new RangeError(`message "${messageId}" is being sent already`);
    const message = new Outgoing(this, messageId, parts, size);
    if (body instanceof Uint8Array && size - from <= this.#limits.line) {
      if (this.#lineOctets + size - from > this.#limits.queue) return null;
      message.line = from === 0 ? body : body.subarray(from);
      this.#lineOctets += size - from;
      this.#lines.push(message);
    } else {
      const source: BodySource = body instanceof Uint8Array ? octetsSource(body, from) : body;
      message.source = source;
      source.start?.(message);
      this.#streams.add(message);
    }
    this.#past.delete(messageId);
    this.#open.set(messageId, message);
    this.#pump();
    return message;
  }

  /** From now on everything goes there. */
  start(connection: Connection, toPath: string): void {
    this.#connection = connection;
    this.#toPath = toPath;
    this.#streams.start(toPath);
    this.#pump();
  }

  onRoom(_place: Room): void {
    this.#waiting = false;
    this.#pump();
  }

  more(message: Outgoing): void {
    message.idle = false;
    this.#pump();
  }

  #pump(): void {
    const connection = this.#connection;
    // Whoever is called from here may send, abort or close.
    if (this.#pumping || connection === null) return;
    this.#pumping = true;
    while (!this.#closed && connection.open && !connection.full) {
      if (this.#lines.length > 0 && (this.#burst < BURST || this.#streams.length === 0)) {
        this.#burst++;
        this.#sendLine(connection);
      } else {
        this.#burst = 0;
        if (!this.#streams.step(connection) && this.#lines.length === 0) break;
      }
    }
    this.#pumping = false;
    if (this.#open.size === 0) this.#parts.onQuiet();
    const left = this.#lines.length > 0 || this.#streams.length > 0;
    if (left && !this.#closed && !this.#waiting && connection.open && connection.full) {
      this.#waiting = true;
      connection.whenRoom(this);
    }
  }

  #sendLine(connection: Connection): void {
    const message = this.#lines.shift()!;
    const line = message.line!;
    message.line = null;
    this.#lineOctets -= line.length;
    if (message.over) return;
    const end = line.length <= UNINTERRUPTED ? message.size : -1;
    const head = message.head(this.#toPath, this.#parts.uri, end);
    message.state = "sending";
    message.sent = message.size;
    message.complete = true;
    const wanted = message.failureReport !== "no";
    if (!connection.send(head, line, "$", wanted ? this : null, message)) return;
    if (message.failureReport === "yes") return;
    message.confirmed = message.size;
    this.#taken(message);
  }

  complete(message: Outgoing): void {
    // Its last octets may have been reported on before the empty end of a body of unknown length was sent.
    if (message.successReport && message.covered) this.#delivered(message);
    else if (message.failureReport !== "yes") this.#taken(message);
    else message.user?.onProgress?.(message);
  }

  broken(message: Outgoing, comment: string): void {
    this.#fail(message, LOST, comment);
  }

  onResponse(status: number, comment: string, context: unknown): void {
    // Its session hears of a lost connection next, and tells why.
    if (status === LOST || this.#closed) return;
    let message: Outgoing;
    if (context instanceof SentChunk) {
      message = context.message;
      this.#streams.answered(context, status);
      if (message.state === "sending" && status === 200) message.user?.onProgress?.(message);
    } else {
      message = context as Outgoing;
      if (message.failureReport === "yes" && status === 200) message.confirmed = message.sent;
    }
    if (status !== 200) this.#refused(message, status, comment);
    else if (message.state === "sending" && message.taken) this.#taken(message);
    this.#pump();
  }

  #refused(message: Outgoing, status: number, comment: string): void {
    this.#fail(message, status, comment);
    if ((status === 481 || status === 506) && !this.#closed) this.#parts.onBroken(status, comment);
  }

  /** It is out, and the next hop has it. */
  #taken(message: Outgoing): void {
    message.state = "sent";
    message.sentAt = this.#parts.clock.monotonic();
    if (!message.successReport) {
      this.#open.delete(message.messageId);
      if (message.failureReport !== "no") this.#keepPast(message);
    }
    message.user?.onSent?.(message);
  }

  #keepPast(message: Outgoing): void {
    if (this.#past.size >= PAST) {
      for (const oldest of this.#past.keys()) {
        this.#past.delete(oldest);
        break;
      }
    }
    this.#past.set(message.messageId, message);
  }

  /** A REPORT about a message of ours; about others it is ignored (RFC 4975 §7.3.2). */
  report(report: RequestHead): void {
    const message = this.#open.get(report.messageId) ?? this.#past.get(report.messageId);
    if (message === undefined || report.status === 0) return;
    if (report.status !== 200) {
      this.#refused(message, report.status, report.statusText);
      return this.#pump();
    }
    if (!message.successReport) return;
    // Without an end it is about all that was sent, as it is without Byte-Range.
    const to = report.end < 0 ? message.sent : report.end;
    message.report(report.start - 1, to, this.#limits.gaps);
    message.user?.onProgress?.(message);
    if (!message.over && message.covered) this.#delivered(message);
    if (this.#open.size === 0) this.#parts.onQuiet();
  }

  #delivered(message: Outgoing): void {
    message.state = "delivered";
    this.#open.delete(message.messageId);
    message.user?.onDelivered?.(message);
  }

  abort(message: Outgoing): boolean {
    if (message.over || message.complete) return false;
    this.#stop(message, true);
    message.state = "aborted";
    this.#pump();
    return true;
  }

  #fail(message: Outgoing, status: number, comment: string): void {
    if (message.over) return;
    // After 413 nothing more of it may go out, but for the end of a chunk under way (RFC 4975 §10.5).
    this.#stop(message, status === 408 || status === LOST);
    message.state = "failed";
    message.user?.onFailed?.(message, status, comment);
  }

  /** Takes it out of everything. `told`: the recipient hears of it, if it has got some of it. */
  #stop(message: Outgoing, told: boolean): void {
    this.#open.delete(message.messageId);
    this.#past.delete(message.messageId);
    // The place of a line in the queue stays until its turn comes.
    if (!message.complete && message.line === null) this.#streams.drop(message, this.#connection, told);
  }

  /** Gives up waiting for reports that nobody sends. */
  sweep(): void {
    const now = this.#parts.clock.monotonic();
    for (const [id, message] of this.#past) {
      if (now - message.sentAt < PAST_MS) break;
      this.#past.delete(id);
    }
    for (const message of this.#open.values()) {
      if (message.state === "sent" && now - message.sentAt >= this.#limits.reportWait) {
        this.#fail(message, 408, "no delivery report came");
      }
    }
    if (this.#open.size === 0) this.#parts.onQuiet();
  }

  /**
   * The end: chunks are ended with `#` where that still can be, and all that is not finished is told LOST. `refused`: the next
   * hop says that there is no such session. Then also what went out lately: the REPORT that it was lost comes too late.
   */
  close(reason: string, refused: boolean): void {
    if (this.#closed) return;
    this.#closed = true;
    if (refused) {
      const since = this.#parts.clock.monotonic() - UNSURE_MS;
      for (const message of this.#past.values()) if (message.sentAt >= since) this.#fail(message, LOST, reason);
    }
    for (const message of this.#open.values()) this.#fail(message, LOST, reason);
    this.#past.clear();
    this.#connection = null;
  }
}
