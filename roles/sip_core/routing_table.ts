import { chain, type Element, type Exchange, type Handler } from "./exchange.ts";
import { ALLOW, options, unknownRequirements } from "./options.ts";
import { ownRoutes } from "./own_routes.ts";
import { criticalPrivacy } from "./privacy_element.ts";
import { maxForwards, proxy } from "./proxy.ts";
import { sanity } from "./sanity.ts";
import { senderState } from "./service_state.ts";
import type { CoreServices } from "./services.ts";
import { targetClass, type TargetDirectory } from "./target_class.ts";
import { tryParseUri } from "../../transport/sip/mod.ts";

/** What other files and roles put into the table. */
export interface TableParts {
  readonly directory: TargetDirectory;
  /** Challenges, checks, and notes who sends (`exchange.identity`, `exchange.trusted`). */
  readonly authenticate: Element;
  /** REGISTER for a domain of ours. */
  readonly registrar: Handler;
  /** SUBSCRIBE and PUBLISH for a user or a domain of ours; what they do not know they hand on, to the user's own devices. */
  readonly subscribe: Element;
  readonly publish: Element;
  /** The participating function of the sender's and of the recipient's side. */
  readonly contentRules: Element;
  readonly originating: Element;
  readonly terminating: Element;
}

/** One row: a name to find it by, and the element. */
export interface Row {
  readonly name: string;
  readonly element: Element;
}

/**
 * Role determination (TS 7.1, oma-reference §3.6), top to bottom: each row answers the request, or hands it to the row below.
 * A role that comes later adds its rows with `insertBefore`.
 */
export function routingTable(services: CoreServices, parts: TableParts): Row[] {
  return [
    // RFC 3261 §16.3: what no proxy may touch.
    { name: "sanity", element: sanity(services) },
    // RFC 3261 §16.4, RFC 5626 §5.3; §3.6: `orig` in Route.
    { name: "own routes", element: ownRoutes(services) },
    // RFC 3261 §11: monitors and neighbours ask whether the box is there; the answer tells of no user.
    { name: "ping", element: when(isPing, options) },
    // §3.1 rule 1: the sender is the asserted identity, or is challenged.
    { name: "authenticate", element: parts.authenticate },
    // RFC 3323 §5: privacy that must be given and cannot.
    { name: "critical privacy", element: criticalPrivacy },
    // §3.1: who is suspended, barred or not subscribed begins nothing.
    { name: "sender state", element: senderState(services.clock) },
    // RFC 3261 §10: registrations of our domains.
    { name: "register", element: when(toRegistrar, parts.registrar) },
    // §3.1 rule 3: unsupported Require; RFC 3261 §8.2: requests to the box itself.
    { name: "require", element: when(requiresOfUs, refuseUnknownRequire, true) },
    { name: "options", element: when(optionsForUs, options) },
    // §2.5: event packages and publications.
    {
      name: "subscribe",
      element: whenElement((exchange) => exchange.ours && is(exchange, "SUBSCRIBE"), parts.subscribe),
    },
    { name: "publish", element: whenElement((exchange) => exchange.ours && is(exchange, "PUBLISH"), parts.publish) },
    { name: "not for us", element: when(isUs, refuseMethod) },
    // RFC 3261 §16.3 step 3: from here on a hop is taken.
    { name: "max-forwards", element: maxForwards },
    // §3.1 rules 4 and 6: size and content type.
    { name: "content rules", element: whenElement(isMessage, parts.contentRules) },
    // §3.2: originating participating function.
    { name: "originating", element: whenElement(isMessage, parts.originating) },
    // §3.6: whose the target is. Service URIs (§2.4) come before this row when their roles join.
    { name: "target class", element: targetClass(services, parts.directory) },
    // §3.2: terminating participating function, with deferral (§3.4).
    { name: "terminating", element: whenElement(isMessage, parts.terminating) },
    // RFC 3261 §16: everything else goes to where it is addressed.
    { name: "proxy", element: () => proxy(services) },
  ];
}

/** Puts rows in front of the row with that name. Throws RangeError when there is none. */
export function insertBefore(table: Row[], name: string, ...rows: Row[]): void {
  const at = table.findIndex((row) => row.name === name);
  if (at < 0) throw new RangeError(`routing table has no row "${name}": ${table.map((row) => row.name).join(", ")}`);
  table.splice(at, 0, ...rows);
}

/** The rows from the one with that name on, for requests of the box's own. Throws RangeError when there is none. */
export function rowsFrom(table: readonly Row[], name: string): Handler {
  const at = table.findIndex((row) => row.name === name);
  if (at < 0) throw new RangeError(`routing table has no row "${name}"`);
  return chain(table.slice(at).map(({ element }) => element), (exchange) => exchange.reply(404));
}

function is(exchange: Exchange, method: string): boolean {
  return exchange.request.method === method;
}

function isMessage(exchange: Exchange): boolean {
  return exchange.request.method === "MESSAGE";
}

/** The target is the box itself: a domain or address of ours, without a user. */
function isUs(exchange: Exchange): boolean {
  if (!exchange.ours || exchange.routes.length > 0) return false;
  const uri = tryParseUri(exchange.target);
  return uri !== null && uri.user === "";
}

function isPing(exchange: Exchange): boolean {
  return is(exchange, "OPTIONS") && isUs(exchange) && !exchange.request.has("Require");
}

function toRegistrar(exchange: Exchange): boolean {
  return is(exchange, "REGISTER") && exchange.ours && exchange.routes.length === 0;
}

/** To the box itself, or out of hops on its way to somebody else (RFC 3261 §16.3 step 3). */
function optionsForUs(exchange: Exchange): boolean {
  return is(exchange, "OPTIONS") && (isUs(exchange) || exchange.request.get("Max-Forwards") === "0");
}

const refuseMethod: Handler = (exchange) => {
  const reason = `${exchange.request.method.slice(0, 32)} is not for this server itself`;
  exchange.reply(405, { reason, headers: [["Allow", ALLOW]] });
};

/** What event packages require is for the packages to know (RFC 5367 §4). */
function requiresOfUs(exchange: Exchange): boolean {
  return isUs(exchange) && !is(exchange, "SUBSCRIBE");
}

/** True when it answered. */
function refuseUnknownRequire(exchange: Exchange): boolean {
  const unknown = unknownRequirements(exchange.request);
  if (unknown.length === 0) return false;
  exchange.reply(420, { headers: [["Unsupported", unknown.join(", ")]] });
  return true;
}

/** Where the condition holds, the handler has it; `optional`: it says whether it took it. */
function when(condition: (exchange: Exchange) => boolean, handler: Handler): Element;
function when(
  condition: (exchange: Exchange) => boolean,
  handler: (exchange: Exchange) => boolean,
  optional: true,
): Element;
function when(
  condition: (exchange: Exchange) => boolean,
  handler: (exchange: Exchange) => boolean | void,
  optional = false,
): Element {
  return (next) => (exchange) => {
    if (!condition(exchange)) next(exchange);
    else if (handler(exchange) === false && optional) next(exchange);
  };
}

function whenElement(condition: (exchange: Exchange) => boolean, element: Element): Element {
  return (next) => {
    const inside = element(next);
    return (exchange) => condition(exchange) ? inside(exchange) : next(exchange);
  };
}
