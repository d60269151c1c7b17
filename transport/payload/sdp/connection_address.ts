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

const CONNECTION = /^([\x21-\x7e]+) +([\x21-\x7e]+) +([\x21-\x7e]+) *$/;

/** The section's first `c=`, else the session's; undefined where there is none. Throws SyntaxError when it is malformed. */
export function connectionOf(sdp: SessionDescription, section?: MediaDescription): ConnectionAddress | undefined {
  const value = (section && lineValue(section.lines, "c")) ?? lineValue(sdp.lines, "c");
  if (value === undefined) return undefined;
  const found = CONNECTION.exec(value);
  if (found === null) throw new SyntaxError("a c= line that is none");
  return { netType: found[1], addrType: found[2], address: found[3] };
}

/** `c=IN IP4 192.0.2.1`; brackets around IPv6 are taken off, and what no address can have. */
export function connectionLine(host: string): string {
  const address = bareHost(host).replace(/[^\x21-\x7e]/g, "");
  return `c=IN ${addrTypeOf(address)} ${address}`;
}
