import type { Clock, Timers } from "../../foundation/mod.ts";
import type { Flow } from "./flow.ts";
import { type Held, HeldOctets } from "./held_octets.ts";
import { sendResponse, type ServerEntry, type ServerHost } from "./server_transaction.ts";

/** What goes with a response: kept as one object for many neighbours. */
interface Way {
  readonly flow: Flow;
  readonly method: string;
}

/**
 * Requests that have their final response and only wait for repetitions, for 64*T1 or until there is no room. Other than INVITE,
 * on UDP: the response is sent again (RFC 3261 §17.2.2, Completed; timer J). INVITE with a 2xx: absorbed, and instead of the
 * response only its To value is kept (RFC 6026 §7.1, Accepted; timer L). No objects but octets: under load these are the most
 * numerous things in the box by far (at 6,000 requests a second 200,000).
 */
export class CompletedRequests {
  readonly #host: ServerHost;
  readonly #held: HeldOctets<Way>;
  #last: Way | null = null;

  /** `octets`: the most memory the responses may take. */
  constructor(host: ServerHost, clock: Clock, timers: Timers, octets: number) {
    this.#host = host;
    this.#held = new HeldOctets(clock, timers, host.lifetime, octets);
  }

  get size(): number {
    return this.#held.size;
  }

  /** Memory taken, in octets. */
  get octets(): number {
    return this.#held.octets;
  }

  /** True when the next response would push out one that the client, silent at most T2 long, may not have asked for again. */
  get full(): boolean {
    return this.#held.full(this.#host.timing.t4);
  }

  add(key: string, method: string, flow: Flow, head: string, body: Uint8Array): void {
    let way = this.#last;
    if (way === null || way.flow !== flow || way.method !== method) this.#last = way = { flow, method };
    this.#held.add(key, head, body, way);
  }

  /** The To value of the 2xx to an INVITE; "" where there is none under that key. */
  acceptedTo(key: string): string {
    const held = this.#held.get(key);
    return held !== null && held.reference.method === "INVITE" ? held.text : "";
  }

  has(key: string): boolean {
    return this.#held.has(key);
  }

  get(key: string): ServerEntry | undefined {
    const held = this.#held.get(key);
    return held === null ? undefined : new CompletedRequest(this.#host, held);
  }
}

/** One of them, for the moment in which it is asked for. */
class CompletedRequest implements ServerEntry {
  readonly #host: ServerHost;
  readonly #held: Held<Way>;

  constructor(host: ServerHost, held: Held<Way>) {
    this.#host = host;
    this.#held = held;
  }

  get method(): string {
    return this.#held.reference.method;
  }

  receiveAgain(): void {
    const { text, body, reference } = this.#held;
    // The user repeats its 2xx by itself.
    if (reference.method === "INVITE") return;
    this.#host.statistics.responsesResent.value++;
    sendResponse(this.#host, this.#host.sameWay(reference.flow), 0, text, body);
  }
}
