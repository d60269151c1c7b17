import { type Endpoint } from "../address.ts";
import { canonicalHost } from "../ip_octets.ts";

const RETRY_MS = 100;

/** Whoever is behind a TCP door. Neither method throws. */
export interface TcpAcceptorUser {
  accepted(conn: Deno.TcpConn, remote: Endpoint): void;
  /** No connection could be taken: out of descriptors, or a peer that was gone before. It is tried again. */
  failed(reason: string): void;
}

/** Accepts TCP connections until it is closed; what goes wrong with one never ends the others. */
export class TcpAcceptor {
  readonly local: Endpoint;
  readonly #listener: Deno.TcpListener;
  #closed = false;
  #done: Promise<void> = Promise.resolve();

  /** Throws what `Deno.listen` throws: the address in use, or not ours. */
  constructor(host: string, port: number) {
    this.#listener = Deno.listen({ hostname: host, port });
    const addr = this.#listener.addr;
    this.local = { host: canonicalHost(addr.hostname), port: addr.port };
  }

  run(user: TcpAcceptorUser): void {
    this.#done = this.#accept(user);
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#listener.close();
    await this.#done;
  }

  async #accept(user: TcpAcceptorUser): Promise<void> {
    while (!this.#closed) {
      let conn: Deno.TcpConn;
      try {
        conn = await this.#listener.accept();
      } catch (error) {
        if (this.#closed) return;
        user.failed(error instanceof Error ? error.message : String(error));
        // Others are waiting: it must go on, but not in a tight loop.
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
        continue;
      }
      const { hostname, port } = conn.remoteAddr;
      user.accepted(conn, { host: canonicalHost(hostname), port });
    }
  }
}
