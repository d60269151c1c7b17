import { type EventServer, parseEvent, tryParseUri } from "../../transport/sip/mod.ts";
import type { Element, Exchange } from "./exchange.ts";

/** The address-of-record a SUBSCRIBE or PUBLISH is about: the local user it is for, else the URI of the box itself. */
function resourceOf(exchange: Exchange, lookUp: (exchange: Exchange) => string | null): string | null {
  const uri = tryParseUri(exchange.target);
  if (uri === null) return null;
  if (uri.user === "") return `sip:${uri.host}`;
  return lookUp(exchange);
}

/**
 * SUBSCRIBE for packages that this box serves (RFC 6665). Those inside a dialog of ours, and those for a package we have, are
 * answered here; a package that only the user's own device may know goes on to it.
 */
export function subscribeElement(events: EventServer, userOf: (exchange: Exchange) => string | null): Element {
  return (next) => (exchange) => {
    const { request } = exchange;
    if (request.to.tag !== "") {
      if (events.owns(request)) events.handleSubscribe(exchange.transaction, exchange.identity, "");
      // To an address of ours that is no user's: a dialog from before a restart (RFC 6665 §4.1.2.2). Else a device's dialog.
      else if (userOf(exchange) === null) exchange.reply(481, { reason: "No Such Subscription" });
      else next(exchange);
      return;
    }
    const toBox = tryParseUri(exchange.target)?.user === "";
    if (!toBox && !events.serves(packageOf(request.get("Event")))) {
      next(exchange);
      return;
    }
    const resource = resourceOf(exchange, userOf);
    if (resource === null) exchange.reply(404);
    else events.handleSubscribe(exchange.transaction, exchange.identity, resource);
  };
}

/** PUBLISH for event state that this box composes (RFC 3903); any other event is refused by the framework with 489. */
export function publishElement(events: EventServer, userOf: (exchange: Exchange) => string | null): Element {
  return () => (exchange) => {
    const resource = resourceOf(exchange, userOf);
    if (resource === null) exchange.reply(404);
    else events.handlePublish(exchange.transaction, exchange.identity, resource);
  };
}

/** The package an Event value names; "" where it is none: the framework says so. */
export function packageOf(event: string | undefined): string {
  try {
    return event === undefined ? "" : parseEvent(event).package;
  } catch (error) {
    if (error instanceof SyntaxError) return "";
    throw error;
  }
}
