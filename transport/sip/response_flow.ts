import type { Flow } from "./flow.ts";
import type { Via } from "./via_header.ts";
import type { Wires } from "./wires.ts";

/**
 * The flow that carries a response (RFC 3261 §18.2.2, RFC 3581 §4): the one the request came on; where that was a
 * connection that is closed now, a new one to the same host at the port of sent-by; over UDP without `rport` the source
 * address at the port of sent-by. `maddr` is not followed: it would let a stranger aim our responses at anybody.
 * Null when the peer cannot be reached: a closed WebSocket, or no door for that transport.
 */
export function responseFlow(wires: Wires, flow: Flow, via: Via): Flow | null {
  if (!flow.reliable) {
    if (via.param("rport") !== undefined) return flow;
    const port = via.port || 5060;
    if (port === flow.remote.port) return flow;
    return wires.flowTo({ transport: flow.transport, host: flow.remote.host, port, tlsName: "" });
  }
  if (flow.open) return flow;
  if (flow.transport !== "tcp" && flow.transport !== "tls") return null;
  return wires.flowTo({
    transport: flow.transport,
    host: flow.remote.host,
    port: via.port || (flow.secure ? 5061 : 5060),
    tlsName: flow.secure ? via.host : "",
  });
}
