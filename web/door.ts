import type { Log, Metrics, Timers } from "../foundation/mod.ts";
import { type Admission, endpointText } from "../transport/net/mod.ts";
import type { Web } from "./application.ts";
import { DEFAULT_FRONT_LIMITS, Front, type FrontLimits, type TlsMaterial } from "./front.ts";
import { NO_TAKERS, type WebSocketTakers } from "./upgrades.ts";

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

/** What doors are opened with. */
export interface WebDoorParts {
  readonly web: Web;
  /** What an https door shows. */
  readonly material: TlsMaterial | null;
  /** How many connections one source may have; shared by the doors. */
  readonly admission: Admission;
  readonly timers: Timers;
  readonly metrics: Metrics;
  readonly log: Log;
  /** Who gets its WebSockets: where one is missing, SIP goes to the application, and MSRP is not served. */
  readonly takers?: WebSocketTakers;
  readonly limits?: FrontLimits;
}

/**
 * Opens a door: a server on a loopback port where it answers nobody but the front. Rejects where the address cannot be bound,
 * with the address in the message.
 */
export async function openWebDoor(entry: WebListenEntry, parts: WebDoorParts): Promise<WebDoor> {
  const { transport, host, port } = entry;
  const { web, takers = NO_TAKERS, limits = DEFAULT_FRONT_LIMITS } = parts;
  const secure = transport === "https";
  const msrp = takers.msrp !== null;
  let front: Front | undefined = undefined;
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, (request, info) => {
    const remote = front?.remoteOf((info.remoteAddr as Deno.NetAddr).port);
    if (front === undefined || remote === undefined) return new Response(null, { status: 403 });
    return web.fetch(request, { remote, local: front.local, secure, msrp });
  });
  try {
    const material = secure ? parts.material : null;
    if (secure && material === null) throw new TypeError("https needs a certificate");
    const backend = server.addr.port;
    const opened = front = await Front.open({ ...parts, host, port, backend, material, takers, limits });
    return {
      url: `${transport}://${endpointText(opened.local)}`,
      renew: (next) => opened.renew(next),
      close: async () => {
        await opened.close();
        await server.shutdown();
      },
    };
  } catch (error) {
    await server.shutdown();
    throw new Error(`${transport}://${endpointText({ host, port })}: cannot be opened: ${(error as Error).message}`, {
      cause: error,
    });
  }
}
