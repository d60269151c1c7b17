import { isIpLiteral } from "../../transport/net/mod.ts";
import { parseNameAddr, type SipRequest, tryParseUri, type Uri } from "../../transport/sip/mod.ts";
import type { Element, Exchange } from "./exchange.ts";
import type { CoreServices } from "./services.ts";

/**
 * Route information preprocessing (RFC 3261 §16.4, RFC 5626 §5.3): our own Route values come off, `orig` and flow tokens in
 * them are noted, and a request from a strict router gets its Request-URI back.
 */
export function ownRoutes(services: CoreServices): Element {
  const { tokens, wires } = services;

  // A domain that is a bare address is ours on our own ports only: clients on the same host have other ones.
  const isUs = (uri: Uri): boolean =>
    (uri.scheme === "sip" || uri.scheme === "sips") &&
    (services.domains.has(uri.host) && (uri.port === 0 || !isIpLiteral(uri.host)) ||
      wires.isOwn(uri.host, uri.port, null));

  /** Notes what a value of ours says; answers and gives false when it says that the request can go nowhere. */
  const take = (exchange: Exchange, uri: Uri): boolean => {
    exchange.ownRoutes++;
    if (uri.params.has("orig") && exchange.ownRoutes === 1) exchange.originating = true;
    const { callId, to } = exchange.request;
    // What begins something is in no dialog yet: a token seen in another one must not lead it past the rules.
    if (to.tag === "") return true;
    const token = tokens.read(uri.user, callId);
    if (token === null) return true;
    switch (token.kind) {
      case "forged":
        exchange.reply(403, { reason: "Flow token in Route is not of this dialog" });
        return false;
      case "stale":
        if (token.hard) exchange.reply(430);
        return !token.hard;
      case "none":
        exchange.inDialogThroughUs = true;
        return true;
      default:
        exchange.inDialogThroughUs = true;
        // From that very peer: an outgoing request, whose token has done its work (RFC 5626 §5.3.2).
        if (token.id === exchange.flow.id) return true;
        if (token.flow !== null && token.flow.open) exchange.routeFlow = token.flow;
        else if (token.kind === "flow") {
          exchange.reply(430);
          return false;
        }
        return true;
    }
  };

  return (next) => (exchange) => {
    const { request } = exchange;
    const uri = tryParseUri(exchange.target);
    if (request.has("Route")) {
      const values = routeValues(request);
      if (values === null) {
        exchange.reply(400, { reason: "Route malformed" });
        return;
      }
      let at = 0;
      let end = values.length;
      let first = uri;
      if (uri !== null && isUs(uri) && (tokens.isToken(uri.user) || uri.params.has("lr"))) {
        // The Request-URI is a Record-Route value of ours: a strict router sent it (RFC 3261 §16.4).
        if (!take(exchange, uri)) return;
        end--;
        exchange.target = values[end].uriText;
        first = values[end].uri;
      }
      while (at < end && exchange.routeFlow === null && isUs(values[at].uri)) {
        if (!take(exchange, values[at].uri)) return;
        at++;
      }
      if (at < end || end < values.length) exchange.routes = values.slice(at, end).map((value) => value.text);
      exchange.ours = first !== null && isUs(first);
    } else {
      exchange.ours = uri !== null && isUs(uri);
    }
    next(exchange);
  };
}

/** Every Route value, or null where one is not a name-addr with a URI. */
function routeValues(request: SipRequest) {
  try {
    const values = request.list("Route").map(parseNameAddr);
    for (const value of values) void value.uri;
    return values;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}
