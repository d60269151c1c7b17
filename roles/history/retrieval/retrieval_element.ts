import type { Clock } from "../../../foundation/mod.ts";
import { tryParseUri } from "../../../transport/sip/mod.ts";
import { addressOf, type Element, type Exchange, type Row, serviceState } from "../../sip_core/mod.ts";
import { HISTORY_USER } from "../service_names.ts";

export interface RetrievalElementParts {
  readonly clock: Clock;
  /** INVITE to `sip:history@domain`. */
  readonly retrieve: (exchange: Exchange, aor: string) => void;
}

/**
 * To be put before "subscribe", and before the row that takes commands by MESSAGE: by then a request is authenticated, and what is
 * for users has not been looked at.
 */
export function retrievalRow(parts: RetrievalElementParts): Row {
  return { name: "history service", element: retrievalElement(parts) };
}

/**
 * `sip:history@` every domain served (oma-reference §2.4), for our own users: INVITE fetches, MESSAGE goes on to who takes commands.
 * What is inside a dialog comes by another address.
 */
export function retrievalElement({ clock, retrieve }: RetrievalElementParts): Element {
  return (next) => (exchange) => {
    const { request, subscriber } = exchange;
    const { method } = request;
    if (!exchange.ours || exchange.routes.length > 0 || method === "MESSAGE" || request.to.tag !== "") {
      return next(exchange);
    }
    const uri = tryParseUri(exchange.target);
    // Escapes undone: `%68istory` is the same name (RFC 3261 §19.1.4).
    if (uri === null || addressOf(uri).user !== HISTORY_USER) return next(exchange);
    if (method !== "INVITE") {
      const headers = [["Allow", "INVITE, ACK, BYE, CANCEL, MESSAGE, OPTIONS"]] as const;
      return exchange.reply(method === "OPTIONS" ? 200 : 405, { headers });
    }
    if (subscriber === null || serviceState(subscriber, clock) !== "active") {
      return exchange.reply(403, { reason: "Recordings Are For Users Of This Service" });
    }
    retrieve(exchange, subscriber.aor);
  };
}
