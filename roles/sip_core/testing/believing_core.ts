import { Core } from "../core.ts";
import type { Element } from "../exchange.ts";
import { addressOf } from "../identity.ts";
import { routingTable, type Row } from "../routing_table.ts";
import type { CoreWorld } from "./core_world.ts";

/** A core that believes every sender of example.test, and takes others for strangers. `trusts`: it came from a trusted hop. */
export function believingCore(
  world: CoreWorld,
  change: (table: Row[]) => void = () => {},
  trusts: () => boolean = () => false,
): Core {
  const pass: Element = (next) => next;
  const directory = { subscribers: world.subscribers, gruus: null };
  const authenticate: Element = (next) => (exchange) => {
    const { aor, domain } = addressOf(exchange.request.from.uri);
    exchange.trusted = trusts();
    if (domain === "example.test") exchange.identity = { aor, displayName: "", number: "" };
    exchange.subscriber = world.users.get(aor) ?? null;
    next(exchange);
  };
  const table = routingTable(world.services, {
    directory,
    authenticate,
    registrar: (exchange) => exchange.reply(200),
    subscribe: pass,
    publish: pass,
    contentRules: pass,
    originating: pass,
    terminating: pass,
  });
  change(table);
  return new Core(world.services, table, directory, world.metrics);
}
