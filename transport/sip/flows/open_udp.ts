import { canonicalHost } from "../../net/mod.ts";
import { openDatagramCalls } from "../../net/machine/mod.ts";
import { BatchedUdpSocket } from "./batched_udp.ts";
import type { FlowContext } from "./flow_context.ts";
import { PlainUdpSocket } from "./plain_udp.ts";
import type { UdpSocket } from "./udp_socket.ts";

/**
 * Binds a UDP socket: in batches where the runtime lets us make system calls and they work, else plain, which costs about
 * four times as much and is otherwise the same. Throws what the system says where the address cannot be had.
 */
export function openUdpSocket(
  context: FlowContext,
  host: string,
  port: number,
  mode: "auto" | "plain",
): UdpSocket {
  const socket = Deno.listenDatagram({ transport: "udp", hostname: host, port });
  if (mode === "plain") return new PlainUdpSocket(context, socket);
  const addr = socket.addr as Deno.NetAddr;
  const local = { host: canonicalHost(addr.hostname), port: addr.port };
  const calls = openDatagramCalls(local);
  if (typeof calls === "string") {
    context.log.info("UDP one datagram at a time", { local: `${local.host} ${local.port}`, why: calls });
    return new PlainUdpSocket(context, socket);
  }
  const buffers = calls.enlarge(context.limits.socket_buffer);
  context.log.debug("UDP in batches", { local: `${local.host} ${local.port}`, ...buffers });
  return new BatchedUdpSocket(context, socket, calls);
}
