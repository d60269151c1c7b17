import type { Clock } from "../../../foundation/mod.ts";
import type { Subscriber } from "../../../storage/mod.ts";
import { type EventServer, tryParseUri } from "../../../transport/sip/mod.ts";
import { addressOf, type Element, type Exchange, packageOf, type Row, serviceState } from "../../sip_core/mod.ts";
import { DEFERRED_USER, deferredAddress, DELETE_USER } from "./list_names.ts";

export interface DeferredElementParts {
  readonly domains: ReadonlySet<string>;
  readonly clock: Clock;
  readonly eventServer: Pick<EventServer, "handleSubscribe">;
  /** Event packages that the service speaks. */
  readonly packages: readonly string[];
  /** INVITE to `sip:deferred@domain`. */
  readonly retrieve: (exchange: Exchange, aor: string) => void;
  /** MESSAGE to `sip:delete@domain`; rejects with a fault of ours. */
  readonly remove: (exchange: Exchange, aor: string) => Promise<void>;
  /** What `remove` rejected with. */
  readonly failed: (error: unknown) => void;
}

const RETRIEVED_BY: readonly string[] = ["INVITE", "SUBSCRIBE"];
const DELETED_BY: readonly string[] = ["MESSAGE"];

/** To be put before "subscribe": by then a request is authenticated, and what is for users has not been looked at. */
export function deferredRow(parts: DeferredElementParts): Row {
  return { name: "deferred service", element: deferredElement(parts) };
}

/**
 * The service URIs of the Deferred Messaging function (oma-reference §2.4): `sip:deferred@` and `sip:delete@` every domain served, for
 * our own users. What is inside a dialog comes by another address.
 */
export function deferredElement(parts: DeferredElementParts): Element {
  const [home] = parts.domains;
  return (next) => (exchange) => {
    if (!exchange.ours || exchange.routes.length > 0) return next(exchange);
    const uri = tryParseUri(exchange.target);
    // Escapes undone: `%64eferred` is the same name (RFC 3261 §19.1.4).
    const user = uri === null ? "" : addressOf(uri).user;
    if ((user !== DEFERRED_USER && user !== DELETE_USER) || exchange.request.to.tag !== "") return next(exchange);
    const { method } = exchange.request;
    const isDeferred = user === DEFERRED_USER;
    if (method === "OPTIONS" || !(isDeferred ? RETRIEVED_BY : DELETED_BY).includes(method)) {
      const headers = [[
        "Allow",
        isDeferred ? "INVITE, ACK, BYE, CANCEL, OPTIONS, SUBSCRIBE" : "MESSAGE, OPTIONS",
      ]] as const;
      return exchange.reply(method === "OPTIONS" ? 200 : 405, { headers });
    }
    const { subscriber } = exchange;
    if (subscriber === null || serviceState(subscriber, parts.clock) !== "active") {
      return exchange.reply(403, { reason: "Stored Messages Are For Users Of This Service" });
    }
    if (method === "MESSAGE") remove(exchange, subscriber, parts);
    else if (method === "INVITE") parts.retrieve(exchange, subscriber.aor);
    else {
      const domain = parts.domains.has(uri!.host) ? uri!.host : home;
      subscribe(exchange, deferredAddress(domain), parts);
    }
  };
}

function remove(exchange: Exchange, { aor }: Subscriber, { remove, failed }: DeferredElementParts): void {
  remove(exchange, aor).catch((error: unknown) => {
    failed(error);
    if (!exchange.transaction.answered) exchange.reply(500);
  });
}

function subscribe(exchange: Exchange, resource: string, { eventServer, packages }: DeferredElementParts): void {
  const name = packageOf(exchange.request.get("Event"));
  if (packages.includes(name)) eventServer.handleSubscribe(exchange.transaction, exchange.identity, resource);
  else exchange.reply(489, { headers: [["Allow-Events", packages.join(", ")]] });
}
