import { canonicalHost, type Endpoint } from "../../net/mod.ts";
import type { TransportName } from "../flow.ts";
import type { AnyFlow } from "./flow_context.ts";
import { TlsFlow } from "./tls_flow.ts";

/**
 * Live connections by peer, for reuse (RFC 3261 §18.1.1). One that the peer opened is found under the address and port it
 * came from. A TLS connection is reused only for a name it was verified for (RFC 5923 §4: never on the address alone).
 */
export class Connections {
  readonly #byPeer = new Map<string, AnyFlow[]>();
  #size = 0;

  add(flow: AnyFlow): void {
    const key = peerKey(flow.transport, flow.remote);
    const list = this.#byPeer.get(key);
    if (list === undefined) this.#byPeer.set(key, [flow]);
    else list.push(flow);
    this.#size++;
  }

  delete(flow: AnyFlow): void {
    const key = peerKey(flow.transport, flow.remote);
    const list = this.#byPeer.get(key);
    const at = list?.indexOf(flow) ?? -1;
    if (at < 0) return;
    this.#size--;
    if (list!.length === 1) this.#byPeer.delete(key);
    else list!.splice(at, 1);
  }

  /** An open connection that may carry a request to that peer, or null. */
  find(transport: TransportName, remote: Endpoint, tlsName: string): AnyFlow | null {
    for (const flow of this.#byPeer.get(peerKey(transport, remote)) ?? []) {
      if (flow.open && goodFor(flow, tlsName)) return flow;
    }
    return null;
  }

  get size(): number {
    return this.#size;
  }

  *[Symbol.iterator](): Generator<AnyFlow> {
    for (const list of this.#byPeer.values()) yield* list;
  }
}

function goodFor(flow: AnyFlow, tlsName: string): boolean {
  if (!(flow instanceof TlsFlow)) return true;
  const name = canonicalHost(tlsName === "" ? flow.remote.host : tlsName);
  if (!flow.inbound) return canonicalHost(flow.tlsName) === name;
  // A client without a certificate is reached by its own address and port only, which nobody else can have meanwhile.
  return name === flow.remote.host || flow.peerNames.includes(name);
}

function peerKey(transport: TransportName, { host, port }: Endpoint): string {
  return `${transport} ${host} ${port}`;
}
