import type { Endpoint } from "../../../transport/net/mod.ts";
import { type Dialer, type Duplex, type MsrpTransport, WebSocketDuplex } from "../../../transport/msrp/mod.ts";

/**
 * MSRP goes where the page came from, whatever host a path names (RFC 7977 §5): a page may connect to its own host only, every session
 * passes there, and behind a proxy or a port map only the browser knows what that host is called.
 */
export class PageDialer implements Dialer {
  readonly #url: string;
  readonly #makeSocket: (url: string, protocol: string) => WebSocket;
  readonly #open = new Set<Duplex>();

  /** `url`: `wss://im.example.test:8443/ws`. */
  constructor(url: string, makeSocket: (url: string, protocol: string) => WebSocket) {
    this.#url = url;
    this.#makeSocket = makeSocket;
  }

  /** Null for what is no WebSocket. */
  dial(transport: MsrpTransport, to: Endpoint): Duplex | null {
    if (transport !== "ws" && transport !== "wss") return null;
    const duplex = new WebSocketDuplex({
      open: () => {
        const socket = this.#makeSocket(this.#url, "msrp");
        this.#open.add(duplex);
        socket.addEventListener("close", () => this.#open.delete(duplex));
        return socket;
      },
      remote: to,
      secure: transport === "wss",
      vouched: true,
    });
    return duplex;
  }

  /** The network is another one: what was connected is dead, and is not waited for. */
  cut(): void {
    for (const duplex of this.#open) duplex.destroy();
    this.#open.clear();
  }
}
