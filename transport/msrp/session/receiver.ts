import { type Clock, EMPTY } from "../../../foundation/mod.ts";
import type { Connection } from "../connection.ts";
import { AcceptedTypes } from "../forward/accepted_types.ts";
import type { Continuation, IncomingRequest } from "../frame.ts";
import { BodyBuffer } from "./body_buffer.ts";
import type { Gate } from "./gate.ts";
import { HeldResponses } from "./held_responses.ts";
import { type IncomingOwner, Received, UnderWay } from "./incoming.ts";
import type { MessageTracker } from "./message_tracker.ts";
import type { OctetBudget } from "./octet_budget.ts";
import { LATER, type SessionLimits, type SessionUser } from "./session_user.ts";

/** A message that is known: what comes of it again is answered, and nothing else. */
const AGAIN = "again";

/** What the receiver needs of its session. */
export interface ReceiverParts {
  readonly user: SessionUser;
  readonly acceptTypes: readonly string[];
  readonly limits: SessionLimits;
  readonly clock: Clock;
  readonly tracker: MessageTracker;
  readonly budget: OctetBudget;
  readonly gate: Gate;
  /** As `SessionOptions.answerWhenKnown`. */
  readonly holds: boolean;
  /** Sends a REPORT about octets from `from` up to `to`. */
  report(message: Received, from: number, to: number, total: number, status: number, comment: string): void;
}

/** The incoming side: puts messages together from chunks in any order (RFC 4975 §7.3.1). */
export class Receiver implements IncomingOwner {
  readonly #parts: ReceiverParts;
  readonly #types: AcceptedTypes;
  readonly #underWay = new Map<string, UnderWay>();
  readonly #held = new HeldResponses();
  /** The request whose octets come now, where it came in pieces, and the message it is of. */
  #connection: Connection | null = null;
  #request: IncomingRequest | null = null;
  #message: UnderWay | typeof AGAIN | null = null;
  #at = 0;
  #closed = false;

  constructor(parts: ReceiverParts) {
    this.#parts = parts;
    this.#types = new AcceptedTypes(parts.acceptTypes);
  }

  get underWay(): number {
    return this.#underWay.size;
  }

  /** A SEND that came whole. */
  whole(connection: Connection, request: IncomingRequest, body: Uint8Array, continuation: Continuation): void {
    const { messageId } = request;
    if (request.contentType === "" && body.length === 0 && !this.#underWay.has(messageId)) {
      // Traffic without content (RFC 4975 §7.1): it binds, or keeps a translation alive.
      return connection.respond(request, 200);
    }
    const { limits, tracker } = this.#parts;
    if (
      continuation === "$" && request.start === 1 && body.length <= limits.whole && limits.whole > 0 &&
      messageId !== "" &&
      !this.#underWay.has(messageId) && tracker.outcome(messageId) === undefined
    ) return this.#take(connection, request, body);
    this.begin(connection, request);
    if (body.length > 0) this.piece(body);
    this.finish(continuation);
  }

  /** The usual case: one chunk that is the whole message. */
  #take(connection: Connection, request: IncomingRequest, body: Uint8Array): void {
    const { limits, user, tracker } = this.#parts;
    if (request.contentType === "") return this.#turnDown(connection, request, 400, "a body without Content-Type");
    if (!this.#types.allows(request.contentType)) return this.#turnDown(connection, request, 415, "not accepted here");
    if (limits.maxSize > 0 && body.length > limits.maxSize) {
      return this.#turnDown(connection, request, 413, `${limits.maxSize} octets at most`);
    }
    const message = new Received(this, request, body.length, body);
    // Before the call: what its taker sends may bring answers that belong to it.
    tracker.done(request.messageId, LATER);
    if (this.#parts.holds) this.#held.hold(connection, request);
    const status = user.onMessage(message);
    message.body = EMPTY;
    this.#answerLast(connection, request, message, status);
  }

  /** The response to the request that made a message complete. */
  #answerLast(connection: Connection, request: IncomingRequest, message: Received, status: number): void {
    if (status === LATER && this.#parts.holds) return;
    this.#held.drop(message.messageId);
    connection.respond(request, status === LATER ? 200 : status);
    if (status !== LATER) this.#settle(message, status);
  }

  #turnDown(connection: Connection, request: IncomingRequest, status: number, comment: string): void {
    this.#parts.tracker.done(request.messageId, status);
    connection.respond(request, status, comment);
  }

  /** A SEND whose octets follow. */
  begin(connection: Connection, request: IncomingRequest): void {
    this.#connection = connection;
    this.#request = request;
    this.#at = request.start - 1;
    this.#message = this.#messageOf(request);
  }

  /** Null: it has been refused, and answered. */
  #messageOf(request: IncomingRequest): UnderWay | typeof AGAIN | null {
    const { messageId } = request;
    const known = this.#underWay.get(messageId);
    if (known !== undefined) return known;
    const { limits, tracker, clock } = this.#parts;
    if (messageId === "") return this.#answer(400, "no Message-ID");
    const outcome = tracker.outcome(messageId);
    if (outcome !== undefined) return outcome === LATER || outcome === 200 ? AGAIN : this.#answer(outcome, "");
    if (request.contentType === "") return this.#refuseNew(messageId, 400, "a body without Content-Type");
    if (!this.#types.allows(request.contentType)) return this.#refuseNew(messageId, 415, "not accepted here");
    if (limits.maxSize > 0 && request.total > limits.maxSize) {
      return this.#refuseNew(messageId, 413, `${limits.maxSize} octets at most`);
    }
    if (this.#underWay.size >= limits.incoming) {
      // Not remembered: it may be sent again when others are through.
      return this.#answer(413, `${limits.incoming} messages at once at most`);
    }
    const message = new UnderWay(this, request, clock.monotonic());
    return this.#choose(message);
  }

  /** Who takes the octets of a new message. */
  #choose(message: UnderWay): UnderWay | null {
    const { limits, user, budget } = this.#parts;
    const key = message.messageId;
    if (limits.whole === 0 || message.total < 0 || message.total > limits.whole) {
      // Known already, for a sink that is asked may refuse at once.
      this.#underWay.set(key, message);
      const sink = user.onStream?.(message) ?? null;
      if (message.over) return null;
      if (typeof sink === "number") {
        this.refuse(message, sink, "");
        return null;
      }
      message.sink = sink;
      for (const { from, to } of sink?.have ?? []) message.ranges.add(from, to);
      message.reported = sink === null ? 0 : message.ranges.runEnd(0);
    }
    if (message.sink === null) {
      if (message.total > limits.whole) {
        this.#underWay.delete(key);
        return this.#refuseNew(key, 413, `${limits.whole} octets at most`);
      }
      message.buffer = new BodyBuffer(budget, limits.whole);
      this.#underWay.set(key, message);
    }
    return message;
  }

  #refuseNew(messageId: string, status: number, comment: string): null {
    this.#parts.tracker.done(messageId, status);
    return this.#answer(status, comment);
  }

  /** Answers the request that comes now; the rest of it is not looked at. */
  #answer(status: number, comment: string): null {
    const request = this.#request;
    this.#request = this.#message = null;
    if (request !== null) this.#connection!.respond(request, status, comment);
    return null;
  }

  piece(octets: Uint8Array): void {
    const message = this.#message;
    const from = this.#at;
    const to = this.#at = from + octets.length;
    if (message === null || message === AGAIN) return;
    const { limits, clock } = this.#parts;
    message.active = clock.monotonic();
    if (limits.maxSize > 0 && to > limits.maxSize) {
      return this.#drop(message, 413, `${limits.maxSize} octets at most`);
    }
    if (message.buffer !== null) {
      if (!message.buffer.write(octets, from)) return this.#drop(message, 413, "no memory for so much");
    } else message.sink!.write(octets, from);
    if (message.over) return;
    message.ranges.add(from, to);
    if (message.ranges.runs > limits.gaps) this.#drop(message, 413, "too many gaps");
    else if (message.sink !== null) this.#progress(message);
  }

  /** Reports from time to time how far a stream has come (RFC 4975 §7.1.3). */
  #progress(message: UnderWay): void {
    const every = this.#parts.limits.reportEvery;
    if (every === 0 || !message.successReport) return;
    const run = message.ranges.runEnd(message.reported);
    if (run - message.reported < every) return;
    this.#parts.report(message, message.reported, run, message.total, 200, "OK");
    message.reported = run;
  }

  finish(continuation: Continuation): void {
    const message = this.#message;
    const request = this.#request;
    if (request === null || message === null) return;
    if (message === AGAIN) this.#repeat(request);
    else if (continuation === "#") {
      this.#forget(message);
      message.sink?.abort("the sender gave up");
      this.#answer(200, "");
    } else if (continuation === "$") this.#last(message);
    else if (message.complete) this.#complete(message);
    else this.#answer(200, "");
  }

  /** The chunk with `$` says how long the message is. */
  #last(message: UnderWay): void {
    message.ended = true;
    message.size = this.#at;
    if (message.ranges.end > this.#at) {
      return this.#drop(message, 400, `octets came behind the end of the message at ${this.#at}`);
    }
    if (message.complete) this.#complete(message);
    else this.#answer(200, "");
  }

  #complete(message: UnderWay): void {
    const { user, tracker } = this.#parts;
    const { size, sink, buffer } = message;
    // Whoever is told may close the session: this is answered by what became of it all the same.
    const connection = this.#connection!;
    const request = this.#request!;
    this.#request = this.#message = null;
    this.#underWay.delete(message.messageId);
    message.over = true;
    tracker.done(message.messageId, LATER);
    if (this.#parts.holds) this.#held.hold(connection, request);
    let status: number;
    if (sink !== null) status = sink.end(size);
    else {
      message.body = buffer!.body(size);
      status = user.onMessage(message);
      message.body = EMPTY;
    }
    this.#release(message);
    this.#answerLast(connection, request, message, status);
  }

  /** What came of a message whose response has gone out. */
  #settle(message: Received, status: number): void {
    message.status = status;
    this.#parts.tracker.done(message.messageId, status);
    if (status === 200 && message.successReport) {
      this.#parts.report(message, 0, message.size, message.size, 200, "OK");
    }
  }

  /** A chunk of a message that is done with: acknowledged as the sender wants it (RFC 4975 §5.4), and told nobody. */
  #repeat(request: IncomingRequest): void {
    const from = request.start - 1;
    const to = this.#at;
    if (this.#held.again(this.#connection!, request)) {
      this.#request = this.#message = null;
      return;
    }
    // It came over the session before this one, and its taker has not said yet: a 200 would say what nobody knows.
    if (this.#parts.holds && this.#parts.tracker.outcome(request.messageId) === LATER) {
      return void this.#answer(408, "not known yet, try again");
    }
    this.#answer(200, "");
    if (!request.successReport || (to === from && request.total !== 0)) return;
    if (this.#parts.tracker.outcome(request.messageId) !== 200) return;
    this.#parts.report(new Received(this, request, to, EMPTY), from, to, request.total, 200, "OK");
  }

  /** Ends a message that cannot be taken; its sender is told, by the response to the chunk under way or by a REPORT. */
  #drop(message: UnderWay, status: number, comment: string): void {
    message.sink?.abort(comment);
    this.refuse(message, status, comment);
  }

  refuse(message: UnderWay, status: number, comment: string): void {
    if (message.over) return;
    this.#forget(message);
    message.status = status;
    this.#parts.tracker.done(message.messageId, status);
    const current = this.#message === message ||
      (this.#message === null && this.#request?.messageId === message.messageId);
    if (current && this.#request !== null) this.#answer(status, comment);
    else if (message.failureReport !== "no") this.#reportFailure(message, status, comment);
  }

  #reportFailure(message: UnderWay, status: number, comment: string): void {
    this.#parts.report(message, 0, message.ranges.end, message.total, status, comment);
  }

  told(message: Received, status: number, comment: string): void {
    message.status = status;
    // Not now: it may be sent again, and is looked at then.
    if (this.#parts.holds && status === 408) this.#parts.tracker.forget(message.messageId);
    else this.#parts.tracker.done(message.messageId, status);
    // A response that says no has said what a REPORT would (RFC 4975 §7.1.4).
    if (this.#held.answer(message.messageId, status, comment) && status !== 200) return;
    if (status === 200 ? !message.successReport : message.failureReport === "no") return;
    this.#parts.report(message, 0, message.size, message.size, status, status === 200 ? "OK" : comment);
  }

  pause(message: UnderWay): void {
    if (!this.#closed) this.#parts.gate.shut(message, this.#connection);
  }

  resume(message: UnderWay): void {
    this.#parts.gate.release(message);
  }

  #forget(message: UnderWay): void {
    this.#underWay.delete(message.messageId);
    message.over = true;
    this.#release(message);
  }

  #release(message: UnderWay): void {
    message.buffer?.free();
    message.buffer = null;
    this.#parts.gate.release(message);
  }

  /** Gives up messages of which nothing came for long. While reading is paused nothing can come. */
  sweep(): void {
    const { limits, clock, gate } = this.#parts;
    const now = clock.monotonic();
    for (const message of this.#underWay.values()) {
      if (gate.full) message.active = now;
      else if (now - message.active >= limits.stall) {
        this.#drop(message, 408, `nothing came for ${limits.stall / 1000} s`);
      }
    }
  }

  close(reason: string): void {
    this.#closed = true;
    // What is under way would wait for its answer in vain.
    this.#answer(481, reason);
    this.#connection = null;
    for (const message of this.#underWay.values()) {
      this.#forget(message);
      message.sink?.abort(reason);
    }
  }
}
