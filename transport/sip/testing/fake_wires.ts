import type { FakeTime } from "../../../foundation/testing.ts";
import { EMPTY, type Timed } from "../../../foundation/mod.ts";
import type { Endpoint } from "../../net/mod.ts";
import type { Destination, Flow, FlowHandler, FlowWatcher, TransportName } from "../flow.ts";
import { parseMessage, type SipRequest, type SipResponse } from "../message.ts";
import type { Wires } from "../wires.ts";

/** What the network does to one message: how often it arrives (0: lost) and how much later, in ms. */
export interface Fate {
  readonly copies: number;
  readonly delay: number;
}

const ARRIVES: Fate = { copies: 1, delay: 0 };

/** A flow that keeps what was sent on it, and may hand it to a flow of another `FakeWires`. For tests only. */
export class FakeFlow implements Flow {
  readonly id: number;
  readonly transport: TransportName;
  readonly reliable: boolean;
  readonly secure: boolean;
  readonly local: Endpoint;
  readonly remote: Endpoint;
  readonly inbound = false;
  readonly peerNames: readonly string[] = [];
  open = true;
  established: boolean | undefined;
  /** `send` returns false. */
  full = false;
  /** Everything sent, oldest first. */
  readonly sent: string[] = [];
  readonly bodies: Uint8Array[] = [];
  readonly wires: FakeWires;
  readonly #watchers = new Set<FlowWatcher>();

  constructor(wires: FakeWires, id: number, transport: TransportName, local: Endpoint, remote: Endpoint) {
    this.wires = wires;
    this.id = id;
    this.transport = transport;
    this.reliable = transport !== "udp";
    this.secure = transport === "tls" || transport === "wss";
    this.local = local;
    this.remote = remote;
  }

  send(head: string, body: Uint8Array): boolean {
    if (!this.open || this.full) return false;
    this.sent.push(head);
    this.bodies.push(body);
    this.wires.carry(this, head, body);
    return true;
  }

  watch(watcher: FlowWatcher): void {
    if (this.open) this.#watchers.add(watcher);
    else watcher.onFlowClosed(this, "closed before");
  }

  unwatch(watcher: FlowWatcher): void {
    this.#watchers.delete(watcher);
  }

  get watchers(): number {
    return this.#watchers.size;
  }

  close(reason: string): void {
    if (!this.open) return;
    this.open = false;
    for (const watcher of [...this.#watchers]) watcher.onFlowClosed(this, reason);
    this.#watchers.clear();
  }

  /** The last message sent, parsed; fails the test when there is none. */
  last(): SipRequest | SipResponse {
    const head = this.sent.at(-1);
    if (head === undefined) throw new Error("nothing was sent on this flow");
    return parseMessage(head);
  }

  /** The start lines of everything sent, for short asserts. */
  lines(): string[] {
    return this.sent.map((head) => head.slice(0, head.indexOf("\r\n")));
  }
}

/** Messages under way, delivered by fake time. */
class Parcel implements Timed {
  readonly #flow: FakeFlow;
  readonly #head: string;
  readonly #body: Uint8Array;
  constructor(flow: FakeFlow, head: string, body: Uint8Array) {
    this.#flow = flow;
    this.#head = head;
    this.#body = body;
  }
  onTimer(): void {
    this.#flow.wires.handler?.onMessage(this.#flow, this.#head, this.#body);
  }
}

/**
 * All flows of one box in memory. Two of them joined by `join` are two boxes with a network between them that `fate`
 * rules: it may lose, double and delay (and so reorder) what is sent. For tests only.
 */
export class FakeWires implements Wires {
  readonly time: FakeTime;
  readonly address: Endpoint;
  handler: FlowHandler | null = null;
  /** What happens to the n-th message sent from here; n counts from 0. */
  fate: (n: number, head: string) => Fate = () => ARRIVES;
  /** Transports that this box has doors for. */
  transports: readonly TransportName[] = ["udp", "tcp", "tls", "ws", "memory"];
  /** New connections begin unestablished. */
  connecting = false;
  readonly flows: FakeFlow[] = [];
  #peer: FakeWires | null = null;
  #carried = 0;

  constructor(time: FakeTime, address: Endpoint = { host: "192.0.2.1", port: 5060 }) {
    this.time = time;
    this.address = address;
  }

  /** Puts a network between two boxes. */
  join(other: FakeWires): void {
    this.#peer = other;
    other.#peer = this;
  }

  flowTo({ transport, host, port }: Destination): FakeFlow | null {
    if (!this.transports.includes(transport)) return null;
    const known = this.flows.find((flow) =>
      flow.open && flow.transport === transport && flow.remote.host === host && flow.remote.port === port
    );
    if (known !== undefined) return known;
    const flow = new FakeFlow(this, this.flows.length + 1, transport, this.address, { host, port });
    if (flow.reliable && this.connecting) flow.established = false;
    this.flows.push(flow);
    return flow;
  }

  flow(id: number): FakeFlow | null {
    return this.flows.find((flow) => flow.id === id && flow.open) ?? null;
  }

  advertised(_flow: Flow): Endpoint {
    return this.address;
  }

  isOwn(host: string, port: number, _transport: TransportName | null): boolean {
    return host === this.address.host && port === this.address.port;
  }

  /** A message arrives here on that flow, at once. */
  receive(flow: FakeFlow, head: string, body: Uint8Array = EMPTY): void {
    this.handler?.onMessage(flow, head, body);
  }

  /** Called by a flow: takes the message to the other box, if there is one. */
  carry(flow: FakeFlow, head: string, body: Uint8Array): void {
    const peer = this.#peer;
    if (peer === null) return;
    const { copies, delay } = this.fate(this.#carried++, head);
    const there = peer.flowTo({ transport: flow.transport, ...this.address, tlsName: "" });
    if (there === null) return;
    for (let i = 0; i < copies; i++) this.time.timers.start(delay, new Parcel(there, head, body), 0);
  }
}
