import { type Flow, HeadEditor, type SipRequest } from "../../transport/sip/mod.ts";
import type { Exchange } from "./exchange.ts";
import type { Branch } from "./fork.ts";
import { formsDialog, recordRouteValues } from "./record_route.ts";
import type { CoreServices } from "./services.ts";
import type { Target } from "./targets.ts";

/** The head of the copy that a branch sends (RFC 3261 §16.6 steps 1 to 8), made from the request's own octets. */
export function forwardHead(
  exchange: Exchange,
  branch: Branch,
  flow: Flow,
  via: string,
  services: CoreServices,
): string {
  const { request } = exchange;
  const { target } = branch;
  const editor = new HeadEditor(request);
  editor.prepend("Via", via);
  routeEdits(exchange, target, editor);
  const hops = request.get("Max-Forwards");
  editor.set("Max-Forwards", hops === undefined ? "70" : String(Number(hops) - 1));
  // RFC 5393 §5.3.3: every proxied request carries exactly one.
  editor.set("Max-Breadth", String(branch.breadth));
  if (formsDialog(request)) {
    const values = recordRouteValues(request, exchange.flow, flow, target, services.wires, services.tokens);
    editor.prepend("Record-Route", values);
  }
  for (const line of ownCredentialLines(request, services.domains)) editor.removeLine(line);
  services.egress.request(exchange, editor, flow, target.binding !== null);
  return editor.toString();
}

/** Start line and Route of the copy; a first route without `lr` is a strict router (RFC 3261 §16.6 step 6). */
export function routeEdits(exchange: Exchange, target: Target, editor: HeadEditor): void {
  const { request } = exchange;
  let uri = target.uri;
  let routes = target.routes;
  if (routes.length > 0 && !/;\s*lr(?:[=;>]|$)/i.test(routes[0])) {
    const open = routes[0].indexOf("<");
    const first = open < 0 ? routes[0] : routes[0].slice(open + 1, routes[0].indexOf(">", open));
    routes = [...routes.slice(1), `<${uri}>`];
    uri = first;
  }
  if (uri !== request.uri) editor.startLine(`${request.method} ${uri} SIP/2.0`);
  const had = request.has("Route");
  if (had) editor.remove("Route");
  if (routes.length > 0) editor.prepend("Route", routes.join(", "));
}

/** Octets of the head that are left when it is forwarded, before anything is added. */
export function forwardedSize(request: SipRequest, domains: ReadonlySet<string>): number {
  let size = request.head.length;
  for (const line of ownCredentialLines(request, domains)) size -= request.lineEnd(line) - request.valueStart(line);
  return size;
}

/** Lines of credentials for our own realms: they end here (RFC 3261 §22.3), those for others go on. */
function ownCredentialLines(request: SipRequest, domains: ReadonlySet<string>): readonly number[] {
  const lines: number[] = [];
  for (const name of ["Proxy-Authorization", "Authorization"] as const) {
    if (!request.has(name)) continue;
    for (let i = 0; i < request.lines; i++) {
      if (request.ids[i] !== request.ids[request.indexOf(name)]) continue;
      const realm = /realm[ \t]*=[ \t]*"([^"]*)"/i.exec(request.valueAt(i));
      if (realm !== null && domains.has(realm[1].toLowerCase())) lines.push(i);
    }
  }
  return lines;
}
