import { Buffer } from "node:buffer";
import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import { type WebSocket as PausableWebSocket, WebSocketServer } from "ws";
import type { Endpoint } from "../transport/net/mod.ts";
import type { Handshake } from "./first_head.ts";
import type { AcceptWebSocket } from "./websocket.ts";

/** Takes over an open WebSocket that speaks `msrp` (RFC 7977): one of the package `ws`, which can be paused. */
export type AcceptMsrpWebSocket = (
  socket: PausableWebSocket,
  remote: Endpoint,
  local: Endpoint,
  secure: boolean,
) => void;

/** Who takes WebSockets at a door's front, by subprotocol; null: nobody, and the server behind answers. */
export interface WebSocketTakers {
  readonly sip: AcceptWebSocket | null;
  readonly msrp: AcceptMsrpWebSocket | null;
}

export const NO_TAKERS: WebSocketTakers = { sip: null, msrp: null };

/** One WebSocket message holds one SIP message or one MSRP chunk (RFC 7118 §5, RFC 7977 §5.1); a longer one ends it with 1009. */
const MAX_MESSAGE = 262_144;

const subprotocols = new WeakMap<IncomingMessage, Handshake>();

// No compression: a message would have to be held whole for it, and MSRP carries pictures.
const server = new WebSocketServer({
  noServer: true,
  perMessageDeflate: false,
  maxPayload: MAX_MESSAGE,
  handleProtocols: (_offered, request) => subprotocols.get(request)!.subprotocol,
});

// RFC 7977 §7: pages of any origin may speak MSRP here. What lets them is the session they know, never a cookie.
server.on("headers", (headers, request) => {
  const { origin } = request.headers;
  if (origin === undefined || subprotocols.get(request)!.subprotocol !== "msrp") return;
  headers.push(`Access-Control-Allow-Origin: ${origin}`);
});

/** Where a connection comes from, and what it reached. */
export interface Ends {
  readonly remote: Endpoint;
  readonly local: Endpoint;
  readonly secure: boolean;
}

/** Answers the handshake and hands the open WebSocket on, inside the call. `early`: octets that came behind the head. */
export function upgrade(
  handshake: Handshake,
  socket: Socket,
  early: Uint8Array,
  { remote, local, secure }: Ends,
  takers: WebSocketTakers,
): void {
  // The package reads method, url and headers of it, and these are all there.
  const { method, url, headers } = handshake;
  const request = { method, url, headers, socket } as unknown as IncomingMessage;
  subprotocols.set(request, handshake);
  server.handleUpgrade(request, socket, Buffer.from(early), (webSocket) => {
    if (handshake.subprotocol === "msrp") return takers.msrp!(webSocket, remote, local, secure);
    webSocket.binaryType = "arraybuffer";
    // It has all of the standard interface that SIP uses: events, send, close, bufferedAmount.
    takers.sip!(webSocket as unknown as WebSocket, remote, local, secure);
  });
}
