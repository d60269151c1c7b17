import type { Log } from "../foundation/mod.ts";
import { type Endpoint, endpointText, normalHost } from "../transport/net/mod.ts";
import { Front, type TlsMaterial } from "./front.ts";
import { NO_TAKERS, type WebSocketTakers } from "./upgrades.ts";
import type { Web } from "./application.ts";

/** One entry of `[listen] web` that is open. */
export interface WebDoor {
  /** `https://127.0.0.1:8443`, with the real port. */
  readonly url: string;
  /** New certificates for connections to come; those that are open stay. Nothing happens on a plain door. */
  renew(material: TlsMaterial): void;
  close(): Promise<void>;
}

export interface WebListenEntry {
  readonly transport: "http" | "https";
  readonly host: string;
  readonly port: number;
}

/**
 * Opens a door. `takers` get its WebSockets: where one is null, SIP goes to the application, and MSRP is not served. Rejects where
 * the address cannot be bound, with the address in the message.
 */
export async function openWebDoor(
  { transport, host, port }: WebListenEntry,
  web: Web,
  material: TlsMaterial | null,
  log: Log,
  takers: WebSocketTakers = NO_TAKERS,
): Promise<WebDoor> {
  try {
    if (transport === "https") {
      if (material === null) throw new TypeError("https needs a certificate");
      return await openBehindFront(host, port, web, material, log, takers);
    }
    if (takers.msrp !== null) return await openBehindFront(host, port, web, null, log, takers);
    return openPlain(host, port, web);
  } catch (error) {
    throw new Error(`${transport}://${endpointText({ host, port })}: cannot be opened: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

function openPlain(host: string, port: number, web: Web): WebDoor {
  const server = Deno.serve({ hostname: host, port, onListen: () => {} }, (request, info) => {
    const { hostname, port } = info.remoteAddr as Deno.NetAddr;
    const remote = { host: normalHost(hostname), port };
    return web.fetch(request, { remote, local, secure: false });
  });
  const local: Endpoint = { host: normalHost(server.addr.hostname), port: server.addr.port };
  return { url: `http://${endpointText(local)}`, renew: () => {}, close: () => server.shutdown() };
}

/** The server listens on a loopback port where it answers nobody but the front. */
async function openBehindFront(
  host: string,
  port: number,
  web: Web,
  material: TlsMaterial | null,
  log: Log,
  takers: WebSocketTakers,
): Promise<WebDoor> {
  let front: Front | undefined = undefined;
  const secure = material !== null;
  const msrp = takers.msrp !== null;
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, (request, info) => {
    const remote = front?.remoteOf((info.remoteAddr as Deno.NetAddr).port);
    if (front === undefined || remote === undefined) return new Response(null, { status: 403 });
    return web.fetch(request, { remote, local: front.local, secure, msrp });
  });
  try {
    const opened = front = await Front.open({ host, port, backend: server.addr.port, material, takers, log });
    return {
      url: `${secure ? "https" : "http"}://${endpointText(opened.local)}`,
      renew: (next) => opened.renew(next),
      close: async () => {
        await opened.close();
        await server.shutdown();
      },
    };
  } catch (error) {
    await server.shutdown();
    throw error;
  }
}
