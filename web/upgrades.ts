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

/** Whoever takes WebSockets of one subprotocol at a door's front. */
export interface WebSocketTaker<Accept> {
  readonly accept: Accept;
  /**
   * Octets of one WebSocket message, which holds one SIP message or one MSRP chunk (RFC 7118 §5, RFC 7977 §5.1); a longer one
   * ends the connection with 1009.
   */
  readonly longest: number;
}

/** Takers by subprotocol; null: nobody, and the server behind answers. */
export interface WebSocketTakers {
  readonly sip: WebSocketTaker<AcceptWebSocket> | null;
  readonly msrp: WebSocketTaker<AcceptMsrpWebSocket> | null;
}

export const NO_TAKERS: WebSocketTakers = { sip: null, msrp: null };

/** Where a connection comes from, and what it reached. */
export interface Ends {
  readonly remote: Endpoint;
  readonly local: Endpoint;
  readonly secure: boolean;
}

/**
 * Answers a handshake and hands the open WebSocket to the taker of its subprotocol, inside the call. `early`: octets that came
 * behind the head.
 */
export type Upgrader = (handshake: Handshake, socket: Socket, early: Uint8Array, ends: Ends) => void;

export function upgraderFor({ sip, msrp }: WebSocketTakers): Upgrader {
  const servers = { sip: webSocketServer("sip", sip?.longest ?? 0), msrp: webSocketServer("msrp", msrp?.longest ?? 0) };
  return ({ method, url, headers, subprotocol }, socket, early, { remote, local, secure }) => {
    // The package reads method, url and headers of it, and these are all there.
    const request = { method, url, headers, socket } as unknown as IncomingMessage;
    servers[subprotocol].handleUpgrade(request, socket, Buffer.from(early), (webSocket) => {
      if (subprotocol === "msrp") return msrp!.accept(webSocket, remote, local, secure);
      webSocket.binaryType = "arraybuffer";
      // It has all of the standard interface that SIP uses: events, send, close, bufferedAmount.
      sip!.accept(webSocket as unknown as WebSocket, remote, local, secure);
    });
  };
}

function webSocketServer(subprotocol: "sip" | "msrp", maxPayload: number): WebSocketServer {
  const server = new WebSocketServer({
    noServer: true,
    // No compression: a message would have to be held whole for it, and MSRP carries pictures.
    perMessageDeflate: false,
    maxPayload,
    handleProtocols: () => subprotocol,
  });
  if (subprotocol === "msrp") {
    // RFC 7977 §7: pages of any origin may speak MSRP here. What lets them is the session they know, never a cookie.
    server.on("headers", (headers, { headers: { origin } }) => {
      if (origin !== undefined) headers.push(`Access-Control-Allow-Origin: ${origin}`);
    });
  }
  return server;
}
