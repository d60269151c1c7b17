import type { Clock } from "../../foundation/mod.ts";
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

/**
 * The last heads that came in and went out, in a ring of fixed size. `push` is on the way of every message: it stores what is
 * there already and reads nothing; who looks pays for reading. A head that came in is a string of its own, one that goes out
 * points at most into heads of the same moment, so that the octets of the heads bound what is kept alive. Flows are not kept.
 */
export class FlowTrace {
  readonly capacity: number;
  readonly #clock: Clock;
  readonly #limit: number;
  readonly #heads: (string | null)[];
  readonly #transports: TransportName[];
  readonly #locals: (Endpoint | null)[];
  readonly #remotes: (Endpoint | null)[];
  readonly #times: Float64Array;
  readonly #bodies: Uint32Array;
  readonly #inbound: Uint8Array;
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
    this.#heads = new Array(messages).fill(null);
    this.#transports = new Array(messages).fill("udp");
    this.#locals = new Array(messages).fill(null);
    this.#remotes = new Array(messages).fill(null);
    this.#times = new Float64Array(messages);
    this.#bodies = new Uint32Array(messages);
    this.#inbound = new Uint8Array(messages);
  }

  push(inbound: boolean, flow: Flow, head: string, bodyOctets: number): void {
    const slot = this.#slot;
    this.#slot = slot + 1 === this.capacity ? 0 : slot + 1;
    const old = this.#heads[slot];
    if (old === null) this.#count++;
    else this.#octets -= old.length;
    this.#heads[slot] = head;
    this.#transports[slot] = flow.transport;
    this.#locals[slot] = flow.local;
    this.#remotes[slot] = flow.remote;
    this.#times[slot] = this.#clock.now();
    this.#bodies[slot] = bodyOctets;
    this.#inbound[slot] = inbound ? 1 : 0;
    this.#pushed++;
    this.#octets += head.length;
    if (this.#octets > this.#limit) this.#shorten();
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
    return {
      seq,
      at: this.#times[at],
      inbound: this.#inbound[at] === 1,
      transport: this.#transports[at],
      local: this.#locals[at]!,
      remote: this.#remotes[at]!,
      head: this.#heads[at]!,
      bodyOctets: this.#bodies[at],
    };
  }

  #shorten(): void {
    while (this.#octets > this.#limit && this.#count > 1) {
      const at = (this.#slot - this.#count + this.capacity) % this.capacity;
      this.#octets -= this.#heads[at]!.length;
      this.#heads[at] = null;
      this.#locals[at] = this.#remotes[at] = null;
      this.#count--;
    }
  }
}
