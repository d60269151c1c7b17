import { canonicalHost, type Endpoint, type Source } from "../../net/mod.ts";
import { addressesOf } from "./addresses.ts";
import { BaseDuplex } from "./base_duplex.ts";
import { LARGE, SMALL } from "./read_buffers.ts";
import type { WireContext } from "./wire_context.ts";

/** A TCP connection. */
export class TcpDuplex extends BaseDuplex {
  #conn: Deno.TcpConn | null = null;
  #stopped = false;
  #goOn: (() => void) | null = null;
  readonly #connecting: AbortController | null;

  /** One that the peer opened, counted at its source; with `source` null: one of ours, made when it is started. */
  constructor(context: WireContext, remote: Endpoint, conn: Deno.TcpConn | null, source: Source | null) {
    super(context, "tcp", remote, source);
    this.#connecting = conn === null ? new AbortController() : null;
    if (conn !== null) this.#use(conn);
  }

  protected override begin(): void {
    if (this.#conn !== null) void this.#read(this.#conn);
    else void this.#connect();
  }

  protected override send(octets: Uint8Array<ArrayBuffer>): void {
    void this.#write(octets);
  }

  protected override endWriting(): void {
    this.#conn!.closeWrite().catch((error) => this.lost(reasonOf(error)));
  }

  protected override release(): void {
    this.#connecting?.abort();
    this.#goOn?.();
    try {
      this.#conn?.close();
    } catch (error) {
      // The runtime closes a connection by itself after some errors.
      if (!(error instanceof Deno.errors.BadResource)) throw error;
    }
  }

  protected override pauseReading(): void {
    this.#stopped = true;
  }

  protected override resumeReading(): void {
    this.#stopped = false;
    this.#goOn?.();
    this.#goOn = null;
  }

  async #connect(): Promise<void> {
    let problem = "the name has no address";
    for (const hostname of await addressesOf(this.remote.host, this.context.resolver)) {
      if (this.over) return;
      try {
        const conn = await Deno.connect({ hostname, port: this.remote.port, signal: this.#connecting!.signal });
        if (this.over) return conn.close();
        this.#use(conn);
        this.remote = { host: hostname, port: this.remote.port };
        this.connected();
        return await this.#read(conn);
      } catch (error) {
        problem = reasonOf(error);
      }
    }
    this.lost(`connect failed: ${problem}`);
  }

  #use(conn: Deno.TcpConn): void {
    this.#conn = conn;
    try {
      conn.setNoDelay(true);
    } catch (error) {
      // The peer was gone before it was accepted; the first read tells.
      this.context.log.debug("no delay", { reason: reasonOf(error) });
    }
    const { hostname, port } = conn.localAddr;
    this.local = { host: canonicalHost(hostname), port };
  }

  /**
   * Quiet, it waits with a small buffer of its own; as soon as that is filled, it borrows a large one, and gives it back when
   * a read is small again. What a read brings that was under way when it was paused waits in its buffer.
   */
  async #read(conn: Deno.TcpConn): Promise<void> {
    const { breather, reads } = this.context;
    const small = new Uint8Array(SMALL);
    let large: Uint8Array<ArrayBuffer> | null = null;
    try {
      for (;;) {
        const buffer: Uint8Array<ArrayBuffer> = large ?? small;
        const n: number | null = await conn.read(buffer);
        if (this.#stopped) await this.#until();
        if (n === null) return this.peerEnded();
        this.received(n === buffer.length ? buffer : buffer.subarray(0, n));
        if (large === null) {
          if (n === SMALL) large = reads.take();
        } else if (n <= SMALL || (n < LARGE && reads.crowded)) {
          reads.give(large);
          large = null;
        }
        if (this.#stopped) {
          // What it has read is handed on: others may need the room meanwhile.
          const busy = large !== null;
          if (large !== null) reads.give(large);
          large = null;
          await this.#until();
          if (busy) large = reads.take();
        }
        if (this.over) return;
        if (breather.due) await breather.breathe();
      }
    } catch (error) {
      this.lost(reasonOf(error));
    } finally {
      if (large !== null) reads.give(large);
    }
  }

  /** Resolves when reading is wanted again, or it is over. */
  #until(): Promise<void> {
    if (this.over) return Promise.resolve();
    return new Promise((resolve) => this.#goOn = resolve);
  }

  async #write(octets: Uint8Array<ArrayBuffer>): Promise<void> {
    const conn = this.#conn!;
    try {
      let at = await conn.write(octets);
      while (at < octets.length) {
        this.progressed();
        at += await conn.write(octets.subarray(at));
      }
    } catch (error) {
      return this.lost(reasonOf(error));
    }
    this.written();
  }
}

/** What a socket error says, in one line. */
function reasonOf(error: unknown): string {
  if (error instanceof Deno.errors.BadResource || error instanceof Deno.errors.Interrupted) return "closed";
  return error instanceof Error ? error.message : String(error);
}
