import type { Clock } from "../../foundation/mod.ts";
import { ipv4Number, ipv6Octets } from "./ip_octets.ts";
import { type Network, parseNetwork } from "./network.ts";

/** How much one source may ask of the box. A source is an IPv4 address or an IPv6 /64. Configuration. */
export interface AdmissionLimits {
  /** Connections open at the same time. */
  readonly connections: number;
  /** Messages a second, in the long run. */
  readonly rate: number;
  /** Messages at once. */
  readonly burst: number;
  /** What could not be read at all counts as that many messages. */
  readonly garbage_cost: number;
  /** Sources remembered; an idle one is forgotten first. */
  readonly sources: number;
  /** Ranges that are not limited: this machine, trusted hops. */
  readonly exempt: readonly string[];
}

export const DEFAULT_ADMISSION: AdmissionLimits = {
  connections: 500,
  rate: 2000,
  burst: 4000,
  garbage_cost: 10,
  sources: 100_000,
  exempt: ["127.0.0.0/8", "::1/128"],
};

/** One source: a token bucket, and how many connections it has. Flows keep theirs, so a message costs no look-up. */
export class Source {
  readonly exempt: boolean;
  readonly #limits: AdmissionLimits;
  #tokens: number;
  #filledAt: number;
  #connections = 0;

  constructor(limits: AdmissionLimits, now: number, exempt: boolean) {
    this.#limits = limits;
    this.#tokens = limits.burst;
    this.#filledAt = now;
    this.exempt = exempt;
  }

  /** Takes one message from the bucket; false (and nothing taken) when it is empty. For what can be dropped. */
  take(now: number): boolean {
    if (this.exempt) return true;
    this.#fill(now);
    if (this.#tokens < 1) return false;
    this.#tokens--;
    return true;
  }

  /**
   * Takes one message whether it is there or not, and says for how many ms nothing more should be read. For connections,
   * which are slowed down where datagrams are dropped. Where it would owe more than `debt` then: -1, and nothing is taken.
   */
  spend(now: number, debt = Infinity): number {
    if (this.exempt) return 0;
    this.#fill(now);
    if (this.#tokens - 1 < -debt) return -1;
    this.#tokens--;
    return this.#tokens >= 0 ? 0 : (-this.#tokens / this.#limits.rate) * 1000;
  }

  /** Counts what could not be read. */
  garbage(now: number): void {
    if (this.exempt) return;
    this.#fill(now);
    this.#tokens = Math.max(-this.#limits.burst, this.#tokens - this.#limits.garbage_cost);
  }

  /** Counts one more connection; false when the source has its share already. */
  connect(): boolean {
    if (!this.exempt && this.#connections >= this.#limits.connections) return false;
    this.#connections++;
    return true;
  }

  disconnect(): void {
    this.#connections--;
  }

  get connections(): number {
    return this.#connections;
  }

  /** True when forgetting this source forgives it nothing. */
  idle(now: number): boolean {
    if (this.#connections > 0) return false;
    this.#fill(now);
    return this.#tokens >= this.#limits.burst;
  }

  #fill(now: number): void {
    const earned = (now - this.#filledAt) * this.#limits.rate / 1000;
    this.#filledAt = now;
    this.#tokens = Math.min(this.#limits.burst, this.#tokens + earned);
  }
}

const LOOKED_AT = 8;

/** Admission per source: who may open how many connections and send how fast. Bounded, whatever addresses are made up. */
export class Admission {
  readonly #limits: AdmissionLimits;
  readonly #clock: Clock;
  readonly #exempt: readonly Network[];
  readonly #sources = new Map<number | string, Source>();
  readonly #free: Source;
  /** Shared by those for whom no place is left. */
  readonly #crowd: Source;

  /** Throws SyntaxError where `limits.exempt` holds what is not a range. */
  constructor(clock: Clock, limits: AdmissionLimits = DEFAULT_ADMISSION) {
    this.#clock = clock;
    this.#limits = limits;
    this.#exempt = limits.exempt.map(parseNetwork);
    this.#free = new Source(limits, clock.monotonic(), true);
    this.#crowd = new Source(limits, clock.monotonic(), false);
  }

  /** The source an address belongs to. */
  source(host: string): Source {
    const key = sourceKey(host);
    const known = this.#sources.get(key);
    if (known !== undefined) return known;
    for (const network of this.#exempt) if (network.contains(host)) return this.#free;
    const now = this.#clock.monotonic();
    if (this.#sources.size >= this.#limits.sources && !this.#forgetOne(now)) return this.#crowd;
    const source = new Source(this.#limits, now, false);
    this.#sources.set(key, source);
    return source;
  }

  /** Sources remembered. */
  get size(): number {
    return this.#sources.size;
  }

  /** Forgets the first idle one of the few that were looked at least recently. */
  #forgetOne(now: number): boolean {
    let looked = 0;
    for (const [key, source] of this.#sources) {
      this.#sources.delete(key);
      if (source.idle(now)) return true;
      this.#sources.set(key, source);
      if (++looked >= LOOKED_AT) break;
    }
    return false;
  }
}

function sourceKey(host: string): number | string {
  const v4 = ipv4Number(host);
  if (v4 >= 0) return v4;
  const v6 = ipv6Octets(host);
  // A site has a /64 at least, and a host of it any address inside (RFC 4291 §2.5.4).
  return v6 === null ? host : v6.subarray(0, 8).join(".");
}
