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
    const port = via.param("rport") !== undefined ? flow.remote.port : via.port || 5060;
    return port === flow.remote.port ? sameWay(wires, flow) : datagramFlow(wires, flow, port);
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

/** The flow, or where it was a UDP flow that has been forgotten since, its successor; null for a dead connection. */
export function sameWay(wires: Wires, flow: Flow): Flow | null {
  if (flow.open) return flow;
  return flow.reliable ? null : datagramFlow(wires, flow, flow.remote.port);
}

function datagramFlow(wires: Wires, { transport, remote }: Flow, port: number): Flow | null {
  return wires.flowTo({ transport, host: remote.host, port, tlsName: "" });
}
