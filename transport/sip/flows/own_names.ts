import { canonicalHost, type Endpoint, isIpLiteral, isIpv4, isLoopback, isWildcard } from "../../net/mod.ts";
import { interfaceAddresses } from "../../net/machine/mod.ts";
import type { TransportName } from "../flow.ts";
import type { SipDoor } from "./sip_door.ts";

const DEFAULT_PORT: Record<TransportName, number> = {
  udp: 5060,
  tcp: 5060,
  tls: 5061,
  ws: 80,
  wss: 443,
  memory: 5060,
};

/** How the box is called by its own doors: what it writes about itself, and what it knows as itself. */
export class OwnNames {
  readonly #advertise: string;
  #addresses: readonly string[] | null = null;

  constructor(advertise: string) {
    this.#advertise = canonicalHost(advertise);
  }

  /** What a door says of itself. On every address and without a name it takes an address of the machine. */
  advertise(local: Endpoint): Endpoint {
    if (this.#advertise !== "") return { host: this.#advertise, port: local.port };
    if (!isWildcard(local.host)) return local;
    const family = this.#ours().filter((host) => local.host === "::" || isIpv4(host));
    // TCP and TLS flows know the very address their peer has reached; this is for UDP, where the socket does not say.
    const host = family.find((found) => isIpv4(found) && !isLoopback(found)) ??
      family.find((found) => !isLoopback(found) && !found.startsWith("fe80:")) ??
      (local.host === "::" ? "::1" : "127.0.0.1");
    return { host, port: local.port };
  }

  /** The door whose transport and address family fit a connection of ours; its port is where the peer may call back. */
  doorFor(doors: readonly SipDoor[], transport: TransportName, host: string): SipDoor | null {
    let fallback: SipDoor | null = null;
    for (const door of doors) {
      if (door.transport !== transport) continue;
      const bound = door.local.host;
      if (bound !== "::" && isIpv4(bound) !== isIpv4(host)) continue;
      if (isWildcard(bound) || isLoopback(bound) === isLoopback(host)) return door;
      fallback ??= door;
    }
    return fallback;
  }

  isOwn(
    doors: readonly SipDoor[],
    webDoors: Iterable<SipDoor>,
    host: string,
    port: number,
    transport: TransportName | null,
  ): boolean {
    const name = canonicalHost(host);
    // A name without a port is looked up (RFC 3263 §4.2), and the records of our own name lead to our doors.
    if (port === 0 && name === this.#advertise && !isIpLiteral(name)) {
      return transport === null || some(doors, webDoors, (door) => door.transport === transport);
    }
    return some(doors, webDoors, (door) => {
      if (transport !== null && door.transport !== transport) return false;
      if (door.local.port !== (port === 0 ? DEFAULT_PORT[door.transport] : port)) return false;
      if (name === this.#advertise || name === door.local.host || name === door.advertised.host) return true;
      if (!isWildcard(door.local.host)) return false;
      return isLoopback(name) || this.#ours().includes(name);
    });
  }

  /** Asked for once: an appliance whose addresses change is told by `[advertise]`, or restarted. */
  #ours(): readonly string[] {
    return this.#addresses ??= interfaceAddresses();
  }
}

function some(doors: readonly SipDoor[], webDoors: Iterable<SipDoor>, test: (door: SipDoor) => boolean): boolean {
  for (const door of doors) if (test(door)) return true;
  for (const door of webDoors) if (test(door)) return true;
  return false;
}
