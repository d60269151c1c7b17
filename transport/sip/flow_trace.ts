import { type Clock, latin1Into, toLatin1 } from "../../foundation/mod.ts";
import type { Endpoint } from "../net/mod.ts";
import type { Flow, TransportName } from "./flow.ts";

/** One message that went over a flow, as the trace keeps it: the head as it was on the wire, no body. */
export interface TracedMessage {
  /** Grows by one with each message traced since the start. */
  readonly seq: number;
  /** Wall time, ms. */
  readonly at: number;
  readonly inbound: boolean;
  readonly transport: TransportName;
  readonly local: Endpoint;
  readonly remote: Endpoint;
  /** Whole, credentials and all: whoever shows it leaves them out. */
  readonly head: string;
  readonly bodyOctets: number;
}

export interface FlowTraceLimits {
  readonly messages: number;
  /** Octets of heads. */
  readonly octets: number;
}

export const DEFAULT_FLOW_TRACE: FlowTraceLimits = { messages: 2000, octets: 4_194_304 };

/** What a trace takes at first, octets: it grows with the heads, up to its limit. */
const FIRST = 65_536;

/**
 * The last heads that came in and went out, in a ring of fixed size. `push` is on the way of every message: it copies the head and
 * reads nothing; who looks pays for reading. Heads lie one after the other in one piece of memory that the collector does not look
 * into: as texts the last 2000 were half of all that it had to move, each time. Flows are not kept.
 */
export class FlowTrace {
  readonly capacity: number;
  readonly #clock: Clock;
  readonly #limit: number;
  readonly #transports: TransportName[];
  readonly #locals: (Endpoint | null)[];
  readonly #remotes: (Endpoint | null)[];
  readonly #times: Float64Array;
  readonly #bodies: Uint32Array;
  readonly #inbound: Uint8Array;
  /** Where each head begins in `#heads`, and how long it is. None goes over the end. */
  readonly #starts: Uint32Array;
  readonly #lengths: Uint32Array;
  #heads: Uint8Array;
  /** Where the newest head ends. */
  #end = 0;
  #slot = 0;
  #count = 0;
  #octets = 0;
  #pushed = 0;

  /** Throws RangeError for a ring of no messages: tracing is turned off by having none. */
  constructor(clock: Clock, { messages, octets }: FlowTraceLimits = DEFAULT_FLOW_TRACE) {
    if (!Number.isInteger(messages) || messages < 1) throw new RangeError(`a trace of ${messages} messages`);
    this.capacity = messages;
    this.#clock = clock;
    this.#limit = octets;
    this.#heads = new Uint8Array(Math.min(FIRST, octets));
    this.#transports = new Array(messages).fill("udp");
    this.#locals = new Array(messages).fill(null);
    this.#remotes = new Array(messages).fill(null);
    this.#times = new Float64Array(messages);
    this.#bodies = new Uint32Array(messages);
    this.#inbound = new Uint8Array(messages);
    this.#starts = new Uint32Array(messages);
    this.#lengths = new Uint32Array(messages);
  }

  push(inbound: boolean, flow: Flow, head: string, bodyOctets: number): void {
    const { length } = head;
    if (this.#count === this.capacity) this.#drop();
    while (this.#count > 0 && this.#octets + length > this.#limit) this.#drop();
    const start = this.#roomFor(length);
    latin1Into(head, this.#heads, start);
    this.#end = start + length;
    const slot = this.#slot;
    this.#slot = slot + 1 === this.capacity ? 0 : slot + 1;
    this.#starts[slot] = start;
    this.#lengths[slot] = length;
    this.#transports[slot] = flow.transport;
    this.#locals[slot] = flow.local;
    this.#remotes[slot] = flow.remote;
    this.#times[slot] = this.#clock.now();
    this.#bodies[slot] = bodyOctets;
    this.#inbound[slot] = inbound ? 1 : 0;
    this.#count++;
    this.#pushed++;
    this.#octets += length;
  }

  /** Octets of heads held. */
  get octets(): number {
    return this.#octets;
  }

  get size(): number {
    return this.#count;
  }

  /** What is held, newest first. What comes in meanwhile is not among it. */
  *newestFirst(): Generator<TracedMessage> {
    for (let seq = this.#pushed; seq > this.#pushed - this.#count; seq--) {
      yield this.#read((this.#slot - 1 - (this.#pushed - seq) + this.capacity) % this.capacity, seq);
    }
  }

  #read(at: number, seq: number): TracedMessage {
    const start = this.#starts[at];
    return {
      seq,
      at: this.#times[at],
      inbound: this.#inbound[at] === 1,
      transport: this.#transports[at],
      local: this.#locals[at]!,
      remote: this.#remotes[at]!,
      head: toLatin1(this.#heads, start, start + this.#lengths[at]),
      bodyOctets: this.#bodies[at],
    };
  }

  /** Where a head of that length goes. What is held fits beside it under the limit; where it lies badly, the oldest go as well. */
  #roomFor(length: number): number {
    for (;;) {
      if (this.#count === 0) this.#end = 0;
      const oldest = this.#count === 0 ? this.#heads.length : this.#starts[this.#oldest];
      // Held heads lie from the oldest to the end of the newest, or from the oldest over the end of the memory.
      const wraps = this.#count > 0 && this.#end <= oldest;
      const until = wraps || this.#count === 0 ? oldest : this.#heads.length;
      if (this.#end + length <= until) return this.#end;
      if (!wraps && this.#count > 0 && length <= oldest) return 0;
      if (this.#heads.length < Math.max(this.#limit, length)) this.#grow(length);
      else this.#drop();
    }
  }

  /** Twice the memory, or as much as one long head takes; what is held lies from its beginning on. */
  #grow(length: number): void {
    const larger = new Uint8Array(Math.max(length, Math.min(this.#limit, 2 * this.#heads.length)));
    let end = 0;
    for (let i = 0, at = this.#oldest; i < this.#count; i++, at = at + 1 === this.capacity ? 0 : at + 1) {
      const start = this.#starts[at], size = this.#lengths[at];
      larger.set(this.#heads.subarray(start, start + size), end);
      this.#starts[at] = end;
      end += size;
    }
    this.#heads = larger;
    this.#end = end;
  }

  get #oldest(): number {
    const at = this.#slot - this.#count;
    return at < 0 ? at + this.capacity : at;
  }

  /** The oldest goes. */
  #drop(): void {
    const at = this.#oldest;
    this.#octets -= this.#lengths[at];
    this.#locals[at] = this.#remotes[at] = null;
    this.#count--;
  }
}
