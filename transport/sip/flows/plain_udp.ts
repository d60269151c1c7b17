import type { UdpFlow } from "./udp_flow.ts";
import { UdpSocket } from "./udp_socket.ts";

/** UDP by the runtime's own calls: one receive and one send for each datagram. Works everywhere. */
export class PlainUdpSocket extends UdpSocket {
  readonly kind = "plain";

  post(flow: UdpFlow, head: string, body: Uint8Array): boolean {
    return this.sendAlone(flow, UdpSocket.datagram(head, body));
  }

  protected drain(): void {}
  protected released(): void {}
  protected flushNow(): void {}
}
