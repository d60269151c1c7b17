import { connect as connectPlain, type Socket } from "node:net";
import { connect as connectTls, type TLSSocket } from "node:tls";
import { WebSocket as WsSocket } from "ws";
import { canonicalHost, certificateMatches, type Endpoint, endpointText } from "../../transport/net/mod.ts";
import { namesOfPeer, serverName, TlsContexts, type TlsOptions } from "../../transport/net/machine/mod.ts";
import type { ServerAddress } from "./chat_options.ts";

/** A WebSocket for SIP that is open, and the ends of its connection. */
export interface OpenSocket {
  readonly socket: WebSocket;
  readonly remote: Endpoint;
  readonly local: Endpoint;
}

const PATIENCE_MS = 10_000;
/** One SIP message. */
const MAX_MESSAGE = 1_048_576;

/** Connects to a service for SIP over WebSocket (RFC 7118). `host`: the address to connect to. Rejects with the reason. */
export async function openSipSocket(server: ServerAddress, host: string, tls: TlsOptions): Promise<OpenSocket> {
  const secure = server.transport === "wss";
  const connection = secure ? dialTls(server, host, tls) : connectPlain({ host, port: server.port });
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) =>
    timer = setTimeout(() => reject(new Error(`no connection within ${PATIENCE_MS / 1000} s`)), PATIENCE_MS)
  );
  try {
    await Promise.race([made(connection, secure), late]);
    connection.setNoDelay(true);
    const socket = await Promise.race([shakeHands(connection, server), late]);
    return {
      // What it has in common with the one of the web platform is all that a flow uses.
      socket: socket as unknown as WebSocket,
      remote: { host, port: server.port },
      local: { host: canonicalHost(connection.localAddress ?? "127.0.0.1"), port: connection.localPort ?? 0 },
    };
  } catch (error) {
    connection.destroy();
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

function dialTls(server: ServerAddress, host: string, options: TlsOptions): TLSSocket {
  return connectTls({
    host,
    port: server.port,
    servername: serverName(server.host),
    secureContext: new TlsContexts(options).client,
    ALPNProtocols: ["http/1.1"],
    rejectUnauthorized: options.unverified !== true,
    checkServerIdentity: (_host, certificate) =>
      certificateMatches(namesOfPeer(certificate), server.host)
        ? undefined
        : new Error(`the certificate is not for "${server.host}"`),
  });
}

function made(socket: Socket, secure: boolean): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once(secure ? "secureConnect" : "connect", () => resolve());
    socket.once("error", reject);
    socket.once("close", () => reject(new Error("closed")));
  });
}

function shakeHands(connection: Socket, server: ServerAddress): Promise<WsSocket> {
  return new Promise((resolve, reject) => {
    const authority = endpointText({ host: server.host, port: server.port });
    const socket = new WsSocket(`${server.transport}://${authority}${server.path}`, ["sip"], {
      perMessageDeflate: false,
      maxPayload: MAX_MESSAGE,
      // Over the connection that is there already.
      createConnection: () => connection,
    });
    socket.once("open", () => resolve(socket));
    socket.once("error", reject);
    socket.once("close", () => reject(new Error("closed in the handshake")));
  });
}
