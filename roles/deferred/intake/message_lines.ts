import type { IncomingHead } from "../../../transport/msrp/session/mod.ts";

/** MIME headers of a SEND that say something about its content (RFC 4975 §9). */
const KEPT = [
  "Content-Disposition",
  "Content-Description",
  "Content-ID",
  "Content-Language",
  "Content-Encoding",
] as const;
const LONGEST = 1024;

/** Header lines to be kept with a message besides its type, each with CRLF. */
export function messageLines(head: IncomingHead): string {
  let text = "";
  for (const name of KEPT) {
    const value = head.header(name);
    if (value !== undefined && value !== "" && value.length <= LONGEST) text += `${name}: ${value}\r\n`;
  }
  return text;
}
