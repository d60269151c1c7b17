import { createHash } from "node:crypto";
import { hostText, parseMessage, quoteDisplayName, SipRequest, tryParseUri } from "../../../transport/sip/mod.ts";
import { Exchange, type Identity, InnerTransaction, NO_WIRE } from "../../sip_core/mod.ts";

/** What a notification of the box's own is sent with. */
export interface NoticeRequest {
  /** Where it goes. */
  readonly to: string;
  /** In whose name: the recipient of the message that it is about. */
  readonly from: Identity;
  /** Those served here, the first one the box's own. */
  readonly domains: ReadonlySet<string>;
  /** Names this notification and no other, a token: made again under it, it is the same request, which stores know. */
  readonly name: string;
  readonly date: number;
  /** `message/cpim`. */
  readonly body: Uint8Array;
}

/**
 * A notification as a request at the box's own rows, from the target class on (RFC 5438 §12.1, 12.2): a MESSAGE in the name of the
 * recipient, marked as the automatic answer that it is (RFC 5436 §2.7.1). `done` gets the final status, once.
 */
export function noticeExchange(notice: NoticeRequest, done: (status: number) => void): Exchange {
  const { to, from, domains, name, date, body } = notice;
  const [domain] = domains;
  const head = `MESSAGE ${to} SIP/2.0\r\nVia: SIP/2.0/TCP ${hostText(domain)};branch=z9hG4bK${name}\r\n` +
    `Max-Forwards: 70\r\nFrom: ${quoteDisplayName(from.displayName)}<${from.aor}>;tag=${name.slice(0, 10)}\r\n` +
    `To: <${to}>\r\nCall-ID: ${name}\r\nCSeq: 1 MESSAGE\r\nDate: ${new Date(date).toUTCString()}\r\n` +
    `Auto-Submitted: auto-replied\r\nContent-Type: message/cpim\r\nContent-Length: ${body.length}\r\n\r\n`;
  const request = parseMessage(head, body);
  if (!(request instanceof SipRequest)) throw new TypeError("a MESSAGE of ours is no request");
  const exchange = new Exchange(new InnerTransaction(request, NO_WIRE, done));
  exchange.identity = from;
  exchange.ours = domains.has(tryParseUri(to)?.host ?? "");
  return exchange;
}

/** What a notification is called, over restarts too, by what makes it the only one: a token of 32 characters. */
export function noticeName(key: string): string {
  return `n${createHash("sha256").update(key).digest("hex").slice(0, 31)}`;
}
