import { tryParseUri } from "../../../transport/sip/mod.ts";
import { addressOf, type CoreServices, type Element, type Exchange } from "../../sip_core/mod.ts";
import type { DeferredDelivery } from "../deferred_delivery.ts";
import { isNotificationBody } from "../notices/is_notification.ts";
import { mayDefer } from "../stored_message.ts";
import { AwayAttempt } from "./away_attempt.ts";
import type { AwayDelivery } from "./away_delivery.ts";
import type { AwaySettings } from "./away_settings.ts";

export interface AwayElementParts {
  readonly services: CoreServices;
  readonly keeper: Pick<DeferredDelivery, "knows" | "keep">;
  readonly away: Pick<AwayDelivery, "heard" | "hold" | "release" | "withdraw">;
  readonly settings: AwaySettings;
  /** A MESSAGE has its answer after this time: what is still open is stored. Live. */
  readonly pager: { readonly answerWithin_ms: number };
}

/**
 * Delivered and displayed notifications of our users for somebody of another domain who is not there, and whose own server does not
 * store them (AD §5.3.2.1.3): stored here, 202, and sent later. Other messages in pager mode are not: they are always the
 * recipient's server's. It stands in front of the proxy.
 */
export function awayElement(parts: AwayElementParts): Element {
  const { services, keeper, settings } = parts;
  return (next) => (exchange) => {
    const aor = settings.stores ? recipientOf(exchange, services) : "";
    if (aor === "") return next(exchange);
    if (keeper.knows(exchange, aor)) return exchange.reply(202);
    new AwayAttempt(parts, exchange, aor).start();
  };
}

/** Address-of-record of whoever a notification of our user's goes to elsewhere; "" for every other request. */
function recipientOf(exchange: Exchange, { domains }: CoreServices): string {
  const { request, recipient, ours, identity } = exchange;
  if (request.method !== "MESSAGE" || recipient !== null || ours || identity === null) return "";
  if (exchange.routes.length > 0 || exchange.routeFlow !== null || request.to.tag !== "") return "";
  if (!mayDefer(request) || !domains.has(tryParseUri(identity.aor)?.host ?? "")) return "";
  const type = request.get("Content-Type") ?? "";
  if (!isNotificationBody(type, request.get("Content-Disposition") ?? "", request.body)) return "";
  const uri = tryParseUri(exchange.target);
  if (uri === null || uri.user === "" || uri.params.has("gr") || domains.has(uri.host)) return "";
  const { aor } = addressOf(uri);
  return aor.startsWith("sip:") ? aor : "";
}
