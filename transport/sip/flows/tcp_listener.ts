import type { Endpoint } from "../../net/mod.ts";
import { TcpAcceptor, type TcpAcceptorUser } from "../../net/machine/mod.ts";
import type { FlowContext } from "./flow_context.ts";
import type { SipDoor } from "./sip_door.ts";
import { TcpFlow } from "./tcp_flow.ts";

/** SIP over TCP: each connection that its source may have becomes a flow. */
export class TcpListener implements TcpAcceptorUser {
  readonly #acceptor: TcpAcceptor;
  readonly #context: FlowContext;
  #door: SipDoor | null = null;

  /** Throws what the system says: the address in use, or not ours. */
  constructor(context: FlowContext, host: string, port: number) {
    this.#context = context;
    this.#acceptor = new TcpAcceptor(host, port);
  }

  get local(): Endpoint {
    return this.#acceptor.local;
  }

  run(door: SipDoor): void {
    this.#door = door;
    this.#acceptor.run(this);
  }

  close(): Promise<void> {
    return this.#acceptor.close();
  }

  accepted(conn: Deno.TcpConn, remote: Endpoint): void {
    const source = this.#context.admission.source(remote.host);
    if (!this.#context.roomForConnection || !source.connect()) {
      this.#context.meters("tcp").admission.add();
      conn.close();
      return;
    }
    this.#context.opened(TcpFlow.accepted(this.#context, this.#door!, conn, remote, source));
  }

  failed(reason: string): void {
    this.#context.log.warn("accept failed", { door: this.#door?.text, reason });
  }
}
