import { fromLatin1 } from "../../../foundation/mod.ts";
import type { HistoryMessage, HistoryParty } from "../../../storage/mod.ts";
import { ID, type SipRequest } from "../../../transport/sip/mod.ts";
import type { KeptBody } from "./kept_body.ts";

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
  return text === "" || /^[\x00-\x7f]*$/.test(text) ? text : decoder.decode(fromLatin1(text));
}

/** The content of a MESSAGE octet for octet, with the headers that are about it (RFC 3261 §7.4.1). */
export function contentOf(request: SipRequest): MessageContent {
  const { head, lines } = request;
  let headers = "";
  for (let i = 0; i < lines; i++) {
    const start = request.lineStart(i);
    if (!mayBeOfBody(head, start)) continue;
    // The two that nearly all have, without looking closer.
    if (head.startsWith("Content-Type:", start) || head.startsWith("Content-Length:", start)) continue;
    if (!/^(?:content-(?!type$|length$)|e$|mime-version$)/i.test(request.nameAt(i))) continue;
    headers += unfolded(head.slice(start, request.lineEnd(i)));
  }
  return { contentType: request.get(ID["Content-Type"]) ?? "", headers, body: request.body };
}

/** By the beginning of a line: `e`, `mime-`, `content-`. Most are none of them, and are not read for it. */
function mayBeOfBody(head: string, at: number): boolean {
  const first = head.charCodeAt(at) | 0x20;
  if (first === 0x63) return head.charCodeAt(at + 7) === 0x2d;
  return first === 0x65 || first === 0x6d;
}

/** Known again when it is sent again: Call-ID and CSeq. */
export function messageIdOf({ callId, cseq }: SipRequest): string {
  return `${callId} ${cseq.number}`;
}

/** The message as it is recorded; `kept`: its body, or what has it. */
export function pagerMessage(
  request: SipRequest,
  { contentType, headers }: MessageContent,
  at: number,
  from: HistoryParty,
  to: string,
  { body, content }: KeptBody,
): HistoryMessage {
  return { at, from, to, messageId: messageIdOf(request), contentType, headers, file: "", body, content };
}

/** One line of one that was folded (RFC 3261 §7.3.1). */
function unfolded(line: string): string {
  return `${line.slice(0, -2).replace(/[ \t]*\r\n[ \t]+/g, " ")}\r\n`;
}
