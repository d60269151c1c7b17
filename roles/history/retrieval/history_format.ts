import { concatBytes, EMPTY, fromLatin1, utf8 } from "../../../foundation/mod.ts";
import type { SaidMessage } from "../../../storage/mod.ts";
import {
  CPIM_TYPE,
  cpimAddressText,
  cpimContentType,
  dateTimeText,
  mediaType,
  readCpimHead,
} from "../../../transport/payload/mod.ts";
import { type Envelope, identOf, type PushFormat } from "../../session_media/mod.ts";
import { withFileName } from "./file_disposition.ts";
import type { Said } from "./merged_messages.ts";

/**
 * How recorded messages go to whoever recorded them (oma-reference §3.5): what was said in `message/cpim` octet for octet as it came,
 * anything else in a wrapper with From, To and time as they were, and its own MIME headers and octets. REPORTs of MSRP are for us
 * alone: behind a relay they tell what has arrived before we hang up. Who said it learns nothing of its being read again.
 */
export const HISTORY_FORMAT: PushFormat<Said, SaidMessage> = {
  sessionMost: Infinity,
  reports: true,
  prepared: (message) => message,
  idOf: ({ messageId }) => identOf(messageId),
  otherId: ({ reference, message: { seq } }) =>
    `${reference.replace(/[^A-Za-z0-9]/g, "").slice(0, 16)}.${seq.toString(36)}`,
  envelopeOf,
  logged: ({ reference, message: { seq } }) => ({ reference, seq }),
};

function envelopeOf(message: SaidMessage, start: Uint8Array, messageId: string): Envelope {
  const type = mediaType(message.contentType);
  if (type === CPIM_TYPE) return { head: EMPTY, skip: 0, inner: innerType(start), notifies: false };
  return { head: wrapper(message, messageId), skip: 0, inner: type || "text/plain", notifies: false };
}

/** What the wrapper holds, or `message/cpim` where it cannot be read: it goes as it came. */
function innerType(start: Uint8Array): string {
  try {
    const head = readCpimHead(start);
    return head === null ? CPIM_TYPE : mediaType(cpimContentType(head));
  } catch (error) {
    if (error instanceof SyntaxError) return CPIM_TYPE;
    throw error;
  }
}

function wrapper({ from, to, at, contentType, headers, file }: SaidMessage, messageId: string): Uint8Array {
  let head = `From: ${cpimAddressText(from)}\r\n`;
  if (to !== "") head += `To: ${cpimAddressText({ name: "", uri: to })}\r\n`;
  head += `DateTime: ${dateTimeText(at)}\r\nNS: imdn <urn:ietf:params:imdn>\r\nimdn.Message-ID: ${messageId}\r\n\r\n`;
  // An empty type is what RFC 3428 §4 takes for plain text.
  return concatBytes([
    utf8(head),
    octetsOf(`Content-Type: ${contentType || "text/plain"}\r\n${withFileName(headers, file)}\r\n`),
  ]);
}

/** Header lines as they came: one character for each octet; what cannot be that is text. */
function octetsOf(lines: string): Uint8Array {
  // deno-lint-ignore no-control-regex
  return /^[\x00-\xff]*$/.test(lines) ? fromLatin1(lines) : utf8(lines);
}
