import type { Clock } from "../../foundation/mod.ts";
import type { Flow, ServerTransaction, ServerUser, SipRequest } from "../../transport/sip/mod.ts";
import type { Element, Exchange } from "../sip_core/mod.ts";

/** A sender that has no answer asks again within this time: the connection broke, and another one had to be made. */
const KEPT_MS = 300_000;
/** Messages that are known again, in two halves; under load they are known for less long. About 200 octets each. */
const MOST = 50_000;
/** Transactions that wait for the answer to one message. */
const WAITING = 4;

/**
 * A MESSAGE that its sender repeats because the answer was lost with its connection (same Call-ID, From tag, CSeq and target; another
 * transaction): it gets the answer of the first, and nobody gets the message twice (RFC 3261 §17.2.2 knows repetitions of one transaction
 * only). A refused one may be tried again. What was stored is known by the store, also over a restart.
 */
export function repeatedMessages(clock: Clock, kept = MOST): Element {
  const recent = new RecentMessages(clock, kept);
  return (next) => (exchange) => {
    const key = exchange.request.method === "MESSAGE" ? keyOf(exchange) : "";
    if (key === "") return next(exchange);
    const known = recent.get(key);
    if (known === undefined) return next(exchange.over(recent.begin(key, exchange.transaction)));
    if (typeof known === "number") return exchange.reply(known);
    known.follow(exchange);
  };
}

/** "" for what is not from a user of ours: nobody else's tags and numbers can be relied on. */
function keyOf({ request, subscriber, target }: Exchange): string {
  if (subscriber === null) return "";
  return `${subscriber.aor}\n${request.callId}\n${request.from.tag}\n${request.cseq.number}\n${target}`;
}

/** By key the 2xx that a message got, or the message while it has no answer. */
class RecentMessages {
  readonly #clock: Clock;
  readonly #half: number;
  #young = new Map<string, number | FirstTransaction>();
  #old = new Map<string, number | FirstTransaction>();
  #turnedAt: number;

  constructor(clock: Clock, kept: number) {
    this.#clock = clock;
    this.#half = Math.max(1, kept >> 1);
    this.#turnedAt = clock.monotonic();
  }

  get(key: string): number | FirstTransaction | undefined {
    this.#turn();
    return this.#young.get(key) ?? this.#old.get(key);
  }

  begin(key: string, transaction: ServerTransaction): FirstTransaction {
    const first = new FirstTransaction(transaction, key, this);
    this.#young.set(key, first);
    return first;
  }

  answered(key: string, status: number): void {
    if (status < 300) return void this.#young.set(key, status);
    this.#young.delete(key);
    this.#old.delete(key);
  }

  /** Each half is kept for as long as the other is filled. */
  #turn(): void {
    const now = this.#clock.monotonic();
    if (this.#young.size < this.#half && now - this.#turnedAt < KEPT_MS) return;
    this.#old = this.#young;
    this.#young = new Map();
    this.#turnedAt = now;
  }
}

/** The first of several transactions with the same message: its answer is that of all. */
class FirstTransaction implements ServerTransaction {
  readonly request: SipRequest;
  readonly flow: Flow;
  readonly #outer: ServerTransaction;
  readonly #key: string;
  readonly #recent: RecentMessages;
  /** Null for most: few messages are repeated. */
  #followers: Exchange[] | null = null;

  constructor(outer: ServerTransaction, key: string, recent: RecentMessages) {
    this.#key = key;
    this.#recent = recent;
    this.#outer = outer;
    this.request = outer.request;
    this.flow = outer.flow;
  }

  get user(): ServerUser | null {
    return this.#outer.user;
  }
  set user(user: ServerUser | null) {
    this.#outer.user = user;
  }
  get answered(): boolean {
    return this.#outer.answered;
  }

  respond(status: number, head: string, body: Uint8Array): boolean {
    if (status < 200 || this.answered) return this.#outer.respond(status, head, body);
    this.#recent.answered(this.#key, status);
    const sent = this.#outer.respond(status, head, body);
    const followers = this.#followers;
    this.#followers = null;
    if (followers !== null) { for (const follower of followers) follower.reply(status); }
    return sent;
  }

  /** The message came again before it had its answer. */
  follow(exchange: Exchange): void {
    const followers = this.#followers ??= [];
    if (followers.length >= WAITING) return exchange.reply(503, { headers: [["Retry-After", "5"]] });
    followers.push(exchange);
  }
}
