import { isIpLiteral } from "../../transport/net/mod.ts";
import {
  type Destination,
  type Flow,
  type TransportName,
  tryParseUri,
  type Uri,
  type Wires,
} from "../../transport/sip/mod.ts";
import type { Binding } from "./location.ts";

const NONE: readonly string[] = [];

/** Where one copy of a request goes: one branch of a fork (RFC 3261 §16.5). */
export interface Target {
  /** The Request-URI of the copy. */
  readonly uri: string;
  /** Route values for it, topmost first: what remained of the request's, or a binding's Path (RFC 3327 §5.3). */
  readonly routes: readonly string[];
  /** 0 to 1: higher ones are tried first. */
  readonly q: number;
  /** The flow it must take; null to locate a server for the first route or the URI. */
  readonly flow: Flow | null;
  /** Nothing can carry it: the flow it must take is dead (RFC 5626 §5.3.1). */
  readonly dead: boolean;
  /** The registered device, and whose it is; null for any other target. */
  readonly binding: Binding | null;
  readonly aor: string;
  /** Other flows of the same device, tried one after the other when this one fails (RFC 5626 §7). */
  readonly alternates: readonly Binding[] | null;
}

/** A target that is no binding: a Request-URI, behind routes or on a flow that a token named. */
export function uriTarget(uri: string, routes: readonly string[] = NONE, flow: Flow | null = null): Target {
  return { uri, routes, q: 1, flow, dead: false, binding: null, aor: "", alternates: null };
}

/** A target that is a registered device, on the best way to it that there is now. */
export function bindingTarget(
  aor: string,
  binding: Binding,
  wires: Wires,
  alternates: readonly Binding[] | null = null,
): Target {
  const flow = binding.path.length > 0 ? null : flowOf(binding, wires);
  const dead = flow === null && binding.flowOnly && binding.path.length === 0;
  return { uri: binding.contact, routes: binding.path, q: binding.q, flow, dead, binding, aor, alternates };
}

/**
 * The flow to reach a device on, or null to locate its Contact.
 *
 * - Outbound and WebSocket: the flow of the registration and nothing else (RFC 5626 §5.3).
 * - A connection that lives: it, unless the Contact clearly means another machine or another transport.
 * - UDP: the source of the registration where the Contact names another address (NAT, RFC 3581's case), else the Contact.
 */
export function flowOf(binding: Binding, wires: Wires): Flow | null {
  if (binding.flowOnly) return live(binding, wires);
  const contact = tryParseUri(binding.contact);
  if (contact === null) return live(binding, wires);
  const elsewhere = isIpLiteral(contact.host) && contact.host !== binding.source.host;
  if (binding.transport === "udp") {
    const unreachable = contact.host.endsWith(".invalid");
    if (!elsewhere && !unreachable) return null;
    return live(binding, wires) ?? source(binding, wires);
  }
  const wanted = contact.params.get("transport")?.toLowerCase();
  if (wanted !== undefined && wanted !== binding.transport && !sameWire(wanted, binding.transport)) return null;
  if (elsewhere && isPrivate(contact.host) === isPrivate(binding.source.host)) return null;
  return live(binding, wires);
}

function live(binding: Binding, wires: Wires): Flow | null {
  if (binding.flowId === 0) return null;
  const flow = wires.flow(binding.flowId);
  return flow !== null && flow.open ? flow : null;
}

function source(binding: Binding, wires: Wires): Flow | null {
  const { host, port } = binding.source;
  return wires.flowTo({ transport: "udp", host, port, tlsName: "" });
}

/** `transport=tcp` of a sips Contact is carried by TLS; WebSocket clients write `ws` for both. */
function sameWire(wanted: string, used: string): boolean {
  return (wanted === "tcp" && used === "tls") || (wanted === "ws" && used === "wss");
}

/** Private, loopback or link-local addresses (RFC 1918, 6598, 4193, 4291): useless outside their own network. */
export function isPrivate(host: string): boolean {
  if (host.includes(":")) return /^(?:::1$|f[cd]|fe[89ab])/i.test(host);
  const [a, b] = host.split(".").map(Number);
  return a === 10 || a === 127 || (a === 172 && b >= 16 && b < 32) || (a === 192 && b === 168) ||
    (a === 169 && b === 254) || (a === 100 && b >= 64 && b < 128);
}

/**
 * The targets of a user's bindings, highest q first. Flows of one device (same instance, several reg-ids) are one target
 * with alternates: a request never goes to a device twice at once (RFC 5626 §7).
 */
export function bindingTargets(aor: string, bindings: readonly Binding[], wires: Wires): Target[] {
  if (bindings.length === 1) return [bindingTarget(aor, bindings[0], wires)];
  const targets: Target[] = [];
  for (let i = 0; i < bindings.length; i++) {
    const binding = bindings[i];
    if (binding.regId === 0 || binding.instance === "") {
      targets.push(bindingTarget(aor, binding, wires));
      continue;
    }
    const sameDevice = (other: Binding) => other.instance === binding.instance && other.regId !== 0;
    if (bindings.findIndex(sameDevice) < i) continue;
    const flows = bindings.filter(sameDevice).sort((a, b) => b.registeredAt - a.registeredAt);
    targets.push(bindingTarget(aor, flows[0], wires, flows.length > 1 ? flows.slice(1) : null));
  }
  return targets;
}

const direct = new WeakMap<Uri, Destination>();

/** The destination of a URI whose host is an address, without asking the Locator (RFC 3263 §4.1, §4.2); else null. */
export function directDestination(uri: Uri): Destination | null {
  const known = direct.get(uri);
  if (known !== undefined) return known;
  if (uri.scheme !== "sip" && uri.scheme !== "sips") return null;
  const host = uri.params.get("maddr") ?? uri.host;
  if (!isIpLiteral(host)) return null;
  const name = uri.params.get("transport")?.toLowerCase() ?? (uri.scheme === "sips" ? "tls" : "udp");
  const transport = uri.scheme === "sips" && name === "tcp"
    ? "tls"
    : uri.scheme === "sips" && name === "ws"
    ? "wss"
    : name;
  if (!TRANSPORTS.has(transport)) return null;
  const secure = transport === "tls" || transport === "wss";
  const port = uri.port !== 0 ? uri.port : transport === "wss" ? 443 : transport === "ws" ? 80 : secure ? 5061 : 5060;
  const destination: Destination = {
    transport: transport as TransportName,
    host,
    port,
    tlsName: secure ? uri.host : "",
  };
  direct.set(uri, destination);
  return destination;
}

const TRANSPORTS: ReadonlySet<string> = new Set(["udp", "tcp", "tls", "ws", "wss"]);
