import {
  type Clock,
  EMPTY,
  type Log,
  type Metrics,
  randomToken,
  type Timed,
  type Timers,
} from "../../foundation/mod.ts";
import type { Endpoint } from "../net/mod.ts";
import type { Destination, Flow, FlowHandler, TransportName } from "./flow.ts";
import type { AnyFlow, Door, FlowBasis, Tended } from "./flows/flow_context.ts";
import { DEFAULT_FLOW_LIMITS, type FlowLimits } from "./flows/flow_limits.ts";
import { FlowMeters } from "./flows/flow_meters.ts";
import { Slab } from "./flows/slab.ts";
import { WebSocketFlow, type WebSocketSource } from "./flows/websocket_flow.ts";
import type { Wires } from "./wires.ts";

const TEND_MS = 1000;
/** RFC 5626 §4.4.1: a double CRLF, answered with one. */
const PING = "\r\n\r\n";
/** The service is our own: it is not slowed down. */
const SERVICE: WebSocketSource = { take: () => true, garbage() {}, disconnect() {} };

/** What these wires are made of. */
export interface WebSocketWiresParts {
  readonly log: Log;
  readonly metrics: Metrics;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly limits?: FlowLimits;
}

/**
 * The wires of a client that has one WebSocket to its service (RFC 7118) and nothing else, such as a browser: all that is sent goes there,
 * whatever the URI says (RFC 3261 §8.1.2, outbound proxy). Pure. `handler` is to be set before the first socket.
 */
export class WebSocketWires implements Wires, FlowBasis, Timed {
  readonly log: Log;
  readonly clock: Clock;
  readonly limits: FlowLimits;
  readonly slab = new Slab();
  readonly trace = null;
  readonly #metrics: Metrics;
  readonly #timers: Timers;
  readonly #meters = new Map<TransportName, FlowMeters>();
  /** Nobody can look it up: nobody but the service reaches us (RFC 7118 §5). */
  readonly #name: Endpoint = { host: `${randomToken(12).replace(/[_-]/g, "x").toLowerCase()}.invalid`, port: 5060 };
  readonly #tended = new Set<Tended>();
  #handler: FlowHandler | null = null;
  #flow: AnyFlow | null = null;
  #ids = 0;
  #tending = false;

  constructor({ log, metrics, clock, timers, limits }: WebSocketWiresParts) {
    this.log = log;
    this.clock = clock;
    this.limits = limits ?? DEFAULT_FLOW_LIMITS;
    this.#metrics = metrics;
    this.#timers = timers;
  }

  get handler(): FlowHandler {
    if (this.#handler === null) throw new Error("the wires have no handler yet");
    return this.#handler;
  }
  set handler(handler: FlowHandler) {
    this.#handler = handler;
  }

  /** The way to the service; null while there is none. */
  get current(): Flow | null {
    return this.#flow;
  }

  /** A socket of ours with the subprotocol `sip` is open: it is the way to the service from now on; the one before it is closed. */
  use(socket: WebSocket, remote: Endpoint, secure: boolean): Flow {
    this.#flow?.close("there is another one");
    const door: Door = { transport: secure ? "wss" : "ws", local: this.#name, advertised: this.#name };
    const flow = new WebSocketFlow(this, door, socket, remote, this.#name, false, SERVICE);
    if (flow.open) this.opened(flow);
    return flow;
  }

  /** Asks whether the service is still there: it answers with a CRLF. False without a way to it. */
  ping(): boolean {
    return this.#flow?.send(PING, EMPTY) ?? false;
  }

  flowTo(_destination: Destination): Flow | null {
    return this.#flow;
  }
  flow(id: number): Flow | null {
    return this.#flow?.id === id ? this.#flow : null;
  }
  advertised(_flow: Flow): Endpoint {
    return this.#name;
  }
  isOwn(host: string): boolean {
    return host === this.#name.host;
  }

  // FlowBasis

  meters(transport: TransportName): FlowMeters {
    let meters = this.#meters.get(transport);
    if (meters === undefined) this.#meters.set(transport, meters = new FlowMeters(this.#metrics, transport));
    return meters;
  }
  nextId(): number {
    return ++this.#ids;
  }
  opened(flow: AnyFlow): void {
    this.#flow = flow;
  }
  closed(flow: AnyFlow): void {
    if (this.#flow === flow) this.#flow = null;
  }
  tend(flow: Tended): void {
    this.#tended.add(flow);
    if (this.#tending) return;
    this.#tending = true;
    this.#timers.start(TEND_MS, this, 0);
  }
  untend(flow: Tended): void {
    this.#tended.delete(flow);
  }

  onTimer(): void {
    const now = this.clock.monotonic();
    for (const flow of [...this.#tended]) flow.tend(now);
    this.#tending = this.#tended.size > 0;
    if (this.#tending) this.#timers.start(TEND_MS, this, 0);
  }
}
