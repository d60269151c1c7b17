import { endpointText } from "../../../transport/net/mod.ts";
import {
  type HeaderName,
  headerName,
  ID,
  parseMessage,
  type SipRequest,
  type SipResponse,
  StartLineError,
  type TracedMessage,
  tryNameAddr,
} from "../../../transport/sip/mod.ts";
import type { LadderStep } from "../services/mod.ts";

const MAX_VALUE = 500;
const MAX_LINES = 60;
const NO_BODY = new Uint8Array(0);

/**
 * Headers a ladder shows. A list of what may be seen, not of what may not: credentials, challenges, Subject, charging and
 * access network headers are not on it, nor is any header we do not know.
 */
const SHOWN: readonly HeaderName[] = [
  "Via",
  "Max-Forwards",
  "Contact",
  "Route",
  "Record-Route",
  "Path",
  "Service-Route",
  "Content-Type",
  "Content-Length",
  "Content-Encoding",
  "Expires",
  "Min-Expires",
  "Require",
  "Proxy-Require",
  "Supported",
  "Unsupported",
  "Allow",
  "Allow-Events",
  "Accept",
  "Accept-Contact",
  "Reject-Contact",
  "Request-Disposition",
  "Event",
  "Subscription-State",
  "SIP-ETag",
  "SIP-If-Match",
  "P-Associated-URI",
  "P-Asserted-Identity",
  "P-Preferred-Identity",
  "Privacy",
  "Max-Breadth",
  "Retry-After",
  "Reason",
  "Warning",
  "Date",
  "Server",
  "User-Agent",
  "Refer-To",
  "Referred-By",
  "Replaces",
  "Session-Expires",
  "Min-SE",
  "Flow-Timer",
  "In-Reply-To",
];
const SHOWN_IDS: ReadonlySet<number> = new Set(SHOWN.map((name) => ID[name]));

/** A head that can be read; null for what is no SIP. */
export function readTraced({ head }: TracedMessage): SipRequest | SipResponse | null {
  try {
    return parseMessage(head, NO_BODY);
  } catch (error) {
    if (error instanceof StartLineError) return null;
    throw error;
  }
}

/** `sip:alice@example.test` of a From or To; the text as it is where it is none. */
export function partyOf(value: string | undefined): string {
  if (value === undefined) return "";
  return shown(tryNameAddr(value)?.uriText ?? value);
}

/** What is shown of one message. `box` and `peer` are the names of the two ends. */
export function stepOf(
  traced: TracedMessage,
  message: SipRequest | SipResponse,
  ends: { readonly box: string; readonly peer: string },
): LadderStep {
  const headers: (readonly [string, string])[] = [];
  for (let i = 0; i < message.lines && headers.length < MAX_LINES; i++) {
    if (SHOWN_IDS.has(message.ids[i])) headers.push([headerName(message.ids[i]), shown(message.valueAt(i))]);
  }
  return {
    at: traced.at,
    seq: traced.seq,
    direction: traced.inbound ? "in" : "out",
    transport: traced.transport,
    local: ends.box,
    remote: ends.peer,
    door: endpointText(traced.local),
    start_line: message.isRequest
      ? `${message.method} ${shown(message.uri)}`
      : `${message.status} ${shown(message.reason)}`.trim(),
    cseq: shown(message.get("CSeq") ?? ""),
    from: partyOf(message.get("From")),
    to: partyOf(message.get("To")),
    body_octets: traced.bodyOctets,
    content_type: shown(message.get("Content-Type") ?? ""),
    headers,
  };
}

/** As UTF-8 where it is, cut, and without what a URI may carry in secret: a password, a push token (RFC 8599 §6). */
function shown(latin1: string): string {
  const text = asUtf8(latin1)
    .replace(/[\x00-\x1f\x7f]/g, "\ufffd")
    .replace(/\b(sips?:[^\s@:;>,"]*):[^\s@;>,"]*@/gi, "$1:…@")
    .replace(/\b(pn-(?:prid|param|purr))=[^\s;>,"]*/gi, "$1=…");
  return text.length > MAX_VALUE ? `${text.slice(0, MAX_VALUE)}…` : text;
}

function asUtf8(latin1: string): string {
  if (!/[\x80-\xff]/.test(latin1)) return latin1;
  return new TextDecoder().decode(Uint8Array.from(latin1, (c) => c.charCodeAt(0)));
}
