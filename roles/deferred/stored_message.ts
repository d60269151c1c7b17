import {
  HeadEditor,
  headerId,
  type HeaderName,
  ID,
  NO_LIMITS,
  parseMessage,
  type SipRequest,
} from "../../transport/sip/mod.ts";
import type { DeferredMessage } from "../../storage/mod.ts";
import type { Egress, Leaving } from "../sip_core/mod.ts";
import { addressOf } from "../sip_core/mod.ts";

/** How long messages are kept. Seconds. */
export interface DeferralSettings {
  /** Where the message names no Expires. */
  readonly default_s: number;
  /** What a sender can ask for at most. */
  readonly max_s: number;
}

/** The operator's defaults (oma-reference §3.4): 7 days, 30 at most. */
export const DEFAULT_DEFERRAL: DeferralSettings = { default_s: 7 * 86_400, max_s: 30 * 86_400 };

/** Headers of the hop or of the transaction, which mean nothing later; everything else is kept, unknown headers too. */
const NOT_KEPT: readonly HeaderName[] = [
  "Via",
  "From",
  "To",
  "Call-ID",
  "CSeq",
  "Max-Forwards",
  "Contact",
  "Route",
  "Record-Route",
  "Content-Length",
  "Authorization",
  "Proxy-Authorization",
  "Proxy-Require",
  "Max-Breadth",
  "Path",
  "Timestamp",
  "P-Preferred-Identity",
  "P-Charging-Vector",
  "P-Charging-Function-Addresses",
  "P-Access-Network-Info",
];
const LEFT_OUT = leftOut([]);

/** What is not kept of a request: `more` besides what means nothing later of any. */
export function leftOut(more: readonly HeaderName[]): ReadonlySet<number> {
  return new Set([...NOT_KEPT, ...more].map(headerId));
}

/** Lines that the box itself adds to what it stores: nobody else's. */
const OUR_OWN = /^Parley-File/i;

/** False where the sender does not want it kept: `Expires: 0`, now or never, also of the invitation to a chat. */
export function mayDefer(request: SipRequest): boolean {
  const expires = request.get(ID.Expires);
  return expires === undefined || !/^0+$/.test(expires);
}

/** What a retransmission is known by, in this boot and the next: Call-ID, From tag, CSeq, and whom it is for. */
export function transactionOf(request: SipRequest, recipient: string): string {
  return `${request.callId}\n${request.from.tag}\n${request.cseq.number}\n${recipient}`;
}

/**
 * The message as it is kept: the header lines that it would have had at the recipient's device now, none folded, From and To without
 * tags, with the time of arrival in Date where the sender wrote none; the body byte for byte. `without`: headers that are left out.
 */
export function storedMessage(
  exchange: Leaving,
  recipient: string,
  device: string,
  now: number,
  settings: DeferralSettings,
  egress: Egress,
  without: ReadonlySet<number> = LEFT_OUT,
): DeferredMessage {
  const { request } = exchange;
  const editor = new HeadEditor(request);
  egress.request(exchange, editor, null, true);
  // Our own text: it was within the limits when it came.
  const kept = parseMessage(editor.toString(), request.body, NO_LIMITS);
  let headers = `From: ${withoutTag(kept.get("From")!)}\r\nTo: ${withoutTag(kept.get("To")!)}\r\n`;
  if (!kept.has("Date")) headers += `Date: ${new Date(now).toUTCString()}\r\n`;
  for (let i = 0; i < kept.lines; i++) {
    if (without.has(kept.ids[i])) continue;
    const line = kept.head.slice(kept.lineStart(i), kept.lineEnd(i));
    if (!OUR_OWN.test(line)) headers += unfolded(line);
  }
  return {
    recipient,
    device,
    sender: exchange.identity?.aor ?? senderOf(request),
    arrivedAt: now,
    expiresAt: now + lifetime_s(request, settings) * 1000,
    transaction: transactionOf(request, recipient),
    headers,
    body: request.body,
  };
}

/** The head of one attempt to deliver: `headers` begin with the From line, which gets its tag here. */
export function deliveryHead(
  message: DeferredMessage,
  uri: string,
  routes: readonly string[],
  via: string,
  tag: string,
  callId: string,
): string {
  const from = message.headers.indexOf("\r\n");
  return `MESSAGE ${uri} SIP/2.0\r\nVia: ${via}\r\nMax-Forwards: 70\r\n` +
    (routes.length === 0 ? "" : `Route: ${routes.join(", ")}\r\n`) +
    `${message.headers.slice(0, from)};tag=${tag}${message.headers.slice(from)}` +
    `Call-ID: ${callId}\r\nCSeq: 1 MESSAGE\r\nContent-Length: ${message.body.length}\r\n\r\n`;
}

/** The Content-Type among stored header lines; "" when there is none. */
export function contentTypeOf(headers: string): string {
  return headerIn(headers, "Content-Type");
}

/** Names as they are written short (RFC 3261 §7.3.3), of those that are asked for here. */
const SHORT: Readonly<Record<string, string>> = {
  "Content-Type": "c",
  "Content-Encoding": "e",
  Subject: "s",
  From: "f",
  To: "t",
};
const PATTERNS = new Map<string, RegExp>();

/** The first header of that name among stored header lines; "" when there is none. Names are few: those of the program. */
export function headerIn(headers: string, name: string): string {
  let pattern = PATTERNS.get(name);
  if (pattern === undefined) {
    const names = SHORT[name] === undefined ? name : `(?:${name}|${SHORT[name]})`;
    PATTERNS.set(name, pattern = new RegExp(`(?:^|\\n)${names}[ \\t]*:[ \\t]*([^\\r\\n]*)`, "i"));
  }
  return pattern.exec(headers)?.[1].trimEnd() ?? "";
}

function senderOf(request: SipRequest): string {
  try {
    return addressOf(request.from.uri).aor || request.from.uriText;
  } catch (error) {
    if (error instanceof SyntaxError) return request.from.uriText;
    throw error;
  }
}

function lifetime_s(request: SipRequest, settings: DeferralSettings): number {
  const text = request.get("Expires");
  if (text === undefined || !/^[0-9]{1,10}$/.test(text)) return settings.default_s;
  return Math.min(Number(text), settings.max_s);
}

/** One line of one that was folded (RFC 3261 §7.3.1): whoever takes stored lines apart may do so at each CRLF. */
function unfolded(line: string): string {
  const end = line.length - 2;
  return line.indexOf("\r\n") === end ? line : `${line.slice(0, end).replace(/[ \t]*\r\n[ \t]+/g, " ")}\r\n`;
}

/** A From or To value without its tag; other parameters stay. */
function withoutTag(value: string): string {
  const close = value.lastIndexOf(">");
  const at = close < 0 ? value.indexOf(";") : close + 1;
  if (at < 0) return value;
  return value.slice(0, at) + value.slice(at).replace(/[ \t]*;[ \t]*tag[ \t]*=[^;]*/i, "");
}
