import { lineValue } from "./attributes.ts";
import { addrTypeOf, bareHost } from "./origin.ts";
import type { MediaDescription, SessionDescription } from "./session_description.ts";

/** A `c=` line (RFC 8866 §5.7). */
export interface ConnectionAddress {
  readonly netType: string;
  /** `IP4` or `IP6`. */
  readonly addrType: string;
  /** An address or a name. */
  readonly address: string;
}

const BLANK = 32;

/** The section's first `c=`, else the session's; undefined where there is none. Throws SyntaxError when it is malformed. */
export function connectionOf(sdp: SessionDescription, section?: MediaDescription): ConnectionAddress | undefined {
  const value = (section && lineValue(section.lines, "c")) ?? lineValue(sdp.lines, "c");
  if (value === undefined) return undefined;
  const netEnd = wordEnd(value, 0);
  const typeAt = blanksEnd(value, netEnd), typeEnd = wordEnd(value, typeAt);
  const at = blanksEnd(value, typeEnd), end = wordEnd(value, at);
  if (netEnd === 0 || typeEnd === typeAt || end === at || blanksEnd(value, end) !== value.length) {
    throw new SyntaxError("a c= line that is none");
  }
  return { netType: value.slice(0, netEnd), addrType: value.slice(typeAt, typeEnd), address: value.slice(at, end) };
}

/** Behind visible ASCII. */
function wordEnd(text: string, at: number): number {
  while (at < text.length && text.charCodeAt(at) > BLANK && text.charCodeAt(at) < 127) at++;
  return at;
}

function blanksEnd(text: string, at: number): number {
  while (at < text.length && text.charCodeAt(at) === BLANK) at++;
  return at;
}

/** `c=IN IP4 192.0.2.1`; brackets around IPv6 are taken off, and what no address can have. */
export function connectionLine(host: string): string {
  const address = bareHost(host).replace(/[^\x21-\x7e]/g, "");
  return `c=IN ${addrTypeOf(address)} ${address}`;
}
