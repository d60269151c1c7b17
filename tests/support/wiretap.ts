/** A TCP relay in front of a door, which keeps every octet that the box sends to whoever comes through it. */
export class Wiretap {
  readonly port: number;
  readonly #listener: Deno.TcpListener;
  readonly #connections = new Set<Deno.TcpConn>();
  readonly #chunks: Uint8Array[] = [];
  readonly #target: number;

  /** `port`: of the door. */
  constructor(port: number) {
    this.#target = port;
    this.#listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    this.port = (this.#listener.addr as Deno.NetAddr).port;
    this.#accept();
  }

  /** Everything that came from the box so far, over all connections, as Latin-1. */
  get text(): string {
    return this.#chunks.map((chunk) => new TextDecoder("latin1").decode(chunk)).join("");
  }

  close(): void {
    this.#listener.close();
    for (const connection of this.#connections) {
      try {
        connection.close();
      } catch (error) {
        if (!(error instanceof Deno.errors.BadResource)) throw error; // it was over already
      }
    }
  }

  async #accept(): Promise<void> {
    for await (const near of this.#listener) {
      const far = await Deno.connect({ hostname: "127.0.0.1", port: this.#target });
      this.#connections.add(near).add(far);
      this.#carry(near, far, null);
      this.#carry(far, near, this.#chunks);
    }
  }

  /** Until one of the two ends; then the other does. */
  async #carry(from: Deno.TcpConn, to: Deno.TcpConn, kept: Uint8Array[] | null): Promise<void> {
    try {
      for await (const chunk of from.readable) {
        kept?.push(chunk.slice());
        for (let at = 0; at < chunk.length;) at += await to.write(chunk.subarray(at));
      }
      await to.closeWrite();
    } catch (error) {
      const isOver = error instanceof Deno.errors.BadResource || error instanceof Deno.errors.ConnectionReset ||
        error instanceof Deno.errors.BrokenPipe || error instanceof Deno.errors.Interrupted ||
        error instanceof Deno.errors.NotConnected;
      if (!isOver) throw error;
    }
  }
}
