import type { WebSocket } from "ws";
import type { Clock, Log, Metrics, Timed, Timers } from "../../../foundation/mod.ts";
import {
  Admission,
  type AdmissionLimits,
  canonicalHost,
  DEFAULT_ADMISSION,
  type Endpoint,
  type Resolver,
  type Source,
} from "../../net/mod.ts";
import { Breather, type CertificatePair, NO_TLS, TlsContexts, type TlsOptions } from "../../net/machine/mod.ts";
import type { MsrpTransport } from "../connection.ts";
import type { Dialer, Duplex } from "../duplex.ts";
import { LinkedList } from "../linked_list.ts";
import type { BaseDuplex } from "./base_duplex.ts";
import { parseMsrpListenUrl } from "./listen_url.ts";
import { TcpDoor, type TendedDoor, TlsDoor, type WireDoor } from "./msrp_doors.ts";
import { ReadBuffers } from "./read_buffers.ts";
import { TcpDuplex } from "./tcp_duplex.ts";
import { TlsDuplex } from "./tls_duplex.ts";
import type { Gate } from "./wire_context.ts";
import { DEFAULT_WIRE_LIMITS, type WireLimits } from "./wire_limits.ts";
import { WireMeters } from "./wire_meters.ts";
import { openWebSocket } from "./ws_dial.ts";
import { WsDuplex } from "./ws_duplex.ts";

const TEND_MS = 1000;
/** How long the end of everything waits for what is written, and for peers to end their side. */
const LAST_LINGER_MS = 300;

/** What MSRP wires are made of. */
export interface MsrpWiresOptions {
  readonly log: Log;
  readonly metrics: Metrics;
  readonly clock: Clock;
  readonly timers: Timers;
  /** For the names in paths. */
  readonly resolver: Resolver;
  /** Gets what peers open, and starts it inside the call. May also be set later, before the first `listen`. */
  readonly accept?: (duplex: Duplex) => void;
  readonly limits?: WireLimits;
  readonly admission?: AdmissionLimits;
  /**
   * Peers are always asked for a certificate and never need a valid one, whatever `clientCertificates` says: its fingerprint is
   * in their SDP (RFC 4975 §14.4).
   */
  readonly tls?: TlsOptions;
  /** The path of a WebSocket that we open. Default `/ws`. */
  readonly webSocketPath?: string;
}

/** Every MSRP connection of the box as octets: doors for TCP and TLS, WebSockets that the web doors hand on, and dials. */
export class MsrpWires implements Dialer, Gate, Timed {
  readonly log: Log;
  readonly clock: Clock;
  readonly limits: WireLimits;
  readonly breather: Breather;
  readonly reads = new ReadBuffers();
  readonly resolver: Resolver;
  readonly #timers: Timers;
  readonly #metrics: Metrics;
  readonly #admission: Admission;
  /** Tells sources that open connections too fast. */
  readonly #connects: Admission;
  readonly #meters = new Map<MsrpTransport, WireMeters>();
  readonly #doors = new Set<TendedDoor>();
  readonly #duplexes = new LinkedList<BaseDuplex>();
  readonly #path: string;
  #accept: ((duplex: Duplex) => void) | null;
  #tls: TlsContexts;
  #closed = false;
  #onGone: (() => void) | null = null;

  /** Throws where a TLS option or an admission range cannot be used. */
  constructor(options: MsrpWiresOptions) {
    this.log = options.log;
    this.clock = options.clock;
    this.resolver = options.resolver;
    this.limits = options.limits ?? DEFAULT_WIRE_LIMITS;
    this.breather = new Breather(options.clock);
    this.#timers = options.timers;
    this.#metrics = options.metrics;
    const admission = options.admission ?? DEFAULT_ADMISSION;
    this.#admission = new Admission(options.clock, admission);
    this.#connects = new Admission(options.clock, { ...admission, ...this.limits.connects });
    this.#accept = options.accept ?? null;
    this.#path = options.webSocketPath ?? "/ws";
    this.#tls = new TlsContexts({ ...(options.tls ?? NO_TLS), clientCertificates: "ask" });
    options.metrics.gauge("parley_msrp_wires", "Open MSRP connections, those being made included", () => this.size);
    this.#timers.start(TEND_MS, this, 0);
  }

  get accept(): (duplex: Duplex) => void {
    if (this.#accept === null) throw new Error("nobody takes MSRP connections yet");
    return this.#accept;
  }

  set accept(accept: (duplex: Duplex) => void) {
    this.#accept = accept;
  }

  /**
   * Opens a door: `tcp://127.0.0.1:2855`, `tls://[::]:2856`; port 0 takes a free one. Rejects with SyntaxError for what is not
   * such a URL, and with what the system says where the address cannot be had.
   */
  async listen(url: string): Promise<WireDoor> {
    const { transport, host, port } = parseMsrpListenUrl(url);
    void this.accept;
    const onClosed = (door: TendedDoor) => void this.#doors.delete(door);
    if (transport === "tcp") return this.#opened(new TcpDoor(this, host, port, onClosed));
    if (this.#tls.options.certificates.length === 0) throw new Error(`"${url}" needs a certificate`);
    // Connections of ours will need it: better an error now than at the first of them.
    void this.#tls.client;
    return this.#opened(await TlsDoor.open(this, host, port, onClosed));
  }

  /** Other certificates from the next handshake on; connections that are open stay. Throws where one cannot be used. */
  setCertificates(certificates: readonly CertificatePair[]): void {
    this.#tls = this.#tls.renewed(certificates);
  }

  dial(transport: MsrpTransport, to: Endpoint, name: string): Duplex | null {
    if (this.#closed || transport === "memory" || this.full || to.port < 1 || to.port > 65_535) return null;
    if (transport === "tcp") return new TcpDuplex(this, to, null, null);
    if (transport === "tls") return new TlsDuplex(this, to, name, null, null);
    const secure = transport === "wss";
    const target = { to, secure, name, path: this.#path };
    return WsDuplex.dialled(this, secure, to, (signal) => openWebSocket(this, target, signal));
  }

  /**
   * A WebSocket of the package `ws` that was upgraded with the subprotocol `msrp` (RFC 7977) becomes a duplex. `local` is the
   * address of the web door. Where the source has its share of connections it is closed with 1013 (try again later).
   */
  acceptWebSocket(socket: WebSocket, remote: Endpoint, local: Endpoint, secure: boolean): void {
    const from = { host: canonicalHost(remote.host), port: remote.port };
    const source = this.admit(secure ? "wss" : "ws", from.host);
    if (source === null) {
      socket.on("error", () => socket.terminate());
      socket.close(1013, "too many connections");
      return;
    }
    this.accepted(WsDuplex.accepted(this, socket, from, local, secure, source));
  }

  /** Connections, those being made included. */
  get size(): number {
    return this.#duplexes.size;
  }

  /** Doors that are open. */
  get doors(): readonly WireDoor[] {
    return [...this.#doors];
  }

  /** Closes every door and ends every connection; peers that do not end theirs are waited for a moment only. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([...this.#doors].map((door) => door.close()));
    this.#duplexes.each((duplex) => duplex.end());
    if (this.#duplexes.size > 0) {
      const gone = new Promise<void>((resolve) => this.#onGone = resolve);
      const late = setTimeout(() => {
        this.#duplexes.each((duplex) => duplex.destroy());
      }, LAST_LINGER_MS);
      await gone;
      clearTimeout(late);
    }
  }

  onTimer(): void {
    if (this.#closed && this.#duplexes.size === 0) return;
    const now = this.clock.monotonic();
    for (const door of this.#doors) door.tend(now);
    this.#duplexes.each((duplex) => duplex.tend(now));
    this.#timers.start(TEND_MS, this, 0);
  }

  // What follows is for doors and duplexes: see Gate.

  get tls(): TlsContexts {
    return this.#tls;
  }

  /** There are as many connections as there may be. */
  get full(): boolean {
    return this.#duplexes.size >= this.limits.connections;
  }

  admit(transport: MsrpTransport, host: string): Source | null {
    const source = this.#admission.source(host);
    if (!this.#closed && !this.full && source.connect()) return source;
    this.meters(transport).admission.add();
    return null;
  }

  accepted(duplex: BaseDuplex): void {
    const meters = this.meters(duplex.transport);
    const source = this.#connects.source(duplex.remote.host);
    const wait = source.spend(this.clock.monotonic(), this.limits.connects.burst);
    if (wait < 0) {
      meters.admission.add();
      duplex.destroy();
      return;
    }
    meters.accepted.add();
    if (wait === 0) return this.#handOn(duplex);
    meters.slowed.add();
    this.#timers.start(wait, { onTimer: () => this.#handOn(duplex) }, 0);
  }

  meters(transport: MsrpTransport): WireMeters {
    let meters = this.#meters.get(transport);
    if (meters === undefined) this.#meters.set(transport, meters = new WireMeters(this.#metrics, transport));
    return meters;
  }

  opened(duplex: BaseDuplex): void {
    this.#duplexes.add(duplex);
  }

  closed(duplex: BaseDuplex): void {
    this.#duplexes.delete(duplex);
    if (this.#duplexes.size === 0) this.#onGone?.();
  }

  #handOn(duplex: BaseDuplex): void {
    if (duplex.over) return;
    try {
      this.accept(duplex);
    } catch (error) {
      this.meters(duplex.transport).defects.add();
      this.log.error("an MSRP connection was not taken", {
        error: error instanceof Error ? error.message : String(error),
      });
      duplex.destroy();
    }
  }

  #opened(door: TendedDoor): WireDoor {
    this.#doors.add(door);
    return door;
  }
}
