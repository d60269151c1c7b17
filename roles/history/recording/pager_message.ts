import { detached, fromLatin1 } from "../../../foundation/mod.ts";
import type { HistoryMessage, HistoryParty } from "../../../storage/mod.ts";
import type { SipRequest } from "../../../transport/sip/mod.ts";

/** What of a MESSAGE is its content. */
export interface MessageContent {
  readonly contentType: string;
  /** Further MIME header lines of the body. */
  readonly headers: string;
  readonly body: Uint8Array;
}

const decoder = new TextDecoder();

/** Text of a head, one character an octet, as people read it. */
export function readable(text: string): string {
  // deno-lint-ignore no-control-regex
  return detached(/^[\x00-\x7f]*$/.test(text) ? text : decoder.decode(fromLatin1(text)));
}

/** The content of a MESSAGE octet for octet, with the headers that are about it (RFC 3261 §7.4.1). */
export function contentOf(request: SipRequest): MessageContent {
  let headers = "";
  for (let i = 0; i < request.lines; i++) {
    const name = request.nameAt(i);
    if (!/^(?:content-(?!type$|length$)|e$|mime-version$)/i.test(name)) continue;
    headers += unfolded(request.head.slice(request.lineStart(i), request.lineEnd(i)));
  }
  return { contentType: detached(request.get("Content-Type") ?? ""), headers: detached(headers), body: request.body };
}

/** Known again when it is sent again: Call-ID and CSeq. */
export function messageIdOf({ callId, cseq }: SipRequest): string {
  return detached(`${callId} ${cseq.number}`);
}

/** The message as it is recorded, but for a body that is kept apart. */
export function pagerMessage(
  request: SipRequest,
  content: MessageContent,
  at: number,
  from: HistoryParty,
  to: string,
): HistoryMessage {
  const { contentType, headers, body } = content;
  return { at, from, to, messageId: messageIdOf(request), contentType, headers, file: "", body, content: null };
}

/** One line of one that was folded (RFC 3261 §7.3.1). */
function unfolded(line: string): string {
  return `${line.slice(0, -2).replace(/[ \t]*\r\n[ \t]+/g, " ")}\r\n`;
}
