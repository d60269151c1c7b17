import type { Subscribers } from "../../storage/mod.ts";
import { type ServerUser, tryNameAddr, tryParseUri, type Uri } from "../../transport/sip/mod.ts";
import type { Element, Exchange, Handler } from "./exchange.ts";
import type { DeviceAt } from "./location.ts";
import type { CoreServices } from "./services.ts";
import { directDestination } from "./targets.ts";

/** Inside a dialog; a device that knows of none answers 481 and shows its user nothing (RFC 3261 §12.2.2, §15.1.2). */
const HARMLESS: ReadonlySet<string> = new Set(["BYE", "PRACK", "UPDATE"]);
const NOT_BY_ADDRESS = "Address the user, not a device of theirs";

/**
 * Keeps the addresses of devices from being ways past their users' rules: what begins something at such an address is for the user
 * who is there, whom the rules behind then know as the recipient; a Route preloaded to one is refused. Inside a dialog only a token
 * of ours proves that there is one (a To tag does not); without it the user is made known to the rules, too, and the request goes to
 * the address as it stands. Stands in front of the target class, which has the rest.
 */
export function deviceRules(services: CoreServices, subscribers: Pick<Subscribers, "get">): Element {
  const { location, locator, log } = services;

  /** Tells who is where this URI leads: at once for an address; a name is looked up. */
  const look = (exchange: Exchange, uri: Uri, then: (found: DeviceAt | null) => void): void => {
    const address = directDestination(uri);
    if (address !== null) return then(location.deviceAt(address.host, address.port, uri.user));
    if (uri.scheme !== "sip" && uri.scheme !== "sips") return then(null);
    const { transaction } = exchange;
    // Nobody else answers a CANCEL meanwhile (RFC 3261 §9.2).
    const cancelled: ServerUser = { onCancel: () => exchange.reply(487) };
    let inside = true;
    let found = false;
    locator.locate(uri, (destinations) => {
      found = true;
      // What is only claimed does not count: else a Contact would cut off the domain whose server it names.
      const there = destinations.map(({ host, port }) => location.deviceAt(host, port, uri.user));
      const device = there.find((one) => one !== null && one.kind !== "claimed") ?? null;
      if (inside) return then(device);
      if (transaction.user === cancelled) transaction.user = null;
      if (transaction.answered) return;
      try {
        then(device);
      } catch (error) {
        log.error("request failed behind the search for its target", {
          callId: exchange.request.callId,
          error: error instanceof Error ? error.stack ?? error.message : String(error),
        });
        if (!transaction.answered) exchange.reply(500);
      }
    });
    inside = false;
    if (!found && exchange.request.method === "INVITE") transaction.user = cancelled;
  };

  /** Notes the user as the recipient; answers where there is none any more. */
  const take = (exchange: Exchange, aor: string): boolean => {
    const user = subscribers.get(aor);
    if (user !== undefined) exchange.recipient = user;
    else exchange.reply(404, { reason: "No such user here" });
    return user !== undefined;
  };

  const beginning = (exchange: Exchange, uri: Uri, next: Handler): void => {
    look(exchange, uri, (found) => {
      if (found === null) return next(exchange);
      if (found.kind === "several") return exchange.reply(404, { reason: NOT_BY_ADDRESS });
      if (found.kind === "claimed") return exchange.reply(403, { reason: NOT_BY_ADDRESS });
      if (!take(exchange, found.aor)) return;
      exchange.device = found.binding.instance;
      exchange.contact = found.binding.contact;
      next(exchange);
    });
  };

  const routed = (exchange: Exchange, uri: Uri, hop: Uri | null, next: Handler): void => {
    // Hops of our own trust domain preload the way back to themselves (IM-2).
    if (hop === null || exchange.trusted) return exchange.ours ? next(exchange) : beginning(exchange, uri, next);
    look(exchange, hop, (found) => {
      if (found !== null) return exchange.reply(403, { reason: NOT_BY_ADDRESS });
      if (exchange.ours) next(exchange);
      else beginning(exchange, uri, next);
    });
  };

  /** A dialog that nothing proves: of an earlier boot, beside us, or made up. */
  const inside = (exchange: Exchange, uri: Uri, hop: Uri | null, next: Handler): void => {
    const settle = (found: DeviceAt | null): void => {
      if (found === null) return next(exchange);
      if (found.kind === "several") return exchange.reply(481);
      if (!take(exchange, found.aor)) return;
      exchange.asAddressed = true;
      next(exchange);
    };
    const byHop = (): void => {
      if (hop === null || exchange.trusted) return next(exchange);
      look(exchange, hop, exchange.ours ? (found) => found === null ? next(exchange) : exchange.reply(481) : settle);
    };
    if (exchange.ours) return byHop();
    look(exchange, uri, (found) => found === null ? byHop() : settle(found));
  };

  return (next) => (exchange) => {
    const { request, routes } = exchange;
    const { method } = request;
    // Nearly all of them: for a user, by a name of theirs.
    if (exchange.ours && routes.length === 0) return next(exchange);
    const tagged = request.to.tag !== "";
    if (method === "ACK" || (tagged && HARMLESS.has(method))) return next(exchange);
    // Refused behind.
    if (!exchange.ours && !mayRelay(exchange)) return next(exchange);
    const uri = tryParseUri(exchange.target);
    if (uri === null) return next(exchange);
    const message = method === "MESSAGE";
    if (tagged && exchange.inDialogThroughUs) {
      // A token for nobody's flow in particular would carry a message to anybody.
      const anywhere = message && exchange.routeFlow === null && routes.length === 0 && !exchange.ours;
      return anywhere ? beginning(exchange, uri, next) : next(exchange);
    }
    const hop = routes.length === 0 ? null : tryNameAddr(routes[0])?.uri ?? null;
    if (tagged && !message) inside(exchange, uri, hop, next);
    else routed(exchange, uri, hop, next);
  };
}

/** Who may send through us to elsewhere: our users, trusted hops, and the parties of dialogs that we are in the path of. */
export function mayRelay(exchange: Exchange): boolean {
  return exchange.identity !== null || exchange.trusted || exchange.inDialogThroughUs;
}
