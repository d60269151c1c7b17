import { canonicalHost } from "./ip_octets.ts";

/** An address to listen at. */
export interface ListenAddress {
  /** `udp` has ports of its own; everything else is TCP below. */
  readonly transport: string;
  /** An IP literal (IPv6 without brackets) or `localhost`. */
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
}

/** Whether two listeners want the same port, so that they cannot be open together. */
export function listenersCollide(a: ListenAddress, b: ListenAddress): boolean {
  if (a.port !== b.port || a.port === 0 || (a.transport === "udp") !== (b.transport === "udp")) return false;
  const [one, two] = [a.host, b.host].map((host) => host === "localhost" ? "127.0.0.1" : canonicalHost(host));
  // `::` takes IPv4 as well.
  if (one === two || one === "::" || two === "::") return true;
  return (one === "0.0.0.0" || two === "0.0.0.0") && !one.includes(":") && !two.includes(":");
}
