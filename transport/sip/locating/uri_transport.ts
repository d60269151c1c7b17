import { isIpLiteral } from "../../net/mod.ts";
import type { TransportName } from "../flow.ts";
import type { Uri } from "../uri.ts";

/** A URI reduced to what locating needs (RFC 3263 §4). */
export interface Target {
  /** The `maddr` parameter, or the host: what is looked up. */
  readonly host: string;
  readonly numeric: boolean;
  /** 0 when the URI names none. */
  readonly port: number;
  /** The transport that the URI asks for; null when it leaves the choice. */
  readonly transport: TransportName | null;
  /** `sips`: nothing without TLS may be used. */
  readonly secure: boolean;
  /** What a certificate must name: the host of the URI, whatever the look-ups bring (RFC 5922 §7.1). */
  readonly tlsName: string;
}

const BY_NAME: Readonly<Record<string, TransportName>> = { udp: "udp", tcp: "tcp", tls: "tls", ws: "ws", wss: "wss" };
const SECURED: Readonly<Record<string, TransportName>> = { tcp: "tls", tls: "tls", ws: "wss", wss: "wss" };

/** Null for a URI that names no server we could reach: another scheme, or a transport we do not know. */
export function targetOf(uri: Uri): Target | null {
  if (uri.scheme !== "sip" && uri.scheme !== "sips") return null;
  const secure = uri.scheme === "sips";
  const asked = uri.params.get("transport")?.toLowerCase();
  let transport: TransportName | null = null;
  if (asked !== undefined) {
    // RFC 3261 §26.2.2: with sips, transport=tcp means TLS over TCP; UDP cannot be secured.
    transport = (secure ? SECURED : BY_NAME)[asked] ?? null;
    if (transport === null) return null;
  }
  const maddr = uri.params.get("maddr")?.replace(/^\[|\]$/g, "").toLowerCase() ?? "";
  const host = maddr === "" ? uri.host : maddr;
  return { host, numeric: isIpLiteral(host), port: uri.port, transport, secure, tlsName: uri.host };
}

/** RFC 3261 §19.1.2, RFC 7118 §5.3 (the ports of HTTP). */
export function defaultPort(transport: TransportName): number {
  switch (transport) {
    case "tls":
      return 5061;
    case "ws":
      return 80;
    case "wss":
      return 443;
    default:
      return 5060;
  }
}

export function isSecure(transport: TransportName): boolean {
  return transport === "tls" || transport === "wss";
}
