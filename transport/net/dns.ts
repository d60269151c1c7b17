import {
  type Clock,
  Counter,
  detached,
  type Log,
  type Metrics,
  randomHex,
  type Timed,
  type Timer,
  type Timers,
} from "../../foundation/mod.ts";
import { type Endpoint, endpointText } from "./address.ts";
import {
  CNAME_TYPE,
  decodeReply,
  DNS_TYPES,
  type DnsRecords,
  type DnsReply,
  type DnsType,
  encodeQuery,
  isDnsName,
} from "./dns_message.ts";

/** What a question brought: records, certainty that there are none, or no usable answer. */
export type DnsAnswer<T> =
  | { readonly status: "found"; readonly records: readonly T[] }
  | { readonly status: "none" }
  | { readonly status: "failed" };

/** Asks for records by name. */
export interface Resolver {
  /** Calls `done` once: inside the call where the answer is known already, else later. Never throws. */
  resolve<T extends DnsType>(name: string, type: T, done: (answer: DnsAnswer<DnsRecords[T]>) => void): void;
}

/** One exchange under way on the wire. */
export interface DnsExchange {
  /** Stops waiting and lets go of the socket. */
  close(): void;
}

/** The sockets under a resolver, so that tests need none. */
export interface DnsWire {
  /**
   * Sends a query from a fresh, random port (UDP), or on a fresh connection (TCP). Each reply that comes from that server
   * is handed to `onReply` until the exchange is closed; `onError` says that none can come. Neither is called inside `ask`.
   */
  ask(
    server: Endpoint,
    query: Uint8Array,
    tcp: boolean,
    onReply: (reply: Uint8Array) => void,
    onError: (reason: string) => void,
  ): DnsExchange;
}

export interface DnsOptions {
  readonly wire: DnsWire;
  /** Asked in turn. */
  readonly servers: readonly Endpoint[];
  /** Names that are never asked for, as /etc/hosts has them: lower-case name to IP literals. */
  readonly hosts: ReadonlyMap<string, readonly string[]>;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: Log;
  readonly metrics: Metrics;
  /** Answers kept. Default 10,000. */
  readonly cacheSize?: number;
  /** Questions under way at a time; one more fails at once. Default 500. */
  readonly maxInFlight?: number;
}

/** A message waits eight seconds in all: a dead server must not eat them up. */
const TRY_MS = 1500;
const ROUNDS = 2;
const MAX_ALIASES = 8;
const MAX_TTL = 86_400;
/** RFC 2308 §5 leaves the negative time to us where no SOA came; §7.1 bounds that of a dead server to five minutes. */
const NEGATIVE_TTL = { none: 30, max: 900, failed: 5 };

type Waiter = (answer: DnsAnswer<never>) => void;
type AnyAnswer = DnsAnswer<never>;

const NONE: AnyAnswer = { status: "none" };
const FAILED: AnyAnswer = { status: "failed" };

/**
 * A stub resolver (RFC 1035 §5.3.1) with a cache of its own: the runtime's resolver tells no time to live. Equal questions
 * share one query; servers are asked in turn, twice each; a truncated reply is asked for again over TCP. A reply counts when
 * it comes from the server asked, and its id and question are ours.
 */
export class DnsResolver implements Resolver {
  readonly #options: DnsOptions;
  readonly #cacheSize: number;
  readonly #maxInFlight: number;
  readonly #cache = new Map<string, { readonly answer: AnyAnswer; readonly until: number }>();
  readonly #asking = new Map<string, Question>();
  readonly queries: Counter;
  readonly failures: Counter;

  constructor(options: DnsOptions) {
    this.#options = options;
    this.#cacheSize = options.cacheSize ?? 10_000;
    this.#maxInFlight = options.maxInFlight ?? 500;
    this.queries = options.metrics.counter("dns_queries_total", "DNS queries sent, retries included");
    this.failures = options.metrics.counter("dns_failures_total", "DNS questions that no server answered");
    options.metrics.gauge("dns_cache_entries", "DNS answers kept", () => this.#cache.size);
  }

  resolve<T extends DnsType>(name: string, type: T, done: (answer: DnsAnswer<DnsRecords[T]>) => void): void {
    const lower = (name.endsWith(".") ? name.slice(0, -1) : name).toLowerCase();
    const waiter = done as Waiter;
    const local = this.#local(lower, type);
    if (local !== null) return waiter(local);
    const key = `${type} ${lower}`;
    const known = this.#cache.get(key);
    if (known !== undefined) {
      if (known.until > this.#options.clock.monotonic()) return waiter(known.answer);
      this.#cache.delete(key);
    }
    const asking = this.#asking.get(key);
    if (asking !== undefined) return asking.join(waiter);
    if (!isDnsName(lower)) return waiter(NONE);
    if (this.#options.servers.length === 0 || this.#asking.size >= this.#maxInFlight) return waiter(FAILED);
    const question = new Question(this.#options, this.queries, detached(lower), type, (answer, ttl) => {
      this.#asking.delete(key);
      if (answer.status === "failed") this.failures.add();
      this.#keep(key, answer, ttl);
    });
    this.#asking.set(key, question);
    question.join(waiter);
    question.start();
  }

  /** Ends what is under way: every waiter is told that it failed. */
  close(): void {
    for (const question of [...this.#asking.values()]) question.fail("the resolver was closed");
  }

  /** /etc/hosts and the loopback names of RFC 6761 §6.3, which no server is asked for. */
  #local(name: string, type: DnsType): AnyAnswer | null {
    if (type !== "A" && type !== "AAAA") return null;
    let addresses = this.#options.hosts.get(name);
    if (addresses === undefined) {
      if (name !== "localhost" && !name.endsWith(".localhost")) return null;
      addresses = ["127.0.0.1", "::1"];
    }
    const records = addresses.filter((address) => address.includes(":") === (type === "AAAA"));
    return records.length === 0 ? NONE : { status: "found", records: records as never[] };
  }

  #keep(key: string, answer: AnyAnswer, ttl_s: number): void {
    if (this.#cache.size >= this.#cacheSize) {
      for (const oldest of this.#cache.keys()) {
        this.#cache.delete(oldest);
        break;
      }
    }
    this.#cache.set(detached(key), { answer, until: this.#options.clock.monotonic() + ttl_s * 1000 });
  }
}

/** One question on its way, and everybody who waits for it. */
class Question implements Timed {
  readonly #options: DnsOptions;
  readonly #queries: Counter;
  readonly #name: string;
  readonly #type: DnsType;
  readonly #settle: (answer: AnyAnswer, ttl_s: number) => void;
  readonly #waiters: Waiter[] = [];
  #asked: string;
  #aliases = 0;
  #id = 0;
  #try = -1;
  #tcp = false;
  #ttl = MAX_TTL;
  #exchange: DnsExchange | null = null;
  #timer: Timer | null = null;
  #over = false;

  constructor(
    options: DnsOptions,
    queries: Counter,
    name: string,
    type: DnsType,
    settle: (answer: AnyAnswer, ttl_s: number) => void,
  ) {
    this.#options = options;
    this.#queries = queries;
    this.#name = name;
    this.#asked = name;
    this.#type = type;
    this.#settle = settle;
  }

  join(waiter: Waiter): void {
    this.#waiters.push(waiter);
  }

  start(): void {
    this.#next("");
  }

  fail(reason: string): void {
    this.#options.log.warn("no DNS server answered", { name: this.#name, type: this.#type, reason });
    this.#end(FAILED, NEGATIVE_TTL.failed);
  }

  onTimer(): void {
    this.#next("no answer in time");
  }

  /** The next server, or the end when each was asked often enough. */
  #next(reason: string): void {
    this.#try++;
    this.#tcp = false;
    if (this.#try >= this.#options.servers.length * ROUNDS) return this.fail(reason);
    this.#ask();
  }

  #ask(): void {
    this.#exchange?.close();
    this.#timer?.stop();
    this.#id = parseInt(randomHex(2), 16);
    this.#queries.add();
    const server = this.#options.servers[this.#try % this.#options.servers.length];
    const exchange = this.#options.wire.ask(
      server,
      encodeQuery(this.#id, this.#asked, this.#type),
      this.#tcp,
      (reply) => this.#onReply(reply, exchange),
      (why) => {
        if (exchange === this.#exchange) this.#next(`${endpointText(server)}: ${why}`);
      },
    );
    this.#exchange = exchange;
    this.#timer = this.#options.timers.start(TRY_MS, this, 0);
  }

  #onReply(bytes: Uint8Array, exchange: DnsExchange): void {
    if (exchange !== this.#exchange) return;
    let reply: DnsReply;
    try {
      reply = decodeReply(bytes);
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      return; // Not from the server, or as good as that: the timer decides.
    }
    if (reply.id !== this.#id || reply.name !== this.#asked || reply.type !== DNS_TYPES[this.#type]) return;
    if (reply.truncated && !this.#tcp) {
      this.#tcp = true;
      return this.#ask();
    }
    if (reply.rcode !== 0 && reply.rcode !== 3) return this.#next(`reply code ${reply.rcode}`);
    this.#read(reply);
  }

  /** Follows aliases inside the reply, and asks on where the reply stops at one. */
  #read(reply: DnsReply): void {
    let owner = this.#asked;
    for (;;) {
      const records: (string | object)[] = [];
      let alias = "";
      for (const record of reply.answers) {
        if (record.name !== owner || record.data === null) continue;
        if (record.type === DNS_TYPES[this.#type]) records.push(record.data);
        else if (record.type === CNAME_TYPE) alias = record.data as string;
        else continue;
        this.#ttl = Math.min(this.#ttl, record.ttl);
      }
      if (records.length > 0) {
        // A TTL of 0 would mean a query for every message: one second is kept.
        return this.#end({ status: "found", records: records as never[] }, Math.max(1, this.#ttl));
      }
      if (alias === "") break;
      if (++this.#aliases > MAX_ALIASES) return this.fail("more than 8 aliases in a row");
      owner = alias;
    }
    if (owner !== this.#asked && reply.rcode === 0 && reply.negativeTtl === null) {
      if (!isDnsName(owner)) return this.#end(NONE, NEGATIVE_TTL.none);
      this.#asked = owner;
      return this.#ask();
    }
    this.#end(NONE, Math.min(NEGATIVE_TTL.max, Math.max(1, reply.negativeTtl ?? NEGATIVE_TTL.none)));
  }

  #end(answer: AnyAnswer, ttl_s: number): void {
    if (this.#over) return;
    this.#over = true;
    this.#exchange?.close();
    this.#exchange = null;
    this.#timer?.stop();
    this.#settle(answer, ttl_s);
    for (const waiter of this.#waiters) waiter(answer);
  }
}
