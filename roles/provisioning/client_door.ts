import { endpointText, isIpLiteral, isWildcard } from "../../transport/net/mod.ts";

/** A SIP door of the box as clients reach it. */
export interface ClientDoor {
  readonly transport: "udp" | "tcp" | "tls";
  /** A name, or an address without brackets. */
  readonly host: string;
  readonly port: number;
}

/**
 * The open SIP doors as clients reach them: where there is an advertised name or address, by that, else by the address of the
 * door. WebSocket doors are left out.
 *
 * @param doors `udp://127.0.0.1:5060` …, as the ready line has them
 * @param advertised host of `[advertise]`; "" where none is set
 * @param fallback for doors on all addresses without an advertised host: an address of this machine
 */
export function clientDoors(doors: readonly string[], advertised: string, fallback: string): ClientDoor[] {
  const found: ClientDoor[] = [];
  for (const door of doors) {
    const parts = /^(udp|tcp|tls):\/\/(.+):([0-9]+)$/.exec(door);
    if (parts === null) continue;
    const own = parts[2].replace(/^\[(.*)\]$/, "$1");
    const host = advertised !== "" ? advertised : isIpLiteral(own) && isWildcard(own) ? fallback : own;
    found.push({ transport: parts[1] as ClientDoor["transport"], host, port: Number(parts[3]) });
  }
  return found;
}

/**
 * Which door a client is sent to: TLS where clients trust its certificate without further ado; else plain, TCP before UDP
 * (no lost messages, no size limit), because a client that meets a certificate it does not know just fails; else whatever
 * there is. Null where no door is open.
 */
export function bestDoor(doors: readonly ClientDoor[], certificateTrusted: boolean): ClientDoor | null {
  const order = certificateTrusted ? ["tls", "tcp", "udp"] : ["tcp", "udp", "tls"];
  for (const transport of order) {
    const door = doors.find((one) => one.transport === transport);
    if (door !== undefined) return door;
  }
  return null;
}

/** `sip:im.example.test:5060;transport=tcp` */
export function doorUri(door: ClientDoor): string {
  return `sip:${endpointText({ host: door.host, port: door.port })};transport=${door.transport}`;
}
