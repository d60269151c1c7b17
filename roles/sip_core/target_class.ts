import type { Subscriber, Subscribers } from "../../storage/mod.ts";
import { hostText, type ResponseParts, tryParseUri, type Uri } from "../../transport/sip/mod.ts";
import { deviceRules, mayRelay } from "./device_rules.ts";
import type { Element, Exchange } from "./exchange.ts";
import { addressOf } from "./identity.ts";
import type { Gruus } from "./location.ts";
import type { CoreServices } from "./services.ts";

/** What the target class is told from. */
export interface TargetDirectory {
  readonly subscribers: Pick<Subscribers, "get" | "byNumber">;
  readonly gruus: Gruus | null;
  /** With what an INVITE is refused for an address of ours that nobody has; absent: as all other requests. */
  readonly nobodyCalled?: ResponseParts;
}

/**
 * Tells what the target is (oma-reference §3.6) and notes a local user in `exchange.recipient`: by address-of-record, by
 * number (tel, `user=phone`, `+` and digits), by GRUU, or by the address of a device of theirs. Unknown users of ours get 404; what is not ours goes on only for
 * those who may send through us.
 */
export function targetClass(services: CoreServices, directory: TargetDirectory): Element {
  const [home] = services.domains;

  const localUser = (exchange: Exchange, uri: Uri): Subscriber | null => {
    if (uri.params.has("gr") && directory.gruus !== null) {
      const gruu = directory.gruus.resolveGruu(uri);
      if (gruu === null) return null;
      exchange.device = gruu.instance;
      return directory.subscribers.get(gruu.aor) ?? null;
    }
    const address = addressOf(uri);
    // By an address of this box instead of its domain: the users of the first domain are meant.
    const domain = services.domains.has(uri.host) ? uri.host : home;
    return directory.subscribers.get(`sip:${address.user}@${hostText(domain)}`) ??
      (address.number === "" ? null : directory.subscribers.byNumber(address.number) ?? null);
  };

  const classes: Element = (next) => (exchange) => {
    const uri = tryParseUri(exchange.target);
    if (uri === null) {
      exchange.reply(400, { reason: "Request-URI malformed" });
      return;
    }
    if (uri.scheme === "tel") {
      const { number } = addressOf(uri);
      const user = number === "" ? undefined : directory.subscribers.byNumber(number);
      if (user !== undefined) exchange.recipient = user;
      else if (exchange.routes.length === 0) {
        const reason = number === "" ? "Telephone number is not in global form" : "No user has this number";
        exchange.reply(number === "" ? 484 : 404, { reason });
        return;
      }
      next(exchange);
      return;
    }
    if (!exchange.ours) {
      if (mayRelay(exchange)) next(exchange);
      else refuseRelay(exchange);
      return;
    }
    const user = localUser(exchange, uri);
    if (user !== null) exchange.recipient = user;
    else if (exchange.routes.length === 0 && exchange.routeFlow === null) {
      const called = exchange.request.method === "INVITE" ? directory.nobodyCalled : undefined;
      exchange.reply(404, called ?? { reason: "No such user here" });
      return;
    }
    next(exchange);
  };

  const devices = deviceRules(services, directory.subscribers);
  return (next) => devices(classes(next));
}

function refuseRelay(exchange: Exchange): void {
  // Set up through us before a restart: the other side makes it anew (RFC 3261 §12.2.1.2).
  if (exchange.request.to.tag !== "" && exchange.ownRoutes > 0) exchange.reply(481);
  else exchange.reply(403, { reason: "Relaying is for users of this server" });
}
