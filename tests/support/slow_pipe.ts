/** Octets a slow reader takes at a time: what it has not taken stays with the kernel, and then with the sender. */
const SIP_OCTETS = 1024;

/**
 * A TCP connection to a server, with somebody at the far end who reads slowly: so many octets a second are taken from the server's side,
 * and not one more. What goes to the server is not held up.
 */
export class SlowPipe {
  /** Where to connect to. */
  readonly port: number;
  /** Octets that were taken from the server. */
  taken = 0;
  readonly #listener: Deno.TcpListener;
  readonly #server: number;
  readonly #octetsASecond: number;
  readonly #conns: Deno.TcpConn[] = [];
  #since = 0;
  #free = false;
  #wake: () => void = () => {};

  constructor(server: number, octetsASecond: number) {
    this.#server = server;
    this.#octetsASecond = octetsASecond;
    this.#listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    this.port = this.#listener.addr.port;
    void this.#accept();
  }

  /** Seconds since somebody connected. */
  get seconds(): number {
    return (performance.now() - this.#since) / 1000;
  }

  /** From now on as fast as can be. */
  hurry(): void {
    this.#free = true;
    this.#wake();
  }

  close(): void {
    this.hurry();
    this.#listener.close();
    for (const conn of this.#conns) closed(conn);
  }

  async #accept(): Promise<void> {
    for await (const near of this.#listener) {
      const far = await Deno.connect({ hostname: "127.0.0.1", port: this.#server });
      this.#conns.push(near, far);
      this.#since = performance.now();
      void near.readable.pipeTo(far.writable).catch(() => closed(far));
      void this.#slowly(far, near).catch(() => closed(near));
    }
  }

  async #slowly(from: Deno.TcpConn, to: Deno.TcpConn): Promise<void> {
    const octets = new Uint8Array(SIP_OCTETS);
    for (;;) {
      const count = await from.read(octets);
      if (count === null) return closed(to);
      this.taken += count;
      for (let at = 0; at < count;) at += await to.write(octets.subarray(at, count));
      if (!this.#free) await this.#pause(count * 1000 / this.#octetsASecond);
    }
  }

  #pause(delay_ms: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, delay_ms);
    this.#wake = () => {
      clearTimeout(timer);
      resolve();
    };
    return promise;
  }
}

function closed(conn: Deno.TcpConn): void {
  try {
    conn.close();
  } catch (error) {
    if (!(error instanceof Deno.errors.BadResource)) throw error;
  }
}
