import { ID } from "./header_names.ts";
import type { SipMessage } from "./message.ts";
import { parseNameAddr } from "./name_addr.ts";
import { tryParseUri, type Uri } from "./uri.ts";

/** Where a request goes, worked out from its target and its routes (RFC 3261 §8.1.2, §12.2.1.1). */
export interface Routing {
  /** The Request-URI. */
  readonly uri: string;
  /** Route values, topmost first. */
  readonly routes: readonly string[];
  /** The URI whose servers are located. */
  readonly nextHop: string;
}

/** Loose routers keep the target in the Request-URI; a strict router in front takes its place, and the target goes last. */
export function routingOf(target: string, routeSet: readonly string[]): Routing {
  if (routeSet.length === 0) return { uri: target, routes: routeSet, nextHop: target };
  const first = routeUri(routeSet[0]);
  if (first === null) return { uri: target, routes: routeSet.slice(1), nextHop: target };
  if (first.params.has("lr")) return { uri: target, routes: routeSet, nextHop: first.text };
  const uri = requestUri(first);
  return { uri, routes: [...routeSet.slice(1), `<${target}>`], nextHop: uri };
}

/** Record-Route values as a route set: in order for the one who was called, reversed for the caller (RFC 3261 §12.1). */
export function routeSetOf(message: SipMessage, reversed: boolean): string[] {
  const values = message.list(ID["Record-Route"]);
  return reversed ? values.reverse() : values;
}

function routeUri(route: string): Uri | null {
  try {
    return tryParseUri(parseNameAddr(route).uriText);
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

/** A URI without what a Request-URI may not have: headers and `method` (RFC 3261 §19.1.1). */
function requestUri(uri: Uri): string {
  const text = uri.headers === "" ? uri.text : uri.text.slice(0, uri.text.length - uri.headers.length - 1);
  return uri.params.has("method") ? text.replace(/;method=[^;?]*/i, "") : text;
}
