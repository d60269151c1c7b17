import {
  HeadEditor,
  HEADER_COUNT,
  type HeaderName,
  headerName,
  ID,
  parseNameAddr,
  quoteDisplayName,
} from "../../../transport/sip/mod.ts";
import type { CoreServices, Exchange } from "../../sip_core/mod.ts";

/** What the copy of an INVITE says beyond what every request of ours says. */
export interface InvitationHead {
  /** From without its tag, To without one. */
  readonly from: string;
  readonly to: string;
  readonly headers: readonly (readonly [HeaderName, string])[];
}

/**
 * What belongs to one leg: its transaction, dialog, capabilities, credentials and body. Everything else is between the two
 * parties and goes on, headers we do not know included.
 */
const OF_ONE_LEG = numbered([
  "Via",
  "From",
  "To",
  "Call-ID",
  "CSeq",
  "Max-Forwards",
  "Max-Breadth",
  "Contact",
  "Route",
  "Record-Route",
  "Path",
  "Service-Route",
  "Content-Type",
  "Content-Length",
  "Content-Encoding",
  "MIME-Version",
  "Authorization",
  "Proxy-Authorization",
  "WWW-Authenticate",
  "Proxy-Authenticate",
  "Require",
  "Proxy-Require",
  "Supported",
  "Allow",
  "Allow-Events",
  "Session-Expires",
  "Min-SE",
  "RSeq",
  "RAck",
  "User-Agent",
  "Server",
  "Timestamp",
  "Replaces",
  "Target-Dialog",
  "P-Preferred-Identity",
  "Answer-Mode",
  "Priv-Answer-Mode",
  // Signed over headers that a back-to-back user agent changes (RFC 4474 §5, RFC 8224 §4).
  "Identity",
]);

/** What servers of one trust domain tell each other (RFC 7315 §6): nothing for a device. */
const FOR_SERVERS = numbered([
  "P-Access-Network-Info",
  "P-Charging-Vector",
  "P-Charging-Function-Addresses",
]);

/** 1 at the number of each: asked for every line of every INVITE, where a `Set` is ten times as dear. */
function numbered(names: readonly HeaderName[]): Uint8Array {
  const table = new Uint8Array(HEADER_COUNT + 1);
  for (const name of names) table[ID[name]] = 1;
  return table;
}

/**
 * The head for the invitee's leg. Who the sender is and which privacy is given is decided by the exit of the trust domain, as for
 * every request that is forwarded: `toUser` for a device of a user of ours.
 */
export function invitationHead(exchange: Exchange, services: CoreServices, toUser: boolean): InvitationHead {
  const { request } = exchange;
  const editor = new HeadEditor(request);
  services.egress.request(exchange, editor, backToTheHop(exchange) ? exchange.flow : null, toUser);
  let { from } = request;
  const headers: (readonly [HeaderName, string])[] = [];
  for (let i = 0; i < editor.lines; i++) {
    const id = editor.idAt(i);
    // It may be another one now: anonymous.
    if (id === ID.From) from = parseNameAddr(editor.valueAt(i));
    if (isOfOneLeg(id) || (toUser && isForServers(id))) continue;
    const name = id === 0 ? editor.nameAt(i) : headerName(id);
    headers.push([name as HeaderName, editor.valueAt(i)]);
  }
  return { from: withoutTag(from), to: withoutTag(request.to), headers };
}

/** The request came from a trusted hop and goes back to it by its own Route (IM-2): it does not leave the trust domain. */
function backToTheHop({ trusted, routes, flow }: Exchange): boolean {
  if (!trusted || routes.length === 0) return false;
  const host = /^[^<]*<sips?:(?:[^@>]*@)?(\[[^\]]*\]|[^:;>]*)/i.exec(routes[0])?.[1] ?? "";
  return host.replace(/^\[|\]$/g, "") === flow.remote.host;
}

function withoutTag(address: { readonly displayName: string; readonly uriText: string }): string {
  return `${quoteDisplayName(address.displayName)}<${address.uriText}>`;
}

/** True for a header that never goes from one leg to the other. */
export function isOfOneLeg(id: number): boolean {
  return OF_ONE_LEG[id] === 1;
}

/** True for what servers of one trust domain tell each other: nothing for a device. */
export function isForServers(id: number): boolean {
  return FOR_SERVERS[id] === 1;
}
