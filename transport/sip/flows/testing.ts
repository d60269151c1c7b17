/** What the tests of the flows share: a handler that records, wires on loopback, raw peers. For tests only. */
import {
  fromLatin1,
  type Log,
  Metrics,
  silentLog,
  systemClock,
  TimerQueues,
  toLatin1,
} from "../../../foundation/mod.ts";
import type { Flow, FlowHandler, FlowWatcher } from "../flow.ts";
import { SipWires, type WiresOptions } from "./sip_wires.ts";

const PATIENCE_MS = 10_000;

/** One thing that a handler was told. */
export interface Heard {
  readonly what: "message" | "garbage" | "refused" | "closed";
  readonly flow: Flow;
  readonly text: string;
  readonly body: Uint8Array;
  readonly status: number;
}

/** Records what it is told; `next` waits for the next thing. */
export class Recorder implements FlowHandler, FlowWatcher {
  readonly heard: Heard[] = [];
  /** Called first for each message. */
  onEach: ((flow: Flow, head: string, body: Uint8Array) => void) | null = null;
  #taken = 0;
  #wake: (() => void) | null = null;

  onMessage(flow: Flow, head: string, body: Uint8Array): void {
    this.onEach?.(flow, head, body);
    this.#add("message", flow, head, body, 0);
  }
  onGarbage(flow: Flow, reason: string): void {
    this.#add("garbage", flow, reason, new Uint8Array(0), 0);
  }
  onRefused(flow: Flow, head: string, status: number, reason: string): void {
    flow.send(`SIP/2.0 ${status} ${reason}\r\nContent-Length: 0\r\n\r\n`, new Uint8Array(0));
    this.#add("refused", flow, head, new Uint8Array(0), status);
  }
  onFlowClosed(flow: Flow, reason: string): void {
    this.#add("closed", flow, reason, new Uint8Array(0), 0);
  }

  async next(): Promise<Heard> {
    while (this.#taken >= this.heard.length) await within(new Promise<void>((resolve) => this.#wake = resolve), "next");
    return this.heard[this.#taken++];
  }

  async take(count: number): Promise<Heard[]> {
    const all: Heard[] = [];
    while (all.length < count) all.push(await this.next());
    return all;
  }

  #add(what: Heard["what"], flow: Flow, text: string, body: Uint8Array, status: number): void {
    this.heard.push({ what, flow, text, body, status });
    this.#wake?.();
  }
}

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

/** Turns of the event loop until `done`, at most for ten seconds. */
export async function until(done: () => boolean, what: string): Promise<void> {
  const end = performance.now() + PATIENCE_MS;
  while (!done()) {
    if (performance.now() > end) throw new Error(`${what}: not in ${PATIENCE_MS} ms`);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

export interface TestWires {
  readonly wires: SipWires;
  readonly recorder: Recorder;
  readonly metrics: Metrics;
  /** Why UDP fell back to plain, once for each door: a test of batches must see none. */
  readonly fallbacks: string[];
  close(): Promise<void>;
}

/** Wires with real time unless told otherwise. */
export function testWires(options: Partial<WiresOptions> = {}): TestWires {
  const recorder = new Recorder();
  const metrics = new Metrics();
  const fallbacks: string[] = [];
  const log: Log = {
    ...silentLog,
    info: (text, fields) => {
      if (text === "UDP one datagram at a time") fallbacks.push(String(fields?.why));
    },
    child: () => log,
  };
  const queues = new TimerQueues(systemClock, (error) => {
    throw error;
  });
  if (options.timers === undefined) queues.run(20);
  const wires = new SipWires({
    log,
    metrics,
    clock: systemClock,
    timers: queues,
    handler: recorder,
    ...options,
  });
  return {
    wires,
    recorder,
    metrics,
    fallbacks,
    close: async () => {
      await within(wires.close(), "close");
      queues.stop();
    },
  };
}

/** A message with a Content-Length that is right. */
export function message(n: number, body: Uint8Array, extra = ""): string {
  return `MESSAGE sip:bob@example.test SIP/2.0\r\nCall-ID: ${n}\r\n${extra}Content-Length: ${body.length}\r\n\r\n`;
}

/** Bytes of a message. */
export function messageBytes(n: number, body: Uint8Array = new Uint8Array(0), extra = ""): Uint8Array {
  const head = fromLatin1(message(n, body, extra));
  const all = new Uint8Array(head.length + body.length);
  all.set(head);
  all.set(body, head.length);
  return all;
}

/** Octets that differ from place to place, so that a shifted copy is seen. */
export function pattern(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (i * 31 + (i >> 8)) & 255);
}

/** Reads a connection until `enough` says so, or its end. */
export async function readText(
  conn: { read(buffer: Uint8Array): Promise<number | null> },
  enough: (text: string) => boolean = () => false,
): Promise<string> {
  let text = "";
  const buffer = new Uint8Array(65_536);
  while (!enough(text)) {
    const n = await within(conn.read(buffer), `read after ${JSON.stringify(text.slice(-80))}`);
    if (n === null) break;
    text += toLatin1(buffer, 0, n);
  }
  return text;
}

/** Why IPv6 cannot be tested here; "" where it can. */
export function ipv6Missing(): string {
  try {
    Deno.listen({ hostname: "::1", port: 0 }).close();
    return "";
  } catch (error) {
    return `IPv6 is not available on loopback: ${error instanceof Error ? error.message : error}`;
  }
}

/** A counter of `parley_sip_flow_events_total` as Prometheus would read it. */
export function events(metrics: Metrics, transport: string, event: string): number {
  const line = metrics.render().split("\n").find((text) =>
    text.startsWith(`parley_sip_flow_events_total{transport="${transport}",event="${event}"}`)
  );
  return Number(line?.split(" ")[1] ?? 0);
}
