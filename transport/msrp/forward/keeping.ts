import type { Timed, Timer, Timers } from "../../../foundation/mod.ts";
import { type Connection, LOST, type ResponseUser, type Room, type RoomWaiter } from "../connection.ts";
import type { Continuation, IncomingRequest, RequestHead } from "../frame.ts";
import { LinkedList } from "../linked_list.ts";
import type { Forwarded, Route } from "./forwarded.ts";
import type { Side } from "./forward_rules.ts";
import { LARGEST_KEPT } from "./kept_buffers.ts";
import { KeptMessage } from "./kept_message.ts";
import type { Rewrite } from "./rewriter.ts";
import type { KeepParts } from "./undelivered.ts";

/** What one direction keeps at most, and from where on its source waits: one more read of that may bring the difference. */
const OCTETS = 64 * 1024, FULL_OCTETS = 32 * 1024;
const MESSAGES = 256, FULL_MESSAGES = 128;
/** A buffer for a message that does not say how long it will be. */
const UNTOLD = 1024;
/** How long a source waits for answers; it may be one that takes none while nobody reads what it sends. */
const PATIENCE_MS = 5_000;
/** A message whose receiver does not answer, or is not there (RFC 4975 §10.4, §10.5). */
const NOT_THERE: ReadonlySet<number> = new Set([408, 481]);

/** The way to the receiver as it is now. */
export type WayOn = Pick<Route, "destination" | "toPath" | "fromPath">;

/** Whose messages are kept. */
export interface KeepingUser extends ResponseUser {
  /** Null where the receiver has no connection. */
  wayOn(): WayOn | null;
  /** The sender is told that the message is safe with the box. */
  stored(message: Forwarded): void;
  /** The sender is told that the message failed. */
  failed(message: Forwarded, status: number, comment: string): void;
  /** Nothing is kept any more. */
  onIdle(): void;
}

/** What the keeping of one direction stands on. */
export interface KeepingParts extends KeepParts {
  readonly side: Side;
  readonly timers: Timers;
  readonly user: KeepingUser;
}

/**
 * Small messages of one direction that were passed on, with a copy of each until its receiver has it: 16 KB at most, 64 KiB and
 * 256 messages in all. What a broken connection left open goes out again on the next one, under the same Message-ID (RFC 4975
 * §5.4); where there will be none it is handed over to be stored. Where too much is open the source waits; what would go beyond
 * is passed on, but not kept.
 */
export class Keeping implements Room, Timed {
  readonly #parts: KeepingParts;
  readonly #messages = new LinkedList<KeptMessage>();
  #octets = 0;
  /** Handed over, and not known yet what became of them. */
  #handed = 0;
  #waiters: RoomWaiter[] = [];
  /** Runs while a source waits. */
  #patience: Timer | null = null;
  /** A source waited in vain: none waits any more. */
  #impatient = false;
  open = true;

  constructor(parts: KeepingParts) {
    this.#parts = parts;
  }

  /** Nothing is kept, and what was handed over is settled. */
  get idle(): boolean {
    return this.#messages.size === 0 && this.#handed === 0;
  }

  get full(): boolean {
    return !this.#impatient && (this.#octets >= FULL_OCTETS || this.#messages.size >= FULL_MESSAGES);
  }

  whenRoom(waiter: RoomWaiter): void {
    this.#waiters.push(waiter);
    this.#patience ??= this.#parts.timers.start(PATIENCE_MS, this, 0);
  }

  /** Answers that go the same way as what is held up would never come: then nobody waits. */
  onTimer(): void {
    const { user, timers } = this.#parts;
    if (user.wayOn() === null) this.#patience = timers.start(PATIENCE_MS, this, 0);
    else {
      this.#impatient = true;
      this.#tellWaiters();
    }
  }

  /** A chunk begins, or is passed on whole; it has `least` octets. Null: its message is not kept. */
  begin(chunk: Forwarded, request: RequestHead, rewrite: Rewrite | null, least: number): KeptMessage | null {
    // Whose sender wants no word of failure, or whose answer is silence, is nobody's to keep.
    if (chunk.failureReport !== "yes" || request.total > LARGEST_KEPT) return null;
    const kept = request.start === 1
      ? this.#first(chunk, request, rewrite, least)
      : this.#unfinished(request.messageId, request.start - 1);
    if (kept === null) return null;
    kept.open++;
    return chunk.kept = kept;
  }

  /** Octets as they were sent. False: too many, and the message is not kept any longer. */
  write(kept: KeptMessage, octets: Uint8Array): boolean {
    if (kept.gone) return false;
    const { buffer, length } = kept;
    const needed = length + octets.length;
    if (needed > buffer.length && !this.#grow(kept, needed)) {
      this.#forget(kept);
      return false;
    }
    kept.buffer.set(octets, length);
    kept.length = needed;
    return true;
  }

  /** The chunk ends. */
  end(kept: KeptMessage, continuation: Continuation): void {
    if (continuation === "#") this.#forget(kept);
    else if (continuation === "$") kept.whole = true;
  }

  /** Holds the source where too much is open, unless the other direction waits already: its answers may come from there. */
  holdUp(source: Connection, opposite: Keeping | null): void {
    if (this.full && this.#giveWay() && (opposite === null || opposite.#patience === null)) source.holdFor(this);
  }

  /** The next hop has taken a chunk. */
  answered(kept: KeptMessage): void {
    if (kept.gone || --kept.open > 0 || !kept.whole || kept.lost) return;
    // A relay has it, but the receiver said that it would tell (RFC 4976 §6.4.1).
    if (kept.head.successReport && (kept.resent ?? kept.head).toPath.includes(" ")) kept.relayed = true;
    else this.#forget(kept);
  }

  /** A chunk has failed. False: its sender is to be told; else the message is still to be had, or is taken care of. */
  spares(kept: KeptMessage, chunk: Forwarded, status: number): boolean {
    if (kept.gone) return kept.settled;
    // One that has been sent again does not depend on what went out before.
    if (kept.resent !== null && kept.resent !== chunk) return true;
    if (!kept.whole || (status !== LOST && !NOT_THERE.has(status))) {
      this.#forget(kept);
      return false;
    }
    if (status === LOST) this.strand(kept);
    else this.#handOverTo(kept);
    return true;
  }

  /** Its connection went before it was answered, or before all of it was on it. */
  strand(kept: KeptMessage): void {
    if (kept.gone || !kept.whole) return this.#forget(kept);
    kept.lost = true;
    // Its receiver may have come by another connection meanwhile.
    const way = this.#parts.user.wayOn();
    if (way !== null) this.#again(kept, way);
  }

  /**
   * The receiver, or a relay of its, reports on a message. True: the report goes no further, since the message is with us.
   * `start` and `end` count as the sender does.
   */
  reported({ messageId, status }: IncomingRequest, start: number, end: number): boolean {
    const kept = this.#messages.all().find(({ head, whole }) => whole && head.messageId === messageId);
    if (kept === undefined) return false;
    if (status === 200 && (start > 1 || end < kept.length)) return false;
    if (kept.relayed && NOT_THERE.has(status)) {
      this.#give(kept);
      return true;
    }
    kept.settled = true;
    this.#forget(kept);
    return false;
  }

  /** The receiver has connected anew: what the old connection left open goes out again. */
  resume(way: WayOn): void {
    for (const kept of this.#messages.all()) if (kept.lost) this.#again(kept, way);
  }

  /** The receiver will not come: everything is handed over, in order. */
  handOver(): void {
    for (const kept of this.#messages.all()) this.#give(kept);
  }

  /** Nothing more comes from the source: what it has not finished will not be whole. */
  close(): void {
    for (const kept of this.#messages.all()) if (!kept.whole) this.#forget(kept);
  }

  #first(chunk: Forwarded, request: RequestHead, rewrite: Rewrite | null, least: number): KeptMessage | null {
    const { total, contentType } = request;
    const size = total >= 0 ? total : chunk.continuation === "$" ? least : Math.max(least, UNTOLD);
    if (size > LARGEST_KEPT || this.#messages.size >= MESSAGES) return null;
    const { buffers } = this.#parts;
    const buffer = buffers.take(size);
    if (this.#octets + buffer.length > OCTETS) {
      buffers.give(buffer);
      return null;
    }
    this.#octets += buffer.length;
    const kept = new KeptMessage(chunk, contentType, rewrite, buffer);
    this.#messages.add(kept);
    return kept;
  }

  /** A message of which so many octets have come and more are to come. */
  #unfinished(messageId: string, octets: number): KeptMessage | null {
    const found = this.#messages.all().findLast(({ whole, length, head }) =>
      !whole && length === octets && head.messageId === messageId
    );
    return found ?? null;
  }

  #grow(kept: KeptMessage, octets: number): boolean {
    const { buffers } = this.#parts;
    const old = kept.buffer;
    if (octets > LARGEST_KEPT || this.#octets + octets - old.length > OCTETS) return false;
    kept.buffer = buffers.take(octets);
    kept.buffer.set(old.subarray(0, kept.length));
    this.#octets += kept.buffer.length - old.length;
    buffers.give(old);
    return true;
  }

  /** What the source has begun and not gone on with, and what a relay has, does not make it wait. False: there is room now. */
  #giveWay(): boolean {
    for (const kept of this.#messages.all()) if (this.full && kept.open === 0) this.#forget(kept);
    return this.full;
  }

  #again(kept: KeptMessage, { destination, toPath, fromPath }: WayOn): void {
    const again = kept.again({ ...kept.head.route, destination, toPath, fromPath });
    const { user } = this.#parts;
    if (!destination.send(again, kept.passedBody, "$", user, again)) return;
    kept.resent = again;
    kept.lost = false;
    kept.open = 1;
  }

  /** With what came before it and was lost already. */
  #handOverTo(last: KeptMessage): void {
    for (const kept of this.#messages.all()) {
      if (kept === last) return this.#give(last);
      if (kept.lost) this.#give(kept);
    }
  }

  #give(kept: KeptMessage): void {
    const { undelivered, side, user } = this.#parts;
    const { head, contentType, length } = kept;
    if (kept.gone || !kept.whole) return this.#forget(kept);
    const body = kept.buffer.slice(0, length);
    // As a whole, for the reports.
    const message = kept.again(head.route);
    message.reported = head.reported;
    this.#handed++;
    kept.settled = true;
    this.#forget(kept);
    let settled = false;
    undelivered.keep(side, { messageId: head.messageId, contentType, body }, (status, comment) => {
      if (settled) return;
      settled = true;
      this.#handed--;
      if (status === 200) user.stored(message);
      else user.failed(message, status, comment);
      if (this.idle) user.onIdle();
    });
  }

  #forget(kept: KeptMessage): void {
    if (!this.#messages.delete(kept)) return;
    const buffer = kept.release();
    this.#octets -= buffer.length;
    this.#parts.buffers.give(buffer);
    if (this.#patience !== null && this.#octets <= FULL_OCTETS / 2 && this.#messages.size <= FULL_MESSAGES / 2) {
      this.#tellWaiters();
    }
    if (this.idle) this.#parts.user.onIdle();
  }

  #tellWaiters(): void {
    const waiters = this.#waiters;
    this.#waiters = [];
    this.#patience?.stop();
    this.#patience = null;
    for (const waiter of waiters) waiter.onRoom(this);
  }
}
