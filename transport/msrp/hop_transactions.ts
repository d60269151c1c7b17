import { KeyTable } from "../sip/mod.ts";
import { LOST, type ResponseUser } from "./connection.ts";
import type { RequestHead } from "./frame.ts";

/** RFC 4975 §7.1.1. */
export const RESPONSE_TIMEOUT_MS = 30_000;

/** Told when somebody who was called threw: a fault of ours. */
export interface FaultTaker {
  onFault(error: unknown): void;
}

/** One request that waits for the answer of the next hop. */
export class Hop {
  readonly tid: string;
  readonly owner: HopTransactions;
  readonly user: ResponseUser;
  readonly context: unknown;
  /** Silence is success (Failure-Report `partial`). */
  readonly partial: boolean;
  /** Told of success, too; not so a chunk that was interrupted and goes on. */
  last: boolean;
  /** Its end-line is written; before that only a chunk under way. */
  ended = false;
  /** Success that came before its end-line was written. */
  early = false;
  /** When the answer is overdue; 0: not handed to the system yet. */
  due = 0;
  previous: Hop | null = null;
  next: Hop | null = null;

  constructor(
    tid: string,
    owner: HopTransactions,
    user: ResponseUser,
    context: unknown,
    partial: boolean,
    last: boolean,
  ) {
    this.tid = tid;
    this.owner = owner;
    this.user = user;
    this.context = context;
    this.partial = partial;
    this.last = last;
  }
}

/** True for a request that gets an answer from the next hop, or whose silence says something (RFC 4975 §7.1.1, §7.1.2). */
export function isAnswered(head: RequestHead): boolean {
  return head.method !== "REPORT" && head.failureReport !== "no";
}

/**
 * The requests of one connection that wait for answers, in the order in which they went out: that is the order of their
 * deadlines, so one look at the first is enough and none has a timer of its own. The table behind is shared by all
 * connections; ids are random, and an answer counts only on the connection its request went out on.
 */
export class HopTransactions {
  readonly #table: KeyTable<Hop>;
  readonly #faults: FaultTaker;
  #first: Hop | null = null;
  #last: Hop | null = null;
  /** The first that was not handed to the system yet. */
  #unsent: Hop | null = null;
  /** Chunks under way. */
  #open: Hop[] | null = null;
  #size = 0;

  constructor(table: KeyTable<Hop>, faults: FaultTaker) {
    this.#table = table;
    this.#faults = faults;
  }

  get size(): number {
    return this.#size;
  }

  /** A request that was written whole. */
  add(tid: string, partial: boolean, user: ResponseUser, context: unknown): void {
    const hop = new Hop(tid, this, user, context, partial, true);
    hop.ended = true;
    this.#table.set(tid, hop);
    this.#append(hop);
  }

  /** A chunk begins. */
  open(tid: string, head: RequestHead, user: ResponseUser, context: unknown): Hop {
    const hop = new Hop(tid, this, user, context, head.failureReport === "partial", false);
    this.#table.set(tid, hop);
    (this.#open ??= []).push(hop);
    return hop;
  }

  /** The end-line of a chunk was written. `last`: the message, or what this connection has of it, ends there. */
  end(hop: Hop, last: boolean): void {
    if (hop.ended) return;
    hop.ended = true;
    this.#close(hop);
    if (hop.early) {
      if (last) queueMicrotask(() => this.#tell(hop, 200, "", ""));
      return;
    }
    hop.last = last;
    if (this.#table.get(hop.tid) === hop) this.#append(hop);
  }

  /** What was written so far is with the system now: its 30 s begin. */
  submitted(now: number): void {
    for (let hop = this.#unsent; hop !== null; hop = hop.next) hop.due = now + RESPONSE_TIMEOUT_MS;
    this.#unsent = null;
  }

  /** False where no request of this connection waits for it. */
  answer(tid: string, status: number, comment: string, others: string): boolean {
    const hop = this.#table.get(tid);
    if (hop === undefined || hop.owner !== this) return false;
    this.#table.delete(tid);
    if (!hop.ended) {
      // The peer did not wait for the end. A failure is told at once, so that the rest can be spared.
      if (status < 300) hop.early = true;
      else this.#tell(hop, status, comment, others);
      return true;
    }
    this.#remove(hop);
    if (hop.last || status >= 300) this.#tell(hop, status, comment, others);
    return true;
  }

  /** Tells of every answer that is overdue at `now`; returns how many of them were missed. */
  expire(now: number): number {
    let missed = 0;
    for (;;) {
      const hop = this.#first;
      if (hop === null || hop.due === 0 || hop.due > now) return missed;
      if (!this.#giveUp(hop)) missed++;
    }
  }

  /** Nothing was read for so long because of us: the answers may have come in time. None waits longer than 30 s from now on. */
  postpone(held_ms: number, now: number): void {
    const latest = now + RESPONSE_TIMEOUT_MS;
    for (let hop = this.#first; hop !== null && hop.due > 0; hop = hop.next) {
      hop.due = Math.min(hop.due + held_ms, latest);
    }
  }

  /** Gives the oldest up before its time: there are too many. */
  giveUpOldest(): void {
    const hop = this.#first;
    if (hop !== null) this.#giveUp(hop);
  }

  /** Tells all that their answers will not come, in order. */
  lose(): void {
    while (this.#first !== null) {
      const hop = this.#first;
      this.#table.delete(hop.tid);
      this.#remove(hop);
      this.#tell(hop, LOST, "", "");
    }
    const open = this.#open;
    this.#open = null;
    for (const hop of open ?? []) {
      hop.ended = true;
      // One that was answered with a failure is out of the table, and its user knows.
      if (this.#table.delete(hop.tid) || hop.early) this.#tell(hop, LOST, "", "");
    }
  }

  /** True where silence was success. */
  #giveUp(hop: Hop): boolean {
    this.#table.delete(hop.tid);
    this.#remove(hop);
    if (!hop.partial) this.#tell(hop, 408, "", "");
    else if (hop.last) this.#tell(hop, 200, "", "");
    return hop.partial;
  }

  #append(hop: Hop): void {
    hop.previous = this.#last;
    if (this.#last === null) this.#first = hop;
    else this.#last.next = hop;
    this.#last = hop;
    this.#unsent ??= hop;
    this.#size++;
  }

  #remove(hop: Hop): void {
    const { previous, next } = hop;
    if (previous === null) this.#first = next;
    else previous.next = next;
    if (next === null) this.#last = previous;
    else next.previous = previous;
    if (this.#unsent === hop) this.#unsent = next;
    hop.previous = hop.next = null;
    this.#size--;
  }

  #close(hop: Hop): void {
    const open = this.#open;
    const at = open === null ? -1 : open.indexOf(hop);
    if (at < 0) return;
    if (open!.length === 1) this.#open = null;
    else open!.splice(at, 1);
  }

  #tell(hop: Hop, status: number, comment: string, others: string): void {
    try {
      hop.user.onResponse(status, comment, hop.context, others);
    } catch (error) {
      this.#faults.onFault(error);
    }
  }
}
