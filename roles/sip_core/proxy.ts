import { HeadEditor } from "../../transport/sip/mod.ts";
import type { Element, Exchange, Handler } from "./exchange.ts";
import { routingDigest } from "./loop_detection.ts";
import { ResponseContext } from "./response_context.ts";
import { directDestination, type Target, uriTarget } from "./targets.ts";
import { bindingTargets } from "./targets.ts";
import { routeEdits } from "./forward_head.ts";
import type { CoreServices } from "./services.ts";
import { tryParseUri } from "../../transport/sip/mod.ts";
import type { Flow } from "../../transport/sip/mod.ts";

/**
 * Where a request goes (RFC 3261 §16.5). A token's flow or a remaining Route decides before anything else; then the bindings
 * of a local user (one device's only, for a GRUU); else the Request-URI itself. Empty: a local user who is offline.
 */
export function targetsOf(exchange: Exchange, services: CoreServices): Target[] {
  if (exchange.routeFlow !== null || exchange.routes.length > 0) {
    return [uriTarget(exchange.target, exchange.routes, exchange.routeFlow)];
  }
  if (exchange.recipient === null || exchange.asAddressed) return [uriTarget(exchange.target)];
  const { aor } = exchange.recipient;
  let bindings = services.location.bindings(aor);
  if (exchange.device !== "") bindings = bindings.filter((binding) => binding.instance === exchange.device);
  else if (exchange.contact !== "") bindings = bindings.filter((binding) => binding.contact === exchange.contact);
  const targets = bindingTargets(aor, bindings, services.wires);
  return exchange.target.startsWith("sips:") ? targets.filter(isSecure) : targets;
}

/** A sips request goes over TLS or not at all (RFC 3261 §16.6, RFC 5630 §4). */
function isSecure(target: Target): boolean {
  return target.flow !== null ? target.flow.secure : target.uri.startsWith("sips:");
}

/** The end of the chain: forwards whatever came this far (RFC 3261 §16). */
export function proxy(services: CoreServices): Handler {
  return (exchange) => {
    const targets = targetsOf(exchange, services);
    if (targets.length === 0) {
      exchange.reply(480, { reason: "Recipient is not registered" });
      return;
    }
    new ResponseContext(services, exchange, targets).start();
  };
}

/** Requests that may not take another hop (RFC 3261 §16.3 step 3). */
export const maxForwards: Element = (next) => (exchange) => {
  if (exchange.request.get("Max-Forwards") === "0") exchange.reply(483);
  else next(exchange);
};

/**
 * Forwards an ACK for a 2xx, which has no transaction and no answer (RFC 3261 §16.11, §17.1.1.3). One that cannot be sent is
 * dropped: the party that waits for it sends its 2xx again.
 */
export function forwardAck(services: CoreServices): Handler {
  const { transactions, wires, locator } = services;
  const send = (exchange: Exchange, target: Target, flow: Flow) => {
    const { request } = exchange;
    const editor = new HeadEditor(request);
    const branch = `${transactions.newBranch()}-${routingDigest(request, services.salt)}`;
    editor.prepend("Via", transactions.viaFor(flow, branch));
    routeEdits(exchange, target, editor);
    const hops = request.get("Max-Forwards");
    editor.set("Max-Forwards", hops === undefined ? "70" : String(Number(hops) - 1));
    services.egress.request(exchange, editor, flow, target.binding !== null);
    transactions.sendStateless(flow, editor.toString(), request.body);
  };
  return (exchange) => {
    if (exchange.request.get("Max-Forwards") === "0") return;
    const target = targetsOf(exchange, services)[0];
    if (target === undefined || target.dead) return;
    if (target.flow !== null) {
      send(exchange, target, target.flow);
      return;
    }
    const route = target.routes[0];
    const uri = tryParseUri(route === undefined ? target.uri : route.slice(route.indexOf("<") + 1, route.indexOf(">")));
    if (uri === null) return;
    const destination = directDestination(uri);
    const to = (flow: Flow | null) => {
      if (flow !== null) send(exchange, target, flow);
    };
    if (destination !== null) to(wires.flowTo(destination));
    else locator.locate(uri, (found) => to(found.length === 0 ? null : wires.flowTo(found[0])));
  };
}
