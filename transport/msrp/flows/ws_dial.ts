import { connect as connectPlain, type Socket } from "node:net";
import { connect as connectTls, TLSSocket } from "node:tls";
import { WebSocket } from "ws";
import { type Endpoint, endpointText } from "../../net/mod.ts";
import { repairPause, serverName } from "../../net/machine/mod.ts";
import { addressesOf } from "./addresses.ts";
import { hostProblem } from "./peer_certificate.ts";
import type { WireContext } from "./wire_context.ts";
import type { Carrier } from "./ws_duplex.ts";

/** Where a WebSocket of ours goes. */
export interface WebSocketTarget {
  readonly to: Endpoint;
  readonly secure: boolean;
  /** What the certificate must carry, and the Host that is asked for; "" for that of `to`, and any certificate. */
  readonly name: string;
  /** `/ws` at a box like this one; an MSRP URI has no path (RFC 7977 §5.2.1). */
  readonly path: string;
}

/** Connects, shakes hands for the subprotocol `msrp`, and resolves when messages may go. Rejects with the reason. */
export async function openWebSocket(
  context: WireContext,
  target: WebSocketTarget,
  signal: AbortSignal,
): Promise<{ webSocket: WebSocket; carrier: Carrier }> {
  const { to, name } = target;
  let problem: Error = new Error("the name has no address");
  for (const host of await addressesOf(to.host, context.resolver)) {
    signal.throwIfAborted();
    const socket = target.secure ? dialTls(context, host, target) : connectPlain({ host, port: to.port });
    const stop = () => socket.destroy();
    signal.addEventListener("abort", stop);
    try {
      await made(socket, target.secure);
      if (socket instanceof TLSSocket) repairPause(socket);
      const authority = name === "" ? endpointText(to) : endpointText({ host: name, port: to.port });
      const webSocket = await shakeHands(socket, target, authority, context.limits.webSocketMessage);
      return { webSocket, carrier: { socket, remote: { host, port: to.port } } };
    } catch (error) {
      socket.destroy();
      problem = error as Error;
    } finally {
      signal.removeEventListener("abort", stop);
    }
  }
  throw problem;
}

function dialTls(context: WireContext, host: string, { to, name }: WebSocketTarget): TLSSocket {
  return connectTls({
    host,
    port: to.port,
    servername: serverName(name === "" ? to.host : name),
    secureContext: context.tls.client,
    ALPNProtocols: ["http/1.1"],
    rejectUnauthorized: name !== "" && context.tls.options.unverified !== true,
    checkServerIdentity: (_host, certificate) => name === "" ? undefined : hostProblem(name, certificate),
  });
}

function made(socket: Socket, secure: boolean): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once(secure ? "secureConnect" : "connect", resolve);
    socket.once("error", reject);
    socket.once("close", () => reject(new Error("closed")));
  });
}

function shakeHands(
  socket: Socket,
  { secure, path }: WebSocketTarget,
  authority: string,
  maxPayload: number,
): Promise<WebSocket> {
  return new Promise((resolve, reject) => {
    const webSocket = new WebSocket(`${secure ? "wss" : "ws"}://${authority}${path}`, ["msrp"], {
      perMessageDeflate: false,
      maxPayload,
      // Over the connection that is there already.
      createConnection: () => socket,
    });
    webSocket.once("open", () => resolve(webSocket));
    webSocket.once("error", reject);
    webSocket.once("close", () => reject(new Error("closed in the handshake")));
  });
}
