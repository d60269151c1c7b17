import { canonicalHost, type Endpoint, type Source } from "../../net/mod.ts";
import type { Door, FlowContext } from "./flow_context.ts";
import { StreamFlow } from "./stream_flow.ts";

const SMALL = 2_048;
const LARGE = 16_384;

/** A TCP connection (RFC 3261 §18). */
export class TcpFlow extends StreamFlow {
  #conn: Deno.TcpConn | null = null;
  #local: Endpoint | null = null;
  #destroyed = false;
  #resume: (() => void) | null = null;
  #paused = false;
  readonly #connecting = new AbortController();

  /** One that the peer opened. */
  static accepted(context: FlowContext, door: Door, conn: Deno.TcpConn, remote: Endpoint, source: Source): TcpFlow {
    const flow = new TcpFlow(context, door, remote, true, source);
    flow.#use(conn);
    return flow;
  }

  /** One that we open: returned at once, connecting. */
  static connect(context: FlowContext, door: Door, remote: Endpoint): TcpFlow {
    const flow = new TcpFlow(context, door, remote, false, context.admission.source(remote.host));
    void flow.#connect();
    return flow;
  }

  override get local(): Endpoint {
    return this.#local ?? this.door.local;
  }

  async #connect(): Promise<void> {
    const { host: hostname, port } = this.remote;
    try {
      const conn = await Deno.connect({ hostname, port, signal: this.#connecting.signal });
      if (this.#destroyed) conn.close();
      else {
        this.#use(conn);
        this.connected();
      }
    } catch (error) {
      this.lost(`connect failed: ${reason(error)}`);
    }
  }

  #use(conn: Deno.TcpConn): void {
    this.#conn = conn;
    conn.setNoDelay(true);
    const { hostname, port } = conn.localAddr;
    this.#local = { host: canonicalHost(hostname), port };
    void this.#read(conn);
  }

  async #read(conn: Deno.TcpConn): Promise<void> {
    let buffer = new Uint8Array(SMALL);
    try {
      for (;;) {
        const n = await conn.read(buffer);
        if (n === null) return this.peerEnded();
        this.received(n === buffer.length ? buffer : buffer.subarray(0, n));
        if (this.#paused) await new Promise<void>((resolve) => this.#resume = resolve);
        if (this.context.breather.due) await this.context.breather.breathe();
        // A busy connection reads in larger pieces; a quiet one gives the memory back.
        if (n === buffer.length && n < LARGE) buffer = new Uint8Array(n * 4);
        else if (n <= SMALL && buffer.length > SMALL) buffer = new Uint8Array(SMALL);
      }
    } catch (error) {
      this.lost(reason(error));
    }
  }

  protected override write(octets: Uint8Array<ArrayBuffer>): void {
    void this.#write(octets);
  }

  async #write(octets: Uint8Array<ArrayBuffer>): Promise<void> {
    try {
      let at = 0;
      while (at < octets.length) {
        at += await this.#conn!.write(at === 0 ? octets : octets.subarray(at));
        this.progressed();
      }
    } catch (error) {
      return this.lost(reason(error));
    }
    this.written(octets);
  }

  protected override endWriting(): void {
    this.#conn?.closeWrite().catch((error) => this.lost(reason(error)));
  }

  protected override destroy(): void {
    this.#destroyed = true;
    this.#connecting.abort();
    this.#resume?.();
    try {
      this.#conn?.close();
    } catch (error) {
      // The runtime closes a connection by itself after some errors.
      if (!(error instanceof Deno.errors.BadResource)) throw error;
    }
  }

  protected override pauseReading(): void {
    this.#paused = true;
  }

  protected override resumeReading(): void {
    this.#paused = false;
    this.#resume?.();
    this.#resume = null;
  }
}

/** What a socket error says, in one line. */
export function reason(error: unknown): string {
  if (error instanceof Deno.errors.BadResource || error instanceof Deno.errors.Interrupted) return "closed";
  return error instanceof Error ? error.message : String(error);
}
