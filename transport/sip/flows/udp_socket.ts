import { latin1Into } from "../../../foundation/mod.ts";
import { canonicalHost, type Endpoint, ipv4Number, isIpv4, isWildcard } from "../../net/mod.ts";
import type { Door, FlowContext, Tended } from "./flow_context.ts";
import type { FlowMeters } from "./flow_meters.ts";
import { reason } from "./tcp_flow.ts";
import { type DatagramOutput, UdpFlow } from "./udp_flow.ts";
import { UdpPeers } from "./udp_peers.ts";

const LONGEST = 65_536;
const FORGET_EVERY_MS = 60_000;
const RETRY_MS = 100;
const COMPACT_AT = 1024;

/**
 * A bound UDP socket and its peers. This is all of it but how datagrams are moved: one at a time by the runtime
 * (`PlainUdpSocket`), or in batches by system calls (`BatchedUdpSocket`). Errors that ICMP brings never end the loop.
 */
export abstract class UdpSocket implements DatagramOutput, Tended {
  readonly local: Endpoint;
  protected readonly context: FlowContext;
  protected readonly socket: Deno.DatagramConn;
  protected readonly meters: FlowMeters;
  protected readonly peers: UdpPeers;
  protected closed = false;
  #door: Door | null = null;
  #done: Promise<void> = Promise.resolve();
  #forgotAt: number;
  readonly #queue: { readonly flow: UdpFlow; readonly datagram: Uint8Array }[] = [];
  /** Octets in the queue. */
  #waiting = 0;
  #sending = false;
  #sendingAll: Promise<void> = Promise.resolve();

  constructor(context: FlowContext, socket: Deno.DatagramConn) {
    this.context = context;
    this.socket = socket;
    this.meters = context.meters("udp");
    this.peers = new UdpPeers(context.limits.peers);
    const addr = socket.addr as Deno.NetAddr;
    this.local = { host: canonicalHost(addr.hostname), port: addr.port };
    this.#forgotAt = context.clock.monotonic();
  }

  /** How it moves datagrams, for the log. */
  abstract readonly kind: "plain" | "batched";
  abstract post(flow: UdpFlow, head: string, body: Uint8Array): boolean;
  /** What is left to do after the first datagram of a turn was handed up. */
  protected abstract drain(now: number): void;
  /** The socket will be closed right after. */
  protected abstract released(): void;
  /** Sends what was queued in this turn. */
  protected abstract flushNow(): void;

  /** Begins to receive; `door` is the door of its flows. */
  run(door: Door): void {
    this.#door = door;
    this.context.tend(this);
    this.#done = this.#receive();
  }

  /** True where a datagram to that host can leave by this socket. */
  reaches(host: string): boolean {
    if (this.local.host === "::") return true;
    if (isIpv4(host) !== isIpv4(this.local.host)) return false;
    return isWildcard(this.local.host) || isLoop(host) === isLoop(this.local.host);
  }

  /** The flow to a peer, made where there is none. */
  flowTo(remote: Endpoint): UdpFlow {
    return this.peer(this.keyOf(remote.host, remote.port), remote);
  }

  forget(flow: UdpFlow): void {
    this.peers.delete(flow);
  }

  get size(): number {
    return this.peers.size;
  }

  async close(): Promise<void> {
    if (this.closed) return;
    this.flushNow();
    await this.#sent();
    if (this.closed) return;
    this.closed = true;
    this.context.untend(this);
    for (const flow of [...this.peers]) flow.close("the socket closes");
    this.released();
    this.socket.close();
    await this.#done;
  }

  tend(now: number): void {
    if (now - this.#forgotAt < FORGET_EVERY_MS) return;
    this.#forgotAt = now;
    for (const flow of [...this.peers.idle(now - this.context.limits.peer_idle_ms)]) flow.close("idle");
  }

  protected keyOf(host: string, port: number): number | string {
    const v4 = ipv4Number(host);
    return v4 >= 0 ? v4 * 65_536 + port : `${host} ${port}`;
  }

  protected peer(key: number | string, remote: Endpoint): UdpFlow {
    const known = this.peers.get(key);
    if (known !== undefined) return known;
    const flow = new UdpFlow(this.context, this.#door!, this, remote, key);
    const gone = this.peers.add(flow);
    if (gone !== null) gone.close("forgotten for want of room");
    this.context.opened(flow);
    return flow;
  }

  /**
   * Sends one datagram by the runtime, which waits where the socket is full and tells what is wrong with it. One after the
   * other: several at a time overtake each other.
   */
  protected sendAlone(flow: UdpFlow, datagram: Uint8Array): boolean {
    if (this.closed || this.#waiting + datagram.length > this.context.limits.datagrams) return false;
    this.#waiting += datagram.length;
    this.#queue.push({ flow, datagram });
    if (!this.#sending) this.#sendingAll = this.#sendAll();
    return true;
  }

  async #sendAll(): Promise<void> {
    this.#sending = true;
    const queue = this.#queue;
    for (let i = 0; i < queue.length && !this.closed; i++) {
      const { flow, datagram } = queue[i];
      const { host, port } = flow.remote;
      const hostname = this.local.host === "::" && isIpv4(host) ? `::ffff:${host}` : host;
      try {
        await this.socket.send(datagram, { transport: "udp", hostname, port });
      } catch (error) {
        if (this.closed) break;
        this.meters.sendErrors.add();
        // A refused port may answer again; no route, a firewall, or a wrong address is a transport error (RFC 3261 §18.4).
        if (!(error instanceof Deno.errors.ConnectionRefused)) flow.close(`send failed: ${reason(error)}`);
      }
      this.#waiting -= datagram.length;
      if (i >= COMPACT_AT) {
        queue.splice(0, i + 1);
        i = -1;
      }
    }
    queue.length = 0;
    this.#sending = false;
  }

  /** Until the queue is empty, or has had its time. */
  async #sent(): Promise<void> {
    if (!this.#sending) return;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<void>((resolve) => timer = setTimeout(resolve, this.context.limits.linger_ms));
    await Promise.race([this.#sendingAll, late]);
    clearTimeout(timer);
  }

  protected static datagram(head: string, body: Uint8Array): Uint8Array {
    const datagram = new Uint8Array(head.length + body.length);
    latin1Into(head, datagram, 0);
    if (body.length > 0) datagram.set(body, head.length);
    return datagram;
  }

  async #receive(): Promise<void> {
    const buffer = new Uint8Array(LONGEST);
    while (!this.closed) {
      try {
        const [octets, from] = await this.socket.receive(buffer);
        const now = this.context.clock.monotonic();
        const { hostname, port } = from as Deno.NetAddr;
        const host = canonicalHost(hostname);
        // Port 0 is nobody's: nothing could be answered (RFC 768).
        if (port !== 0) this.peer(this.keyOf(host, port), { host, port }).arrived(octets, octets.length, now);
        this.drain(now);
        if (this.context.breather.due) await this.context.breather.breathe();
      } catch (error) {
        if (this.closed) return;
        if (error instanceof Deno.errors.ConnectionRefused || error instanceof Deno.errors.ConnectionReset) continue;
        this.context.log.warn("receive failed", {
          local: `${this.local.host} ${this.local.port}`,
          reason: reason(error),
        });
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      }
    }
  }
}

function isLoop(host: string): boolean {
  return host === "::1" || host.startsWith("127.");
}
