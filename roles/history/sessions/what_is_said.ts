import { detached, fromLatin1 } from "../../../foundation/mod.ts";
import { headerIn } from "../../../transport/msrp/mod.ts";
import {
  CPIM_TYPE,
  cpimContentType,
  type CpimHead,
  IS_COMPOSING_TYPE,
  mediaType,
  readCpimHead,
} from "../../../transport/payload/mod.ts";
import { parseParams, unquote } from "../../../transport/sip/mod.ts";
import { isNotificationBody } from "../../deferred/mod.ts";

/** Octets of MIME headers that are kept with a message; lines behind them are left out. */
const MIME_OCTETS = 4096;

/**
 * True for what is no part of a conversation: that somebody is typing, and notifications. `begin`: the first octets of the body, up to
 * where it becomes a content. `others`: header lines of its SEND, or of its record.
 */
export function isFleeting(contentType: string, others: string, begin: Uint8Array): boolean {
  const type = mediaType(contentType);
  if (type === IS_COMPOSING_TYPE) return true;
  // Text, and nothing said of it.
  if (others === "" && type.startsWith("text/")) return false;
  if (isNotificationBody(contentType, headerIn(others, "Content-Disposition") ?? "", begin)) return true;
  if (type !== CPIM_TYPE) return false;
  const head = tryHead(begin);
  return head !== null && mediaType(cpimContentType(head)) === IS_COMPOSING_TYPE;
}

/** The header lines that are about the body, besides its type, each with CRLF. */
export function mimeLines(others: string): string {
  let text = "";
  for (const line of others.split("\r\n")) {
    if (!/^content-[a-z-]+[ \t]*:/i.test(line) || /^content-(?:type|length)[ \t]*:/i.test(line)) continue;
    if (text.length + line.length + 2 > MIME_OCTETS) break;
    text += `${line}\r\n`;
  }
  return detached(text);
}

/** The name of a file that `Content-Disposition` gives (RFC 2183 §2.3); "" for none. */
export function fileNameIn(others: string): string {
  const disposition = headerIn(others, "Content-Disposition") ?? "";
  const semi = disposition.indexOf(";");
  if (semi < 0) return "";
  try {
    const name = parseParams(disposition, semi, disposition.length).get("filename") ?? "";
    return new TextDecoder().decode(fromLatin1(unquote(name)));
  } catch (error) {
    if (error instanceof SyntaxError) return "";
    throw error;
  }
}

function tryHead(octets: Uint8Array): CpimHead | null {
  try {
    return readCpimHead(octets);
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}
