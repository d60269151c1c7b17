import { type Flow, hostText, type SipRequest, tryParseUri, type Wires } from "../../transport/sip/mod.ts";
import { isIpLiteral } from "../../transport/net/mod.ts";
import type { FlowTokens, TokenKind } from "./flow_token.ts";
import type { Target } from "./targets.ts";

/** Requests that begin a dialog (RFC 3261 §12, RFC 6665 §4.4.1, RFC 3515): we stay in its path. */
export function formsDialog(request: SipRequest): boolean {
  switch (request.method) {
    case "INVITE":
    case "SUBSCRIBE":
    case "REFER":
      return request.to.tag === "";
    case "NOTIFY":
      // The NOTIFY may be what makes the subscription's dialog, and its To has a tag all the same (RFC 6665 §4.4.1).
      return true;
    default:
      return false;
  }
}

/**
 * Our Record-Route for a request that came on one flow and leaves on another (RFC 3261 §16.6 step 4): two values, the
 * outgoing side on top, where the sides differ in transport, address or flow, so that each party finds the door it can reach
 * (RFC 5658 §4); else one. Each says in a token how to reach its side (RFC 5626 §5.3).
 */
export function recordRouteValues(
  request: SipRequest,
  from: Flow,
  to: Flow,
  target: Target,
  wires: Wires,
  tokens: FlowTokens,
): string {
  const inside = routeTo(from, tokenKindFrom(request, from), request.callId, wires, tokens);
  const outside = routeTo(to, tokenKindTo(target), request.callId, wires, tokens);
  return inside === outside ? inside : `${outside}, ${inside}`;
}

function routeTo(flow: Flow, kind: TokenKind, callId: string, wires: Wires, tokens: FlowTokens): string {
  const { host, port } = wires.advertised(flow);
  const transport = flow.transport === "udp" || flow.transport === "memory" ? "" : `;transport=${wireName(flow)}`;
  return `<sip:${tokens.make(kind, flow, callId)}@${hostText(host)}:${port}${transport};lr>`;
}

function wireName(flow: Flow): string {
  return flow.transport === "wss" ? "ws" : flow.transport;
}

/** How the sender is reached later: it may be behind a NAT or a connection that only it can open. */
export function tokenKindFrom(request: SipRequest, from: Flow): TokenKind {
  if (from.transport === "ws" || from.transport === "wss") return "flow";
  const contact = request.has("Contact") ? contactUri(request) : null;
  if (contact === null) return "none";
  if (contact.host.endsWith(".invalid") || contact.params.has("ob")) return "flow";
  // Another proxy lies between: it is reached by its own Record-Route.
  if (request.has("Record-Route") || request.getAll("Via").join(",").includes(",")) return "none";
  if (from.transport !== "udp") return from.inbound ? "try" : "none";
  return isIpLiteral(contact.host) && contact.host !== from.remote.host ? "try" : "none";
}

function tokenKindTo(target: Target): TokenKind {
  if (target.binding === null || target.binding.path.length > 0) return "none";
  if (target.binding.flowOnly) return "flow";
  return target.flow === null ? "none" : "try";
}

function contactUri(request: SipRequest) {
  const text = request.get("Contact")!;
  const open = text.indexOf("<");
  return tryParseUri(open < 0 ? text.split(";")[0].trim() : text.slice(open + 1, text.indexOf(">", open)));
}
