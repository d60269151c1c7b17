import type { Log } from "../foundation/mod.ts";
import { type Endpoint, endpointText, normalHost } from "../transport/net/mod.ts";
import { TlsFront, type TlsMaterial } from "./tls_front.ts";
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

/** Opens a door. Rejects where the address cannot be bound, with the address in the message. */
export async function openWebDoor(
  { transport, host, port }: WebListenEntry,
  web: Web,
  material: TlsMaterial | null,
  log: Log,
): Promise<WebDoor> {
  try {
    if (transport === "http") return openPlain(host, port, web);
    if (material === null) throw new TypeError("https needs a certificate");
    return await openSecure(host, port, web, material, log);
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

/**
 * `Deno.serve` cannot change its certificate without closing its WebSockets, so TLS ends in a front of our own, and the
 * server behind it listens on a loopback port where it answers nobody but the front.
 */
async function openSecure(host: string, port: number, web: Web, material: TlsMaterial, log: Log): Promise<WebDoor> {
  let front: TlsFront | undefined = undefined;
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, (request, info) => {
    const remote = front?.remoteOf((info.remoteAddr as Deno.NetAddr).port);
    if (front === undefined || remote === undefined) return new Response(null, { status: 403 });
    return web.fetch(request, { remote, local: front.local, secure: true });
  });
  try {
    const opened = front = await TlsFront.open(host, port, server.addr.port, material, log);
    return {
      url: `https://${endpointText(opened.local)}`,
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
