import { headerId, type HeaderName, type SipRequest } from "../../../transport/sip/mod.ts";

/** Headers that mean the same in each copy (RFC 3428, RFC 5365 §7.3): what else came was for the list server. */
const CARRIED: readonly HeaderName[] = [
  "Subject",
  "Privacy",
  "Date",
  "Expires",
  "Conversation-ID",
  "Priority",
  "In-Reply-To",
];
const IDS: ReadonlySet<number> = new Set(CARRIED.map(headerId));

/** Header lines of every copy, each with its CRLF, none folded. `at`: when it came, for a message that does not say when it was written. */
export function carriedHeaders(request: SipRequest, at: number): string {
  let lines = request.has("Date") ? "" : `Date: ${new Date(at).toUTCString()}\r\n`;
  for (let i = 0; i < request.lines; i++) {
    if (!IDS.has(request.ids[i])) continue;
    const line = request.head.slice(request.lineStart(i), request.lineEnd(i));
    lines += `${line.slice(0, -2).replace(/[ \t]*\r\n[ \t]+/g, " ")}\r\n`;
  }
  return lines;
}

/** The From value without its tag, in one line. */
export function senderValue(request: SipRequest): string {
  const value = (request.get("From") ?? "").replace(/[ \t]*\r\n[ \t]+/g, " ");
  const close = value.lastIndexOf(">");
  return value.slice(0, close + 1) + value.slice(close + 1).replace(/;\s*tag\s*=[^;]*/i, "");
}
