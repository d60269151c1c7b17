import type { Clock, Log, Metrics, Timed, Timers } from "../../../foundation/mod.ts";
import {
  Admission,
  type AdmissionLimits,
  canonicalHost,
  DEFAULT_ADMISSION,
  type Endpoint,
  endpointText,
  isWildcard,
} from "../../net/mod.ts";
import { Breather, type CertificatePair, NO_TLS, TlsContexts, type TlsOptions } from "../../net/machine/mod.ts";
import type { Destination, Flow, FlowHandler, Listener, TransportName } from "../flow.ts";
import type { FlowTrace } from "../flow_trace.ts";
import type { Wires } from "../wires.ts";
import { BufferPool } from "./buffer_pool.ts";
import { Connections } from "./connections.ts";
import type { AnyFlow, FlowContext, Flushable, Tended } from "./flow_context.ts";
import { DEFAULT_FLOW_LIMITS, type FlowLimits } from "./flow_limits.ts";
import { FlowMeters } from "./flow_meters.ts";
import { type ListenUrl, parseListenUrl } from "./listen_url.ts";
import { OwnNames } from "./own_names.ts";
import { SipDoor } from "./sip_door.ts";
import { Slab } from "./slab.ts";
import { TcpFlow } from "./tcp_flow.ts";
import { TcpListener } from "./tcp_listener.ts";
import { TlsFlow } from "./tls_flow.ts";
import { TlsListener } from "./tls_listener.ts";
import { openUdpSocket } from "./open_udp.ts";
import type { UdpSocket } from "./udp_socket.ts";
import { WebSocketFlow } from "./websocket_flow.ts";

const TEND_MS = 1000;
/** How long the end of everything waits for peers to close their side. */
const LAST_LINGER_MS = 300;
const WEB_DOORS = 64;

/** What the wires are made of. */
export interface WiresOptions {
  readonly log: Log;
  readonly metrics: Metrics;
  readonly clock: Clock;
  readonly timers: Timers;
  /** Who receives; may also be set later, before the first `listen`. */
  readonly handler?: FlowHandler;
  readonly limits?: FlowLimits;
  readonly admission?: AdmissionLimits;
  readonly tls?: TlsOptions;
  /** `[advertise] host`: what Via, Contact and Record-Route say; "" for the address of each door. */
  readonly advertise?: string;
  /** `plain` keeps UDP off system calls of our own; `auto` uses them where they work. */
  readonly udp?: "auto" | "plain";
  /** Notes the heads of all messages; may be changed later. Default none. */
  readonly trace?: FlowTrace | null;
}

/** Every SIP flow of the box: UDP, TCP, TLS and WebSocket, IPv4 and IPv6. */
export class SipWires implements Wires, FlowContext, Timed {
  readonly log: Log;
  readonly clock: Clock;
  readonly timers: Timers;
  limits: FlowLimits;
  readonly admission: Admission;
  readonly slab = new Slab();
  readonly buffers = new BufferPool();
  readonly breather: Breather;
  /** May be changed at any time. */
  trace: FlowTrace | null;
  readonly #metrics: Metrics;
  readonly #udp: "auto" | "plain";
  readonly #names: OwnNames;
  readonly #meters = new Map<TransportName, FlowMeters>();
  readonly #flows = new Map<number, AnyFlow>();
  readonly #connections = new Connections();
  readonly #sockets: { readonly socket: UdpSocket; readonly door: SipDoor }[] = [];
  readonly #doors: SipDoor[] = [];
  readonly #webDoors = new Map<string, SipDoor>();
  readonly #tended = new Set<Tended>();
  #handler: FlowHandler | null;
  #tls: TlsContexts;
  #lastId = 0;
  #dirty: Flushable[] = [];
  #closed = false;
  readonly #flushAll = () => {
    // What is queued while flushing belongs to the next turn.
    const dirty = this.#dirty;
    this.#dirty = [];
    for (const output of dirty) output.flush();
  };

  /** Throws where a TLS option or an admission range cannot be used. */
  constructor(options: WiresOptions) {
    this.log = options.log;
    this.clock = options.clock;
    this.timers = options.timers;
    this.breather = new Breather(options.clock);
    this.limits = options.limits ?? DEFAULT_FLOW_LIMITS;
    this.admission = new Admission(options.clock, options.admission ?? DEFAULT_ADMISSION);
    this.trace = options.trace ?? null;
    this.#metrics = options.metrics;
    this.#udp = options.udp ?? "auto";
    this.#names = new OwnNames(options.advertise ?? "");
    this.#handler = options.handler ?? null;
    this.#tls = new TlsContexts(options.tls ?? NO_TLS);
    options.metrics.gauge("parley_sip_connections", "Open SIP connections", () => this.#connections.size);
    options.metrics.gauge("parley_sip_flows", "SIP flows, UDP peers included", () => this.#flows.size);
    this.timers.start(TEND_MS, this, 0);
  }

  get handler(): FlowHandler {
    if (this.#handler === null) throw new Error("the wires have no handler yet");
    return this.#handler;
  }

  set handler(handler: FlowHandler) {
    this.#handler = handler;
  }

  /**
   * Opens a door: `udp://127.0.0.1:5060`, `tcp://[::1]:5060`, `tls://0.0.0.0:5061`; port 0 takes a free one. Throws
   * SyntaxError for what is not such a URL, and what the system says where the address cannot be had.
   */
  async listen(url: string): Promise<Listener> {
    const wanted = parseListenUrl(url);
    void this.handler;
    if (wanted.transport === "udp") return this.#listenUdp(wanted);
    if (wanted.transport === "tcp") {
      const listener = new TcpListener(this, wanted.host, wanted.port);
      const door = this.#open("tcp", listener);
      listener.run(door);
      return door;
    }
    if (this.#tls.options.certificates.length === 0) throw new Error(`"${url}" needs a certificate`);
    // Connections of ours will need it: better an error now than at the first of them.
    void this.#tls.client;
    const listener = await TlsListener.open(this, () => this.#tls, wanted.host, wanted.port);
    const door = this.#open("tls", listener);
    listener.run(door);
    return door;
  }

  /** Other certificates from the next handshake on; connections that are open stay. Throws where one cannot be used. */
  setCertificates(certificates: readonly CertificatePair[]): void {
    this.#tls = this.#tls.renewed(certificates);
  }

  /**
   * A WebSocket that was upgraded with the subprotocol `sip` becomes a flow (RFC 7118). `local` is the address of the web
   * listener. Null where the source has its share of connections: the socket is closed.
   */
  acceptWebSocket(socket: WebSocket, remote: Endpoint, local: Endpoint, secure: boolean): Flow | null {
    const from = { host: canonicalHost(remote.host), port: remote.port };
    const transport = secure ? "wss" : "ws";
    const source = this.admission.source(from.host);
    if (this.#closed || !this.roomForConnection || !source.connect()) {
      this.meters(transport).admission.add();
      // One of the package `ws` throws where nobody listens.
      socket.addEventListener("error", () => {});
      socket.close(4008, "too many connections");
      return null;
    }
    const flow = new WebSocketFlow(this, this.#webDoor(transport, local), socket, from, local, true, source);
    if (flow.open) this.opened(flow);
    return flow;
  }

  flowTo(destination: Destination): Flow | null {
    if (this.#closed) return null;
    const { transport, tlsName } = destination;
    const remote = { host: canonicalHost(destination.host), port: destination.port };
    if (remote.port < 1 || remote.port > 65_535) return null;
    if (transport === "udp") {
      for (const { socket } of this.#sockets) if (socket.reaches(remote.host)) return socket.flowTo(remote);
      return null;
    }
    const live = this.#connections.find(transport, remote, tlsName);
    if (live !== null) return live;
    if (transport !== "tcp" && transport !== "tls") return null;
    const door = this.#names.doorFor(this.#doors, transport, remote.host);
    if (door === null || !this.roomForConnection) return null;
    const flow = transport === "tcp"
      ? TcpFlow.connect(this, door, remote)
      : TlsFlow.connect(this, door, this.#tls, remote, tlsName);
    if (flow.open) this.opened(flow);
    return flow;
  }

  flow(id: number): Flow | null {
    return this.#flows.get(id) ?? null;
  }

  advertised(flow: Flow): Endpoint {
    const door = (flow as AnyFlow).door;
    if (door === undefined) return flow.local;
    // A door on every address is called by the one the peer has reached.
    return isWildcard(door.advertised.host) && !isWildcard(flow.local.host)
      ? { host: flow.local.host, port: door.advertised.port }
      : door.advertised;
  }

  isOwn(host: string, port: number, transport: TransportName | null): boolean {
    return this.#names.isOwn(this.#doors, this.#webDoors.values(), host, port, transport);
  }

  /** Closes every door, lets what is queued go out, and ends every flow. Resolves when all is gone. */
  async close(): Promise<void> {
    this.#closed = true;
    // What was written has gone to the system; peers that keep their side open are not waited for.
    this.limits = { ...this.limits, linger_ms: Math.min(this.limits.linger_ms, LAST_LINGER_MS) };
    const doors = [...this.#doors];
    await Promise.all(doors.filter((door) => door.transport !== "udp").map((door) => door.close()));
    this.#flushAll();
    for (const flow of [...this.#connections]) flow.close("shutting down");
    await this.#drained();
    await Promise.all(doors.filter((door) => door.transport === "udp").map((door) => door.close()));
  }

  /** Doors that are open. */
  get listeners(): readonly Listener[] {
    return this.#doors;
  }

  get connections(): number {
    return this.#connections.size;
  }

  // What follows is for the flows: see FlowContext.

  meters(transport: TransportName): FlowMeters {
    let meters = this.#meters.get(transport);
    if (meters === undefined) this.#meters.set(transport, meters = new FlowMeters(this.#metrics, transport));
    return meters;
  }

  nextId(): number {
    return ++this.#lastId;
  }

  opened(flow: AnyFlow): void {
    if (!flow.open) return;
    this.#flows.set(flow.id, flow);
    if (flow.reliable) this.#connections.add(flow);
  }

  closed(flow: AnyFlow): void {
    this.#flows.delete(flow.id);
    if (flow.reliable) this.#connections.delete(flow);
  }

  flushLater(output: Flushable): void {
    if (this.#dirty.push(output) === 1) queueMicrotask(this.#flushAll);
  }

  tend(flow: Tended): void {
    this.#tended.add(flow);
  }

  untend(flow: Tended): void {
    this.#tended.delete(flow);
    if (this.#tended.size === 0) this.#onDrained?.();
  }

  get roomForConnection(): boolean {
    return this.#connections.size < this.limits.connections;
  }

  onTimer(): void {
    if (this.#closed && this.#tended.size === 0) return;
    const now = this.clock.monotonic();
    for (const flow of this.#tended) flow.tend(now);
    this.timers.start(TEND_MS, this, 0);
  }

  #onDrained: (() => void) | null = null;

  /** Until no connection is left; their own deadlines bound it. */
  #drained(): Promise<void> {
    const sockets = new Set<Tended>(this.#sockets.map(({ socket }) => socket));
    for (const tended of sockets) this.#tended.delete(tended);
    if (this.#tended.size === 0) return Promise.resolve();
    return new Promise((resolve) => this.#onDrained = resolve);
  }

  #listenUdp(wanted: ListenUrl): Listener {
    const socket = openUdpSocket(this, wanted.host, wanted.port, this.#udp);
    const door = this.#open("udp", socket, () => {
      const at = this.#sockets.findIndex((entry) => entry.socket === socket);
      if (at >= 0) this.#sockets.splice(at, 1);
    });
    this.#sockets.push({ socket, door });
    socket.run(door);
    return door;
  }

  #open(transport: TransportName, behind: { local: Endpoint; close(): Promise<void> }, onClosed?: () => void): SipDoor {
    const door = new SipDoor(transport, behind, this.#names.advertise(behind.local), () => {
      const at = this.#doors.indexOf(door);
      if (at >= 0) this.#doors.splice(at, 1);
      onClosed?.();
    });
    this.#doors.push(door);
    return door;
  }

  #webDoor(transport: "ws" | "wss", local: Endpoint): SipDoor {
    const key = `${transport} ${endpointText(local)}`;
    const known = this.#webDoors.get(key);
    if (known !== undefined) return known;
    const behind = { local, close: () => Promise.resolve() };
    const door = new SipDoor(transport, behind, this.#names.advertise(local), () => {});
    // A listener on every address has as many local addresses as the machine: few.
    if (this.#webDoors.size < WEB_DOORS) this.#webDoors.set(key, door);
    return door;
  }
}
