import { canonicalHost, type Endpoint } from "../../net/mod.ts";
import type { FlowContext } from "./flow_context.ts";
import type { SipDoor } from "./sip_door.ts";
import { reason, TcpFlow } from "./tcp_flow.ts";

const RETRY_MS = 100;

/** Accepts TCP connections until it is closed; what goes wrong with one never ends the others. */
export class TcpListener {
  readonly local: Endpoint;
  readonly #listener: Deno.TcpListener;
  readonly #context: FlowContext;
  #closed = false;
  #done: Promise<void> = Promise.resolve();

  /** Throws what `Deno.listen` throws: the address in use, or not ours. */
  constructor(context: FlowContext, host: string, port: number) {
    this.#context = context;
    this.#listener = Deno.listen({ hostname: host, port });
    const addr = this.#listener.addr;
    this.local = { host: canonicalHost(addr.hostname), port: addr.port };
  }

  run(door: SipDoor): void {
    this.#done = this.#accept(door);
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#listener.close();
    await this.#done;
  }

  async #accept(door: SipDoor): Promise<void> {
    while (!this.#closed) {
      let conn: Deno.TcpConn;
      try {
        conn = await this.#listener.accept();
      } catch (error) {
        if (this.#closed) return;
        // Out of descriptors, or a peer that was gone before it was accepted: others are waiting.
        this.#context.log.warn("accept failed", { door: door.text, reason: reason(error) });
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
        continue;
      }
      const remote = { host: canonicalHost(conn.remoteAddr.hostname), port: conn.remoteAddr.port };
      const source = this.#context.admission.source(remote.host);
      if (!this.#context.roomForConnection || !source.connect()) {
        this.#context.meters("tcp").admission.add();
        conn.close();
        continue;
      }
      this.#context.opened(TcpFlow.accepted(this.#context, door, conn, remote, source));
    }
  }
}
