/**
 * The doors of `[listen]`, as far as SIP and the web go: what they admit, how they are opened. Part of the composition root,
 * beside `appliance.ts`; the MSRP doors are those of `media.ts`.
 */
import type { Clock, Log, Metrics, Timers } from "./foundation/mod.ts";
import type { Config } from "./config.ts";
import type { CertificateKeeper } from "./certificates/mod.ts";
import { Admission, type AdmissionLimits, endpointText } from "./transport/net/mod.ts";
import type { MsrpWires } from "./transport/msrp/flows/mod.ts";
import { DEFAULT_FLOW_LIMITS, type FlowLimits, longestWebSocketMessage, SipWires } from "./transport/sip/flows/mod.ts";
import { type Health, openWebDoor, type Web, type WebDoor } from "./web/mod.ts";

/** What counts as that many messages where it could not be read at all. */
const GARBAGE_COST = 10;

/** What one source may ask of the doors of each kind; trusted hops are exempt. */
export function admissionOf({ admission, trust }: Config): AdmissionLimits {
  const { connections, rate, burst, sources, exempt } = admission;
  const free = [...exempt, ...trust.hops].filter(isAddressRange);
  return { connections, rate, burst, sources, garbage_cost: GARBAGE_COST, exempt: free };
}

/** One that is named by its certificate has no address to exempt. */
function isAddressRange(hop: string): boolean {
  return /^[0-9a-f:.]+(?:\/[0-9]+)?$/i.test(hop) && /[.:]/.test(hop);
}

/** What a message may be is what passes: the queue of a connection holds at least two. */
export function flowLimitsOf({ limits: { message } }: Config): FlowLimits {
  const { queue } = DEFAULT_FLOW_LIMITS;
  return { ...DEFAULT_FLOW_LIMITS, message, body: message, queue: Math.max(queue, 2 * message) };
}

/** Opens the SIP doors; their URLs. Rejects, with the address in the message, where one cannot be had. */
export async function openSipDoors(wires: SipWires, { listen }: Config): Promise<string[]> {
  const urls: string[] = [];
  for (const entry of listen.sip) {
    const host = entry.host === "localhost" ? "127.0.0.1" : entry.host;
    const address = `${entry.transport}://${endpointText({ host, port: entry.port })}`;
    const listener = await wires.listen(address).catch((error: Error) => {
      throw new Error(`${address}: cannot be opened: ${error.message}`, { cause: error });
    });
    urls.push(`${entry.transport}://${endpointText(listener.local)}`);
  }
  return urls;
}

/** What web doors stand on. */
export interface WebDoorsParts {
  readonly config: Config;
  readonly web: Web;
  readonly certificates: CertificateKeeper;
  /** Who gets their WebSockets. */
  readonly sip: SipWires;
  readonly msrp: MsrpWires;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly metrics: Metrics;
  readonly log: Log;
}

/** Opens the web doors, each told to `opened` at once. New certificates reach them. Rejects where one cannot be had. */
export async function openWebDoors(parts: WebDoorsParts, opened: (door: WebDoor) => void): Promise<void> {
  const { config, web, certificates, sip, msrp, clock, timers, metrics, log } = parts;
  const shared = {
    web,
    material: certificates.pair,
    admission: new Admission(clock, admissionOf(config)),
    timers,
    metrics,
    log,
    takers: {
      sip: {
        accept: (...taken: Parameters<SipWires["acceptWebSocket"]>) => void sip.acceptWebSocket(...taken),
        longest: longestWebSocketMessage(sip.limits),
      },
      msrp: {
        accept: (...taken: Parameters<MsrpWires["acceptWebSocket"]>) => msrp.acceptWebSocket(...taken),
        longest: msrp.limits.webSocketMessage,
      },
    },
  };
  for (const entry of config.listen.web) {
    const door = await openWebDoor(entry, shared);
    certificates.onRenewed((pair) => door.renew(pair));
    opened(door);
  }
}

/** Doors that have closed by themselves make the box not ready. */
export function watchDoors(health: Health, { listen }: Config, sip: SipWires, msrp: MsrpWires): void {
  const check = (open: number, wanted: number) => open < wanted ? `${open} of ${wanted} are open` : null;
  health.add("sip doors", () => check(sip.listeners.length, listen.sip.length));
  health.add("msrp doors", () => check(msrp.doors.length, listen.msrp.length));
}
