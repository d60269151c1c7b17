import type { TLSSocket } from "node:tls";
import type { Endpoint, Source } from "../../net/mod.ts";
import { TlsAcceptor, type TlsAcceptorUser, type TlsContexts } from "../../net/machine/mod.ts";
import type { FlowContext, Tended } from "./flow_context.ts";
import type { SipDoor } from "./sip_door.ts";
import { TlsFlow } from "./tls_flow.ts";

/** SIP over TLS: each connection that its source may have becomes a flow when its handshake is done. */
export class TlsListener implements TlsAcceptorUser, Tended {
  readonly #acceptor: TlsAcceptor;
  readonly #context: FlowContext;
  #door: SipDoor | null = null;

  private constructor(context: FlowContext, acceptor: TlsAcceptor) {
    this.#context = context;
    this.#acceptor = acceptor;
  }

  /** Opens the door; rejects with what the system says: the address in use, or not ours. */
  static async open(context: FlowContext, contexts: () => TlsContexts, host: string, port: number) {
    const { clock, limits } = context;
    const acceptor = await TlsAcceptor.open({ host, port, contexts, clock, handshake_ms: limits.connect_ms });
    return new TlsListener(context, acceptor);
  }

  get local(): Endpoint {
    return this.#acceptor.local;
  }

  run(door: SipDoor): void {
    this.#door = door;
    this.#acceptor.run(this);
    this.#context.tend(this);
  }

  close(): Promise<void> {
    this.#context.untend(this);
    this.#acceptor.close();
    return Promise.resolve();
  }

  tend(now: number): void {
    this.#acceptor.tend(now);
  }

  admit(host: string): Source | null {
    const source = this.#context.admission.source(host);
    const crowded = !this.#context.roomForConnection ||
      this.#acceptor.handshakes >= this.#context.limits.connections;
    if (!crowded && source.connect()) return source;
    this.#context.meters("tls").admission.add();
    return null;
  }

  secured(socket: TLSSocket, remote: Endpoint, source: Source): void {
    this.#context.opened(TlsFlow.accepted(this.#context, this.#door!, socket, remote, source));
  }

  handshakeFailed(reason: string): void {
    this.#context.meters("tls").garbage.add();
    this.#context.log.debug("TLS handshake failed", { reason });
  }

  handshakeTimedOut(): void {
    this.#context.meters("tls").timeouts.add();
  }

  failed(reason: string): void {
    this.#context.log.warn("accept failed", { door: this.#door?.text, reason });
  }
}
