import type { Endpoint } from "../transport/net/mod.ts";
import { problem } from "./problem.ts";

/** How a request came to us; the door knows, whatever stands in headers. */
export interface Connection {
  readonly remote: Endpoint;
  readonly local: Endpoint;
  /** TLS below. */
  readonly secure: boolean;
  /** MSRP over WebSocket is served here, too; it does not get to the application: the front takes it. */
  readonly msrp?: boolean;
}

/** Takes over a WebSocket that speaks `sip` (RFC 7118). It is not open yet: wait for its `open` event. */
export type AcceptWebSocket = (socket: WebSocket, remote: Endpoint, local: Endpoint, secure: boolean) => void;

/** Answers a request for `/ws`: hands the socket on where `sip` is among the subprotocols offered (RFC 7118 §4.2). */
export function upgrade(request: Request, connection: Connection, accept: AcceptWebSocket): Response {
  const spoken = connection.msrp ? "sip, msrp" : "sip";
  if (request.headers.get("upgrade")?.toLowerCase() !== "websocket") {
    const detail = `This path speaks WebSocket; subprotocols: ${spoken} (RFC 7118, RFC 7977).`;
    return problem(426, "Upgrade Required", detail, { "upgrade": "websocket", "sec-websocket-version": "13" });
  }
  if (request.headers.get("sec-websocket-version") !== "13") {
    const detail = "WebSocket version 13 is the one that is spoken here (RFC 6455).";
    return problem(426, "Upgrade Required", detail, { "upgrade": "websocket", "sec-websocket-version": "13" });
  }
  const offered = (request.headers.get("sec-websocket-protocol") ?? "").split(",").map((name) => name.trim());
  if (!offered.includes("sip")) {
    const found = offered.join(", ") || "none";
    const hint = connection.msrp && offered.includes("msrp")
      ? " A handshake for msrp must be in order, and the first request of its connection."
      : "";
    return problem(400, "Bad Request", `Subprotocols offered: ${found}; allowed: ${spoken}.${hint}`);
  }
  let upgraded: Deno.WebSocketUpgrade;
  try {
    upgraded = Deno.upgradeWebSocket(request, { protocol: "sip" });
  } catch (error) {
    return problem(400, "Bad Request", `Not a WebSocket handshake: ${(error as Error).message}`);
  }
  const { socket, response } = upgraded;
  socket.binaryType = "arraybuffer";
  accept(socket, connection.remote, connection.local, connection.secure);
  return response;
}
