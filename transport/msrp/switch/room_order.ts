import { EMPTY } from "../../../foundation/mod.ts";
import { readyFields, type ReadyMessage } from "../ready_request.ts";
import type { SwitchedMessage } from "./message.ts";

/** Longest body that goes out in one piece; a longer one goes in chunks. */
export const LINE = 16_384;

/** A message at its place in the order of a room. Legs point at it; nothing is made of it for each of them. */
export class OrderEntry implements ReadyMessage {
  readonly message: SwitchedMessage;
  readonly body: readonly Uint8Array[];
  readonly size: number;
  /** Empty for one that goes in chunks. */
  readonly fields: Uint8Array;
  /** Messages, and octets of them, that the room had before this one. */
  readonly messagesBefore: number;
  readonly octetsBefore: number;
  /** Legs that have not passed it. */
  waiting = 0;
  before: OrderEntry | null = null;
  after: OrderEntry | null = null;

  constructor(message: SwitchedMessage, messagesBefore: number, octetsBefore: number) {
    const { body, size } = message;
    let octets = 0;
    for (const piece of body) octets += piece.length;
    if (octets !== size) throw new RangeError(`message ${message.seq} says ${size} octets and has ${octets}`);
    this.message = message;
    this.body = body;
    this.size = size;
    this.fields = size > LINE ? EMPTY : readyFields(message.messageId, message.contentType, size);
    this.messagesBefore = messagesBefore;
    this.octetsBefore = octetsBefore;
  }

  /** For newcomers, too. */
  get isHistory(): boolean {
    return this.message.to === null && this.message.fleeting !== true;
  }
}

/**
 * The order of a room: a chain of messages by `seq`. One leaves when no leg waits for it any more and it is not among the last ones that
 * are kept. Whoever holds an entry of it (a leg, from the first it has not passed on) is counted by `waiting`.
 */
export class RoomOrder {
  #first: OrderEntry | null = null;
  #last: OrderEntry | null = null;
  #lastSeq = 0;
  #messages = 0;
  #octets = 0;
  /** So many of the last messages to all stay: from `#oldest` on there are `#kept`. */
  #keep = 0;
  #kept = 0;
  #oldest: OrderEntry | null = null;

  /** `seq` of the last message that was ever there; 0 before the first. */
  get lastSeq(): number {
    return this.#lastSeq;
  }
  /** Messages, and octets of them, so far. */
  get messages(): number {
    return this.#messages;
  }
  get octets(): number {
    return this.#octets;
  }

  /** The next one; `waiting` legs are to get past it. Throws RangeError for a `seq` that is not larger than all before. */
  append(message: SwitchedMessage, waiting: number): OrderEntry {
    const entry = this.#add(message);
    entry.waiting = waiting;
    if (!this.#isWanted(entry)) this.#remove(entry);
    return entry;
  }

  /** One of before, behind those that stand there: it stays until legs have passed it, or `prune`. Throws as `append`. */
  restore(message: SwitchedMessage): void {
    this.#add(message);
  }

  #add(message: SwitchedMessage): OrderEntry {
    if (!(message.seq > this.#lastSeq)) throw new RangeError(`message ${message.seq} after ${this.#lastSeq}`);
    const entry = new OrderEntry(message, this.#messages, this.#octets);
    this.#link(this.#last, entry, null);
    this.#lastSeq = message.seq;
    this.#messages++;
    this.#octets += message.size;
    this.#remember(entry);
    return entry;
  }

  /**
   * Some of before, oldest first, put back at their places; those that stand there stay as they are. `waiting` says how many of the legs
   * that are there have such a place before them. Throws RangeError for one that was never there, and where they are not in order.
   */
  insert(messages: readonly SwitchedMessage[], waiting: (seq: number) => number): void {
    let after = this.#first;
    let seq = 0;
    for (const message of messages) {
      if (!(message.seq > seq && message.seq <= this.#lastSeq)) {
        throw new RangeError(`message ${message.seq} after ${seq} is not one of before ${this.#lastSeq}`);
      }
      seq = message.seq;
      while (after !== null && after.message.seq < seq) after = after.after;
      if (after !== null && after.message.seq === seq) continue;
      const entry = new OrderEntry(
        message,
        after === null ? this.#messages : after.messagesBefore,
        after === null ? this.#octets : after.octetsBefore,
      );
      this.#link(after === null ? this.#last : after.before, entry, after);
      entry.waiting = waiting(seq);
    }
    this.#recount();
  }

  /** A leg comes in that has everything up to `seq`: the first entry that it is to pass; null where there is none. */
  enter(seq: number): OrderEntry | null {
    let mark: OrderEntry | null = null;
    for (let entry = this.#last; entry !== null && entry.message.seq > seq; entry = entry.before) {
      entry.waiting++;
      mark = entry;
    }
    return mark;
  }

  /**
   * A leg has moved from one entry to another (null: behind the last), or leaves. Returns up to where it has everything: behind what it
   * passed may have stood others that have left.
   */
  pass(from: OrderEntry, to: OrderEntry | null): number {
    let seq = 0;
    for (let entry: OrderEntry | null = from; entry !== to && entry !== null;) {
      const { after }: OrderEntry = entry;
      seq = entry.message.seq;
      entry.waiting--;
      if (!this.#isWanted(entry)) this.#remove(entry);
      entry = after;
    }
    return to === null ? this.#lastSeq : seq;
  }

  keepLast(count: number): void {
    this.#keep = count;
    this.#recount();
  }

  /** Takes out what nobody waits for and is not kept. */
  prune(): void {
    for (let entry = this.#first; entry !== null;) {
      const { after }: OrderEntry = entry;
      if (!this.#isWanted(entry)) this.#remove(entry);
      entry = after;
    }
  }

  /** Nothing stands in it any more. */
  clear(): void {
    this.#first = this.#last = this.#oldest = null;
    this.#kept = 0;
  }

  list(): SwitchedMessage[] {
    const all: SwitchedMessage[] = [];
    for (let entry = this.#first; entry !== null; entry = entry.after) all.push(entry.message);
    return all;
  }

  #isWanted(entry: OrderEntry): boolean {
    return entry.waiting > 0 ||
      (this.#oldest !== null && entry.message.seq >= this.#oldest.message.seq && entry.isHistory);
  }

  /** The newest: the oldest of those that are kept may give up its place. */
  #remember(entry: OrderEntry): void {
    if (this.#keep === 0 || !entry.isHistory) return;
    this.#oldest ??= entry;
    if (this.#kept < this.#keep) {
      this.#kept++;
      return;
    }
    const given = this.#oldest;
    this.#oldest = historyFrom(given.after);
    if (!this.#isWanted(given)) this.#remove(given);
  }

  #recount(): void {
    this.#oldest = null;
    this.#kept = 0;
    for (let entry = this.#last; entry !== null && this.#kept < this.#keep; entry = entry.before) {
      if (!entry.isHistory) continue;
      this.#oldest = entry;
      this.#kept++;
    }
  }

  #link(before: OrderEntry | null, entry: OrderEntry, after: OrderEntry | null): void {
    entry.before = before;
    entry.after = after;
    if (before === null) this.#first = entry;
    else before.after = entry;
    if (after === null) this.#last = entry;
    else after.before = entry;
  }

  /** What left points at nothing: old entries would keep younger ones alive until a full collection. */
  #remove(entry: OrderEntry): void {
    const { before, after } = entry;
    if (before === null) this.#first = after;
    else before.after = after;
    if (after === null) this.#last = before;
    else after.before = before;
    entry.before = entry.after = null;
  }
}

function historyFrom(entry: OrderEntry | null): OrderEntry | null {
  while (entry !== null && !entry.isHistory) entry = entry.after;
  return entry;
}
