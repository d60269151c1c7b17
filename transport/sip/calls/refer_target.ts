import type { SipMessage, SipRequest } from "../message.ts";
import { parseNameAddr } from "../name_addr.ts";
import type { Problem } from "../problem.ts";
import { tryParseUri } from "../uri.ts";
import type { Line } from "./call_response.ts";

/** What a REFER asks for (RFC 3515 §2.1, RFC 3891 §4 for Replaces in it). */
export interface ReferTarget {
  /** The URI to send it to, without headers and `method`; any scheme (`cid:` for a list, RFC 5368). */
  readonly uri: string;
  /** INVITE where the URI names none. */
  readonly method: string;
  /** Header lines that the request is to have: names lower-case, values unescaped. */
  readonly headers: ReadonlyMap<string, string>;
  /** The Replaces among them; "" for none. */
  readonly replaces: string;
  /** Referred-By (RFC 3892) as it came; "" for none. */
  readonly referredBy: string;
  /** False: the peer wants no NOTIFY (Refer-Sub: false, RFC 4488). */
  readonly subscribes: boolean;
}

/** Headers that nobody lets others write into a request of his (RFC 3261 §19.1.5 leaves it to the reader). */
const MAX_HEADERS = 16;

/** The target of a REFER; or the answer it deserves. */
export function referTargetOf(request: SipRequest): ReferTarget | Problem {
  const text = request.get("Refer-To");
  if (text === undefined) return { status: 400, reason: "Refer-To Missing" };
  try {
    return readTarget(text, request);
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof URIError) return { status: 400, reason: "Refer-To Malformed" };
    throw error;
  }
}

function readTarget(text: string, request: SipRequest): ReferTarget | Problem {
  const { uriText } = parseNameAddr(text);
  const uri = tryParseUri(uriText);
  if (uri === null) return { status: 400, reason: "Refer-To Is No URI" };
  const headers = new Map<string, string>();
  if (uri.headers !== "") {
    for (const pair of uri.headers.split("&").slice(0, MAX_HEADERS)) {
      const equals = pair.indexOf("=");
      const value = decodeURIComponent(pair.slice(equals + 1));
      if (equals <= 0 || /[\r\n\0]/.test(value)) return { status: 400, reason: "Refer-To With Malformed Headers" };
      headers.set(decodeURIComponent(pair.slice(0, equals)).toLowerCase(), value);
    }
  }
  const bare = uri.headers === "" ? uriText : uriText.slice(0, uriText.length - uri.headers.length - 1);
  const method = uri.params.get("method");
  return {
    uri: method === undefined ? bare : bare.replace(/;method=[^;?]*/i, ""),
    method: method === undefined || method === "" ? "INVITE" : method.toUpperCase(),
    headers,
    replaces: headers.get("replaces") ?? "",
    referredBy: request.get("Referred-By") ?? "",
    subscribes: (request.get("Refer-Sub") ?? "true").split(";", 1)[0].trim().toLowerCase() !== "false",
  };
}

/** What to refer somebody to. */
export interface ReferOrder {
  readonly uri: string;
  /** Default INVITE. */
  readonly method?: string;
  /** Replaces for the request that is asked for: see `replacesValue`. */
  readonly replaces?: string;
  readonly referredBy?: string;
  /** Default true: NOTIFYs tell how it goes. False asks for none (RFC 4488); the peer may send them all the same. */
  readonly subscribe?: boolean;
}

/** The header lines of a REFER. */
export function referLines({ uri, method, replaces, referredBy, subscribe }: ReferOrder): Line[] {
  const target = `${uri}${method === undefined || method === "INVITE" ? "" : `;method=${method}`}` +
    (replaces === undefined ? "" : `?Replaces=${encodeURIComponent(replaces)}`);
  const lines: Line[] = [["Refer-To", `<${target}>`]];
  if (referredBy !== undefined) lines.push(["Referred-By", referredBy]);
  if (subscribe === false) lines.push(["Refer-Sub", "false"], ["Supported", "norefersub"]);
  return lines;
}

/** The status line in a `message/sipfrag` body (RFC 3420); null where there is none. */
export function sipfragStatus(notify: SipMessage): { readonly status: number; readonly reason: string } | null {
  if (!/^message\/sipfrag\b/i.test(notify.get("Content-Type") ?? "")) return null;
  let line = "";
  for (let i = 0; i < Math.min(notify.body.length, 300) && notify.body[i] !== 13 && notify.body[i] !== 10; i++) {
    line += String.fromCharCode(notify.body[i]);
  }
  const match = /^SIP\/2\.0 ([1-6][0-9]{2})(?: (.*))?$/.exec(line);
  return match === null ? null : { status: Number(match[1]), reason: match[2] ?? "" };
}
