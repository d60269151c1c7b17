import { EMPTY } from "../../../foundation/mod.ts";
import { type Connection, LOST, type OutgoingChunk } from "../connection.ts";
import type { Continuation, IncomingRequest, RequestHead } from "../frame.ts";
import { AnswerBack, type AnswerSeen } from "./answer_back.ts";
import { FailedMessages } from "./failed_messages.ts";
import { type Decision, FirstLook } from "./first_look.ts";
import { Forwarded, type Route } from "./forwarded.ts";
import { type BridgeTap, type ForwardRules, NO_RULES, type Side } from "./forward_rules.ts";
import type { HeldAnswer } from "./held_answer.ts";
import { HeldMessages } from "./held_messages.ts";
import { Keeping, type KeepingUser, type WayOn } from "./keeping.ts";
import type { KeptMessage } from "./kept_message.ts";
import { abortHead, reportHead, type WayBack } from "./own_heads.ts";
import { type Refusal, type Rewrite, rewrittenBody, rewrittenHead, shiftOf } from "./rewriter.ts";

const FAILED: Refusal = { status: 413, comment: "This message failed already" };
const TOO_LARGE: Refusal = { status: 413, comment: "Message too large" };
const BEYOND: Refusal = { status: 400, comment: "More octets than Byte-Range says the message has" };
const NO_TYPE: Refusal = { status: 415, comment: "Media type not accepted" };
const NO_HOP: Refusal = { status: 481, comment: "The next hop has no connection" };
/** A sender that is still to hear of what is kept goes on: 481 would end the session for it (RFC 4975 §10.5). */
const NO_HOP_YET: Refusal = { status: 408, comment: NO_HOP.comment };

/** What a forwarder has seen. */
export interface ForwardCounts {
  /** Messages that passed to their last chunk. */
  messages: number;
  chunks: number;
  octets: number;
  reports: number;
  /** Chunks answered with an error, or failed later. */
  refused: number;
}

/** Whoever knows where a source that has connected anew is reached, and the receiver of what it sends. */
export interface ForwarderHome {
  /** Null: nowhere but where its message came from. */
  wayBack(): WayBack | null;
  /** Null: the receiver has no connection. */
  wayOn(): WayOn | null;
  /** What keeps the messages of this direction until they have arrived; null: nothing does. Asked when there is the first. */
  keepingFor(user: KeepingUser): Keeping | null;
  /** The forwarder is closed, no message of it is kept any more, and no answer held up. */
  onIdle(): void;
}

/**
 * Passes the requests of one source on, without holding them (RFC 4975 §7, RFC 4976 §6.4): a SEND is answered to the previous
 * hop once it has been taken; what goes wrong later becomes a failure REPORT. A chunk that comes in pieces goes out in pieces,
 * and the source is not read while the destination is full. One for each source connection of a session: a connection has one
 * chunk under way at most.
 */
export class Forwarder implements KeepingUser {
  rules: ForwardRules = NO_RULES;
  /** For reports about what comes the other way. */
  opposite: Forwarder | null = null;
  /** Says where the source is now: it may have connected anew since. */
  home: ForwarderHome | null = null;
  /** Messages are kept until they have arrived, as far as `home` says how. */
  keeps = false;
  /** Monotonic ms of the last octet; 0 before the first. */
  lastTraffic = 0;
  readonly counts: ForwardCounts = { messages: 0, chunks: 0, octets: 0, reports: 0, refused: 0 };
  readonly #side: Side;
  #tap: BridgeTap | null;
  /** Who was shown the beginning of the chunk under way. */
  #shown: BridgeTap | null = null;
  /** Null until there is an answer that a tap holds up. */
  #held: HeldMessages | null = null;
  readonly #failed = new FailedMessages();
  /** Null until there is a message to be looked at. */
  #look: FirstLook | null = null;
  #keeping: Keeping | null = null;
  /** Messages that are not kept, passed on to their last chunk, and not answered by the receiver. */
  #awaited = 0;

  // The chunk under way: its request; what it became once it goes on; else it is looked at, or dropped (`#answered`).
  #request: IncomingRequest | null = null;
  #route: Route | null = null;
  #passing: Forwarded | null = null;
  #out: OutgoingChunk | null = null;
  #kept: KeptMessage | null = null;
  #answered = false;
  /** Octets still to be dropped, and what the rewriting adds to each position. */
  #skip = 0;
  #shift = 0;
  /** Octets that the message under way may have as it goes out. */
  #limit = Infinity;
  #closed = false;

  constructor(side: Side = "a", tap: BridgeTap | null = null) {
    this.#side = side;
    this.#tap = tap;
  }

  /** From the next chunk on this one sees what passes, in the place of whoever did; null: nobody. */
  watch(tap: BridgeTap | null): void {
    if (tap !== this.#tap) this.#shown = null;
    this.#tap = tap;
  }

  /** Messages that were passed on, and are not kept, wait for the receiver's answer. */
  get awaits(): boolean {
    return this.#awaited > 0;
  }

  /** No message is kept, none that was handed over is unsettled, none waits for its receiver's answer, and no answer is held up. */
  get idle(): boolean {
    return this.#awaited === 0 && (this.#keeping === null || this.#keeping.idle) &&
      (this.#held === null || this.#held.idle);
  }

  /** Null until there was a message to be kept. */
  get keeping(): Keeping | null {
    return this.#keeping;
  }

  /** A chunk has begun and not ended. */
  get busy(): boolean {
    return this.#request !== null;
  }

  /** A SEND that came whole. */
  whole(route: Route, request: IncomingRequest, body: Uint8Array, continuation: Continuation): void {
    this.lastTraffic = route.source.readAt;
    const refusal = this.#refusal(request);
    if (refusal !== null) return this.#refuse(route, request, refusal);
    const { rewriter } = this.rules;
    let rewrite: Rewrite | null = null;
    if (rewriter !== null && rewriter.wants(request)) {
      const found = (this.#look ??= new FirstLook()).whole(rewriter, request, body, continuation);
      if (found !== null && "status" in found) return this.#refuse(route, request, found);
      rewrite = found;
    }
    const shift = shiftOf(rewrite);
    const most = this.#most(rewrite);
    if (request.total + shift > most || request.start - 1 + body.length + shift > most) {
      return this.#outgrown(route, request, TOO_LARGE);
    }
    if (isBeyond(request, body.length)) return this.#outgrown(route, request, BEYOND);
    const passed = rewrite === null ? body : rewrittenBody(rewrite, request.start, body);
    const forwarded = rewrite === null ? new Forwarded(route, request) : rewrittenHead(route, request, rewrite);
    forwarded.octets = body.length;
    // Of a chunk that lies in what is dropped nothing is left.
    forwarded.end = Math.max(forwarded.start - 1, request.start - 1 + body.length + shift);
    forwarded.continuation = continuation;
    const user = request.failureReport === "no" ? null : this;
    if (!route.destination.send(forwarded, passed, continuation, user, forwarded)) {
      return this.#refuse(route, request, this.#noHop);
    }
    this.counts.chunks++;
    this.counts.octets += body.length;
    if (continuation === "$") this.counts.messages++;
    if (this.#tap === null) route.source.respond(request, 200);
    else this.#show(this.#tap, route, request, body, continuation);
    if (route.destination.full) route.source.holdFor(route.destination);
    if (this.keeps) this.#keep(forwarded, request, rewrite, body, continuation);
    this.#await(forwarded);
  }

  /** A SEND whose body comes in pieces. */
  begin(route: Route, request: IncomingRequest): void {
    this.lastTraffic = route.source.readAt;
    this.#request = request;
    this.#route = route;
    this.#answered = false;
    const refusal = this.#refusal(request);
    if (refusal !== null) return this.#refuse(route, request, refusal);
    const { rewriter } = this.rules;
    if (rewriter === null || !rewriter.wants(request)) return this.#open(null);
    const found = (this.#look ??= new FirstLook()).begin(rewriter, request);
    if (found !== "more") this.#decided(found);
  }

  piece(octets: Uint8Array): void {
    if (this.#request === null || this.#answered) return;
    this.lastTraffic = this.#route!.source.readAt;
    if (this.#passing === null) this.#lookAt(octets);
    else this.#write(octets);
  }

  finish(continuation: Continuation): void {
    const request = this.#request;
    if (request === null) return;
    const look = this.#look;
    if (look !== null && look.looking && !this.#answered) this.#decided(look.finish(request));
    const route = this.#route!;
    // Of a message in several chunks, one has lost its way.
    if (!this.#answered && this.#passing !== null && this.#out === null && continuation !== "$") {
      this.#giveUp(this.#noHop);
    }
    if (!this.#answered) {
      const held = this.#end(continuation);
      this.counts.chunks++;
      if (continuation === "$") this.counts.messages++;
      if (continuation !== "+") look?.settled(request);
      if (held === null) route.source.respond(request, 200);
      else this.#holdUp(held, route, request);
    }
    this.#clear();
  }

  /**
   * A request that is no SEND: it goes on as it is. Its answer comes back along the path, past `seen`; a REPORT has none
   * (§7.1.2).
   */
  other(
    route: Route,
    request: IncomingRequest,
    body: Uint8Array,
    continuation: Continuation,
    seen: AnswerSeen | null = null,
  ): void {
    this.lastTraffic = route.source.readAt;
    const isReport = request.method === "REPORT";
    const look = isReport && this.opposite !== null ? this.opposite.#look : null;
    const head = new Forwarded(route, request);
    if (look !== null) Object.assign(head, look.messages.unshifted(request));
    if (isReport && this.opposite !== null && this.opposite.#reported(request, head)) {
      this.counts.reports++;
      return;
    }
    if (isReport && body.length === 0 && this.opposite !== null && this.opposite.#holdsReport(head)) {
      this.counts.reports++;
      this.#tap?.onReport(this.#side, request, false);
      return;
    }
    const user = isReport ? null : new AnswerBack(route.source, request, seen);
    const sent = route.destination.send(head, body, continuation, user);
    if (isReport) {
      this.counts.reports++;
      this.#tap?.onReport(this.#side, request, false);
    } else if (!sent) this.#refuse(route, request, this.#noHop);
    if (route.destination.full) route.source.holdFor(route.destination);
  }

  /** The source is gone: what was under way will not be whole, and the receiver is told so. */
  sourceLost(): void {
    if (this.#request === null) return;
    if (!this.#answered) this.#end("#");
    this.#clear();
  }

  /** The way on is gone or closed: what is under way is given up and its sender answered; the rest of the chunk is dropped. */
  cut(status: number, comment: string): void {
    if (this.#request === null || this.#answered) return;
    // One that is kept need not be: the rest comes in, and goes out as a whole later.
    if (this.#kept !== null && !this.#kept.gone && !this.#closed) this.#out = null;
    else this.#giveUp({ status: this.keeps && status === 481 ? NO_HOP_YET.status : status, comment });
  }

  /**
   * The session is over, and what is under way is given up. What was passed on and has no answer yet is still reported when it
   * turns out to be lost: its sender, who was told 200, hears of it nowhere else. Returns what is to be answered when the
   * keeping is settled.
   */
  close(comment: string): IncomingRequest | null {
    this.#closed = true;
    this.#keeping?.close();
    const late = this.#keeping !== null && !this.#keeping.idle && !this.#answered ? this.#request : null;
    if (late !== null) this.sourceLost();
    else this.cut(481, comment);
    return late;
  }

  wayOn(): WayOn | null {
    return this.home === null ? null : this.home.wayOn();
  }

  stored(message: Forwarded): void {
    if (message.successReport) this.#tell(message, 200, "OK");
  }

  failed(message: Forwarded, status: number, comment: string): void {
    this.counts.refused++;
    this.#report(message, { status, comment });
  }

  onIdle(): void {
    if (this.#closed && this.idle) this.home?.onIdle();
  }

  /** What was held up of a message goes back to its sender, wherever that is now. */
  onReleased(reports: readonly RequestHead[]): void {
    const way = this.home?.wayBack() ?? null;
    if (way === null) return;
    for (const report of reports) {
      way.source.send({ ...report, toPath: way.reportTo, fromPath: way.reportFrom }, EMPTY, "$", null);
    }
  }

  onResponse(status: number, comment: string, context: unknown): void {
    const forwarded = context as Forwarded;
    const { kept } = forwarded;
    if (forwarded.awaited) this.#came(forwarded);
    if (status >= 200 && status < 300) {
      if (kept !== null) this.#keeping!.answered(kept);
      return;
    }
    if (status === LOST && kept !== null && kept === this.#kept) return this.cut(481, comment);
    if (kept !== null && this.#keeping!.spares(kept, forwarded, status)) return;
    const reason: Refusal = status === LOST
      ? { status: 408, comment: "The connection to the next hop was lost" }
      : { status, comment };
    // Its own chunk is still coming in: the answer to that says it (RFC 4975 §7.1.4).
    if (forwarded === this.#passing && !this.#answered) return this.#giveUp(reason);
    this.counts.refused++;
    if (!forwarded.partOfMore) return this.#report(forwarded, reason);
    const { messageId } = forwarded;
    const known = this.#failed.has(messageId);
    this.#failed.add(messageId);
    if (this.#passing?.messageId === messageId && !this.#answered) this.#giveUp(FAILED);
    else if (!known && !this.#closed && forwarded.continuation === "+" && reason.status !== 413) {
      this.#abort(forwarded.route, forwarded);
    }
    if (!known) this.#report(forwarded, reason);
  }

  get #noHop(): Refusal {
    return this.keeps ? NO_HOP_YET : NO_HOP;
  }

  /** What is wrong with a chunk by its head alone. */
  #refusal(request: IncomingRequest): Refusal | null {
    if (this.#failed.some && this.#failed.has(request.messageId)) {
      if (request.start > 1) return FAILED;
      this.#failed.forgive(request.messageId);
    }
    const { types, maxSize } = this.rules;
    if (types !== null && !types.allows(request.contentType)) return NO_TYPE;
    // With a rewriter the size is known only after its look.
    if (request.total > maxSize && this.rules.rewriter === null) return TOO_LARGE;
    return null;
  }

  /** Octets that a message may have as it goes out. */
  #most(rewrite: Rewrite | null): number {
    const { maxSize } = this.rules;
    return rewrite?.maxSize === undefined ? maxSize : Math.min(maxSize, rewrite.maxSize);
  }

  /** Answers at once. The rest of a chunk that is under way is dropped, and so are later chunks of the message. */
  #refuse(route: Route, request: IncomingRequest, { status, comment }: Refusal): void {
    this.counts.refused++;
    this.#answered = true;
    if (request.start > 1) this.#failed.add(request.messageId);
    route.source.respond(request, status, comment);
  }

  /** A whole chunk takes its message too far: the receiver has some of it already, unless it is the first. */
  #outgrown(route: Route, request: IncomingRequest, reason: Refusal): void {
    if (request.start > 1) this.#abort(route, new Forwarded(route, request));
    this.#failed.add(request.messageId);
    this.#refuse(route, request, reason);
  }

  /** The receiver learns that the rest of a message will not come. */
  #abort(route: Route, of: RequestHead): void {
    route.destination.send(abortHead(route, of), EMPTY, "#", null);
  }

  #open(rewrite: Rewrite | null): void {
    const request = this.#request!;
    const route = this.#route!;
    const shift = shiftOf(rewrite);
    const most = this.#most(rewrite);
    if (request.total + shift > most) return this.#refuse(route, request, TOO_LARGE);
    const forwarded = rewrite === null ? new Forwarded(route, request) : rewrittenHead(route, request, rewrite);
    const user = request.failureReport === "no" ? null : this;
    const out = route.destination.begin(forwarded, user, forwarded);
    if (out === null) return this.#refuse(route, request, this.#noHop);
    this.#passing = forwarded;
    this.#out = out;
    if (this.keeps) this.#kept = this.#keepingNow()?.begin(forwarded, request, rewrite, 0) ?? null;
    this.#shift = shift;
    this.#limit = most;
    this.#skip = rewrite === null ? 0 : Math.max(0, rewrite.drop - request.start + 1);
    if (rewrite !== null && request.start === 1 && rewrite.prepend.length > 0) out.write(rewrite.prepend);
    if (this.#tap === null) return;
    this.#shown = this.#tap;
    this.#tap.onBegin(this.#side, request);
  }

  /** A chunk that came whole, to whoever sees what passes. */
  #show(tap: BridgeTap, route: Route, request: IncomingRequest, body: Uint8Array, continuation: Continuation): void {
    tap.onBegin(this.#side, request);
    if (body.length > 0) tap.onOctets(this.#side, request, body);
    const held = tap.onEnd(this.#side, request, continuation);
    if (held === null) route.source.respond(request, 200);
    else this.#holdUp(held, route, request);
    if (tap.room !== null && tap.room.full) route.source.holdFor(tap.room);
  }

  #holdUp(held: HeldAnswer, { source }: Route, request: IncomingRequest): void {
    if (!(this.#held ??= new HeldMessages(this)).add(held, source, request)) return source.respond(request, 200);
    const room = this.#tap === null ? null : this.#tap.room;
    if (room !== null && room.full) source.holdFor(room);
  }

  /** A REPORT about a message of this direction waits with the answer to it. */
  #holdsReport(report: RequestHead): boolean {
    return this.#held !== null && this.#held.holdReport(report);
  }

  #write(octets: Uint8Array): void {
    const forwarded = this.#passing!;
    const { source, destination } = this.#route!;
    const came = forwarded.octets + octets.length;
    if (forwarded.sentStart - 1 + came + this.#shift > this.#limit) return this.#giveUp(TOO_LARGE);
    if (isBeyond(this.#request!, came)) return this.#giveUp(BEYOND);
    forwarded.octets = came;
    const out = this.#out;
    if (out !== null && !destination.open) return this.#giveUp(this.#noHop);
    this.counts.octets += octets.length;
    if (this.#shown !== null) this.#showOctets(this.#shown, source, octets);
    const dropped = Math.min(this.#skip, octets.length);
    this.#skip -= dropped;
    if (out !== null) {
      if (dropped < octets.length) out.write(dropped === 0 ? octets : octets.subarray(dropped));
      if (destination.full) source.holdFor(destination);
    }
    if (this.#kept === null || this.#keeping!.write(this.#kept, octets)) return;
    this.#kept = null;
    if (out === null) this.#giveUp(this.#noHop);
  }

  #showOctets(tap: BridgeTap, source: Connection, octets: Uint8Array): void {
    tap.onOctets(this.#side, this.#request!, octets);
    if (tap.room !== null && tap.room.full) source.holdFor(tap.room);
  }

  /** What holds up the answer; null: nothing does. */
  #end(continuation: Continuation): HeldAnswer | null {
    if (this.#passing === null) return null;
    this.#passing.continuation = continuation;
    this.#out?.finish(continuation);
    const held = this.#shown === null ? null : this.#shown.onEnd(this.#side, this.#request!, continuation);
    if (this.#kept === null) {
      if (this.#out !== null) this.#await(this.#passing);
      return held;
    }
    this.#keeping!.end(this.#kept, continuation);
    if (this.#out === null) this.#keeping!.strand(this.#kept);
    this.#keeping!.holdUp(this.#route!.source, this.opposite === null ? null : this.opposite.#keeping);
    return held;
  }

  /** Of a message that nobody keeps, the sender has been told 200: it is gone when its receiver says so. */
  #await(chunk: Forwarded): void {
    const { continuation, failureReport, kept, route } = chunk;
    if (continuation !== "$" || failureReport !== "yes" || (kept !== null && !kept.gone) || !route.destination.open) {
      return;
    }
    chunk.awaited = true;
    this.#awaited++;
  }

  /** Its answer. */
  #came(chunk: Forwarded): void {
    chunk.awaited = false;
    if (--this.#awaited === 0 && this.#closed) this.home?.onIdle();
  }

  #keepingNow(): Keeping | null {
    return this.#keeping ??= this.home === null ? null : this.home.keepingFor(this);
  }

  /** A chunk that came whole has been passed on. */
  #keep(
    forwarded: Forwarded,
    request: IncomingRequest,
    rewrite: Rewrite | null,
    body: Uint8Array,
    continuation: Continuation,
  ): void {
    const keeping = this.#keepingNow();
    const kept = keeping === null ? null : keeping.begin(forwarded, request, rewrite, body.length);
    if (kept === null || !keeping!.write(kept, body)) return;
    keeping!.end(kept, continuation);
    keeping!.holdUp(forwarded.route.source, this.opposite === null ? null : this.opposite.#keeping);
  }

  /** A REPORT about a message of this direction, and the same as its sender counts. True: it goes no further. */
  #reported(report: IncomingRequest, { start, end }: RequestHead): boolean {
    return this.#keeping !== null && this.#keeping.reported(report, start, end);
  }

  /** Ends what is under way on both sides. */
  #giveUp(reason: Refusal): void {
    const request = this.#request!;
    this.#end("#");
    this.#failed.add(request.messageId);
    this.#refuse(this.#route!, request, reason);
  }

  #lookAt(octets: Uint8Array): void {
    const look = this.#look!;
    const found = look.piece(this.#request!, octets);
    if (found === "more") return;
    const { rest } = look;
    this.#decided(found);
    if (!this.#answered && rest.length > 0) this.#write(rest);
  }

  /** A message that was looked at goes on, with what has been seen of it, or not. */
  #decided(found: Decision): void {
    const { seen } = this.#look!;
    if (found !== null && "status" in found) return this.#refuse(this.#route!, this.#request!, found);
    this.#open(found);
    if (!this.#answered && seen.length > 0) this.#write(seen);
  }

  /** A failure REPORT to whoever sent it (RFC 4975 §7.1.4, RFC 4976 §6.4.1), once. */
  #report(forwarded: Forwarded, { status, comment }: Refusal): void {
    if (forwarded.reported || forwarded.failureReport === "no") return;
    forwarded.reported = true;
    this.#tell(forwarded, status, comment);
  }

  /** A REPORT of our own. */
  #tell(forwarded: Forwarded, status: number, comment: string): void {
    const way = this.home?.wayBack() ?? forwarded.route;
    const report = reportHead(way, forwarded, status, comment);
    if (!this.#holdsReport(report)) way.source.send(report, EMPTY, "$", null);
    if (!this.#closed) this.#tap?.onReport(this.#side === "a" ? "b" : "a", report, true);
  }

  #clear(): void {
    this.#request =
      this.#route =
      this.#passing =
      this.#out =
      this.#kept =
      this.#shown =
        null;
    this.#look?.stop();
    this.#answered = false;
    this.#skip = 0;
  }
}

/** True where so many octets of a chunk are more than there can be: passed on, they would have a range that cannot be one. */
function isBeyond({ start, total }: RequestHead, octets: number): boolean {
  return total >= 0 && start - 1 + octets > total;
}
