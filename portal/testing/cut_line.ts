/** A line to a port of this machine that can be cut and mended, as a network would be: for tests. */
export class CutLine {
  readonly port: number;
  readonly #listener: Deno.TcpListener;
  readonly #to: number;
  readonly #open = new Set<Deno.TcpConn>();
  /** New connections are closed at once. */
  #cut = false;
  /** Octets are swallowed both ways, and nothing is closed: a connection that died in a sleep. */
  #silent = false;

  constructor(to: number) {
    this.#to = to;
    this.#listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    this.port = this.#listener.addr.port;
    void this.#run();
  }

  get connections(): number {
    return this.#open.size / 2;
  }

  /** All connections end, and none can be made. */
  cut(): void {
    this.#cut = true;
    for (const connection of [...this.#open]) this.#close(connection);
  }

  /** Everything is swallowed; connections can be made that say nothing. */
  silence(): void {
    this.#silent = true;
  }

  mend(): void {
    this.#cut = false;
    this.#silent = false;
  }

  close(): void {
    this.cut();
    this.#listener.close();
  }

  async #run(): Promise<void> {
    for await (const here of this.#listener) {
      if (this.#cut) {
        here.close();
        continue;
      }
      void this.#join(here);
    }
  }

  async #join(here: Deno.TcpConn): Promise<void> {
    let there: Deno.TcpConn;
    try {
      there = await Deno.connect({ hostname: "127.0.0.1", port: this.#to });
    } catch {
      // The box is down: so is its line.
      return here.close();
    }
    this.#open.add(here).add(there);
    await Promise.all([this.#copy(here, there), this.#copy(there, here)]);
    this.#close(here);
    this.#close(there);
  }

  async #copy(from: Deno.TcpConn, to: Deno.TcpConn): Promise<void> {
    const buffer = new Uint8Array(65_536);
    try {
      // What came while the line was silent is lost: such a connection never speaks again.
      let lost = false;
      for (let count = await from.read(buffer); count !== null; count = await from.read(buffer)) {
        lost ||= this.#silent;
        for (let at = 0; at < count && !lost;) at += await to.write(buffer.subarray(at, count));
      }
    } catch (error) {
      // Cut on one side: the other one is closed by whoever joined them.
      if (error instanceof Deno.errors.BadResource || error instanceof Deno.errors.Interrupted) return;
      if (!(error instanceof Deno.errors.ConnectionReset) && !(error instanceof Deno.errors.BrokenPipe)) throw error;
    } finally {
      this.#close(to);
    }
  }

  #close(connection: Deno.TcpConn): void {
    if (!this.#open.delete(connection)) return;
    connection.close();
  }
}
