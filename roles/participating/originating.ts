import type { Clock, Events } from "../../foundation/mod.ts";
import { type Element, type Exchange, type LocationService, serviceState } from "../sip_core/mod.ts";
import { factsOf, type PagerEvents } from "./pager_events.ts";
import type { PagerSettings } from "./pager_settings.ts";
import { SenderRate } from "./rate_limit.ts";
import { NOT_AUTHORISED, refusal } from "./warning.ts";
import type { ResponseParts } from "../../transport/sip/mod.ts";

export interface OriginatingDeps {
  readonly settings: PagerSettings;
  readonly location: Pick<LocationService, "bindings">;
  readonly domains: ReadonlySet<string>;
  readonly clock: Clock;
  readonly events: Events<PagerEvents>;
  /** Who speaks in Warnings: our first domain. */
  readonly host: string;
}

/**
 * Originating participating function (oma-reference §3.2): is this sender of ours allowed to use the service, and now?
 * A sender of another domain was asked by its own server; from a trusted hop only `orig` makes the sender our business.
 */
export function originating(deps: OriginatingDeps): Element {
  const { settings, location, domains, clock, events, host } = deps;
  const rate = settings.rate === null ? null : new SenderRate(settings.rate, clock);

  const refuse = (exchange: Exchange, status: number, parts: ResponseParts): void => {
    exchange.reply(status, parts);
    if (events.heard("messageRefused")) {
      const facts = factsOf(exchange, exchange.target, clock.now());
      events.emit("messageRefused", { ...facts, status, by: "sender rules" });
    }
  };

  return (next) => (exchange) => {
    const { identity, subscriber } = exchange;
    if (identity === null || (exchange.trusted && !exchange.originating)) {
      next(exchange);
      return;
    }
    if (subscriber === null) {
      const domain = identity.aor.slice(identity.aor.lastIndexOf("@") + 1);
      if (!domains.has(domain)) next(exchange);
      else refuse(exchange, 403, refusal(host, "Sender has no account for this service", NOT_AUTHORISED));
      return;
    }
    switch (subscriber.state === "active" ? "active" : serviceState(subscriber, clock)) {
      case "unsubscribed":
        refuse(exchange, 403, refusal(host, "Sender is not subscribed to this service", NOT_AUTHORISED));
        return;
      case "suspended":
        refuse(exchange, 403, refusal(host, "Sender is suspended", NOT_AUTHORISED));
        return;
      case "barred":
        refuse(exchange, 403, refusal(host, "Sender is barred", NOT_AUTHORISED));
        return;
    }
    if (settings.requireLogin && !exchange.trusted && location.bindings(subscriber.aor).length === 0) {
      refuse(exchange, 403, refusal(host, "Sender is not logged in: register first", NOT_AUTHORISED));
      return;
    }
    const wait = rate === null ? 0 : rate.take(subscriber.aor);
    if (wait > 0) {
      refuse(exchange, 503, { reason: "Too many messages from this sender", headers: [["Retry-After", String(wait)]] });
      return;
    }
    next(exchange);
  };
}
