import { toLatin1 } from "../../foundation/mod.ts";
import { trimmed } from "../sip/mod.ts";

/** MIME header lines in order: names as written, values unfolded, octets as characters. */
export type MimeHeaders = readonly (readonly [name: string, value: string])[];

const CR = 13, LF = 10;

/**
 * Reads MIME header lines from `at` on, up to the empty line. Null where the octets end before it. `bodyAt` is where the body
 * begins. Lines may end with CRLF or LF. Throws SyntaxError for a line that is none, and above the limits (lines; octets from
 * `at` on).
 */
export function readMimeHead(
  octets: Uint8Array,
  at: number,
  limits: { readonly headers: number; readonly head: number },
): { readonly headers: MimeHeaders; readonly bodyAt: number } | null {
  const headers: [string, string][] = [];
  const limit = at + limits.head;
  const head = octets.subarray(0, limit + 1);
  for (;;) {
    const end = head.indexOf(LF, at);
    if (end < 0 && octets.length > limit) throw new SyntaxError("MIME headers that do not end");
    if (end < 0) return null;
    const line = toLatin1(octets, at, end > at && octets[end - 1] === CR ? end - 1 : end);
    at = end + 1;
    if (line === "") return { headers, bodyAt: at };
    const last = headers[headers.length - 1];
    if (line[0] === " " || line[0] === "\t") {
      if (last === undefined) throw new SyntaxError("MIME headers whose first line is a continuation");
      last[1] += " " + line.replace(/^[ \t]+/, "");
      continue;
    }
    const colon = line.indexOf(":");
    if (colon <= 0) throw new SyntaxError("a MIME header line without a name");
    if (headers.length === limits.headers) throw new SyntaxError(`more than ${limits.headers} MIME header lines`);
    headers.push([trimmed(line, 0, colon), trimmed(line, colon + 1, line.length)]);
  }
}

/** The value of the first header of a name, in any case; undefined when there is none. */
export function mimeHeader(headers: MimeHeaders, name: string): string | undefined {
  const wanted = name.toLowerCase();
  return headers.find(([other]) => other.toLowerCase() === wanted)?.[1];
}

/** Header lines as text, each with CRLF; line ends inside of values become blanks. */
export function mimeHeadText(headers: MimeHeaders): string {
  let head = "";
  for (const [name, value] of headers) head += `${name}: ${value.replace(/[\r\n]+/g, " ")}\r\n`;
  return head;
}
