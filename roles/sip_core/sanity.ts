import { type SipRequest, tryParseUri } from "../../transport/sip/mod.ts";
import type { Element, Exchange } from "./exchange.ts";
import { isLoop } from "./loop_detection.ts";
import type { CoreServices } from "./services.ts";

const SCHEMES: ReadonlySet<string> = new Set(["sip", "sips", "tel"]);
/** Option tags that we honour as a proxy: privacy is given at the exits (RFC 3323 §5). */
const PROXY_OPTIONS: ReadonlySet<string> = new Set(["privacy"]);

/** Request validation (RFC 3261 §16.3): scheme, loops, Proxy-Require. Max-Forwards is looked at where a hop begins. */
export function sanity(services: CoreServices): Element {
  return (next) => (exchange) => {
    const { request } = exchange;
    const uri = tryParseUri(request.uri);
    if (uri === null) {
      exchange.reply(400, { reason: "Request-URI malformed" });
    } else if (!SCHEMES.has(uri.scheme)) {
      exchange.reply(416, { reason: "Request-URI must be sip, sips or tel" });
    } else if (isLoop(request, services.wires, services.salt)) {
      exchange.reply(482);
    } else if (request.has("Proxy-Require") && !proxyRequireMet(exchange, request)) {
      return;
    } else {
      next(exchange);
    }
  };
}

function proxyRequireMet(exchange: Exchange, request: SipRequest): boolean {
  const unknown = request.list("Proxy-Require").filter((tag) => !PROXY_OPTIONS.has(tag.toLowerCase()));
  if (unknown.length === 0) return true;
  exchange.reply(420, { headers: [["Unsupported", unknown.join(", ")]] });
  return false;
}
