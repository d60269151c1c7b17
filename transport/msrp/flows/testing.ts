import { createServer } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { WebSocketServer } from "ws";
import { concatBytes, Metrics, silentLog, systemClock, TimerQueues } from "../../../foundation/mod.ts";
import type { DnsAnswer, DnsRecords, DnsType, Resolver } from "../../net/mod.ts";
import { makeCertificate, NO_TLS, type TlsOptions } from "../../net/machine/mod.ts";
import type { Duplex, DuplexUser } from "../duplex.ts";
import { MsrpWires, type MsrpWiresOptions } from "./msrp_wires.ts";

const PATIENCE_MS = 10_000;

/** The value, or an error after ten seconds: no test waits for ever. */
export async function within<T>(promise: Promise<T>, what: string): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what}: nothing in ${PATIENCE_MS} ms`)), PATIENCE_MS);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Reads a duplex, remembers all, and writes one array after the other. */
export class Reader implements DuplexUser {
  readonly duplex: Duplex;
  readonly parts: Uint8Array[] = [];
  length = 0;
  largest = 0;
  connects = 0;
  /** How often the system has taken a write. */
  written = 0;
  /** Why it ended; null while it lives. */
  closed: string | null = null;
  keep = true;
  onEach: (octets: Uint8Array) => void = () => {};
  readonly #queue: Uint8Array<ArrayBuffer>[] = [];
  #writing = false;
  #waiting: { readonly done: () => boolean; readonly resolve: () => void }[] = [];

  constructor(duplex: Duplex) {
    this.duplex = duplex;
    this.#writing = !duplex.inbound;
    duplex.start(this);
  }

  onConnected(): void {
    this.connects++;
    this.#writing = false;
    this.#next();
    this.#look();
  }
  onOctets(octets: Uint8Array): void {
    this.length += octets.length;
    this.largest = Math.max(this.largest, octets.length);
    if (this.keep) this.parts.push(octets.slice());
    this.onEach(octets);
    this.#look();
  }
  onWritten(): void {
    this.written++;
    this.#writing = false;
    this.#next();
    this.#look();
  }
  onClosed(reason: string): void {
    if (this.closed !== null) throw new Error("closed twice");
    this.closed = reason;
    this.#look();
  }

  write(octets: Uint8Array): void {
    this.#queue.push(octets.slice());
    this.#next();
  }

  /** Octets not yet given to the duplex. */
  get queued(): number {
    return this.#queue.length;
  }

  get octets(): Uint8Array {
    return concatBytes(this.parts);
  }
  get text(): string {
    return new TextDecoder().decode(this.octets);
  }

  async until(done: () => boolean, what: string): Promise<void> {
    if (done()) return;
    await within(new Promise<void>((resolve) => this.#waiting.push({ done, resolve })), what);
  }

  #next(): void {
    if (this.#writing) return;
    const octets = this.#queue.shift();
    if (octets === undefined) return;
    this.#writing = true;
    this.duplex.write(octets);
  }

  #look(): void {
    const ready = this.#waiting.filter(({ done }) => done());
    this.#waiting = this.#waiting.filter((entry) => !ready.includes(entry));
    for (const { resolve } of ready) resolve();
  }
}

/** Knows these names. */
export class FixedNames implements Resolver {
  readonly #names: Record<string, readonly string[]>;
  constructor(names: Record<string, readonly string[]>) {
    this.#names = names;
  }
  resolve<T extends DnsType>(name: string, type: T, done: (answer: DnsAnswer<DnsRecords[T]>) => void): void {
    const all = this.#names[name] ?? [];
    const records = all.filter((address) => address.includes(":") === (type === "AAAA"));
    done(records.length === 0 ? { status: "none" } : { status: "found", records: records as never[] });
  }
}

export const authority = await makeCertificate(["Test authority"], systemClock, { authority: true });
export const serverPair = await makeCertificate(["msrp.test", "127.0.0.1"], systemClock, { issuer: authority });
export const clientPair = await makeCertificate(["client.test"], systemClock, { issuer: authority });

/** Trusts the test authority, shows `serverPair`. */
export const TEST_TLS: TlsOptions = {
  ...NO_TLS,
  certificates: [serverPair],
  authorities: authority.certificate,
  publicRoots: false,
};

export interface TestWires {
  readonly wires: MsrpWires;
  readonly metrics: Metrics;
  readonly accepted: Duplex[];
  /** The next connection that came, its reader reading. */
  next(): Promise<Reader>;
  close(): Promise<void>;
}

/** Wires with real time unless told otherwise, which read whatever comes in. */
export function testWires(options: Partial<MsrpWiresOptions> = {}): TestWires {
  const metrics = new Metrics();
  const queues = new TimerQueues(systemClock, (error) => {
    throw error;
  });
  if (options.timers === undefined) queues.run(20);
  const readers: Reader[] = [];
  const accepted: Duplex[] = [];
  let wake = () => {};
  const wires = new MsrpWires({
    log: silentLog,
    metrics,
    clock: systemClock,
    timers: queues,
    resolver: new FixedNames({}),
    tls: TEST_TLS,
    accept: (duplex) => {
      accepted.push(duplex);
      readers.push(new Reader(duplex));
      wake();
    },
    ...options,
  });
  return {
    wires,
    metrics,
    accepted,
    next: async () => {
      while (readers.length === 0) await within(new Promise<void>((resolve) => wake = resolve), "a connection");
      return readers.shift()!;
    },
    close: async () => {
      await within(wires.close(), "close");
      queues.stop();
    },
  };
}

/** A plain web server that hands every WebSocket to the wires. */
export async function webSocketServer({ wires }: TestWires, maxPayload = 262_144) {
  const http = createServer();
  const server = new WebSocketServer({ noServer: true, perMessageDeflate: false, maxPayload });
  http.on("upgrade", (request, socket: Socket, head) => {
    server.handleUpgrade(request, socket, head, (webSocket) => {
      const remote = { host: socket.remoteAddress!, port: socket.remotePort! };
      wires.acceptWebSocket(webSocket, remote, { host: "127.0.0.1", port: socket.localPort! }, false);
    });
  });
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  return {
    port: (http.address() as AddressInfo).port,
    close: () => new Promise<void>((resolve) => http.close(() => resolve())),
  };
}

/** Octets that differ from place to place, so that a shifted copy is seen. */
export function pattern(length: number, seed = 0): Uint8Array<ArrayBuffer> {
  const octets = new Uint8Array(length);
  for (let i = 0; i < length; i++) octets[i] = (i * 31 + (i >> 8) + seed) & 255;
  return octets;
}

/** A counter of `parley_msrp_wire_events_total`. */
export function events(metrics: Metrics, transport: string, event: string): number {
  return metrics.value("parley_msrp_wire_events_total", transport, event) ?? 0;
}
