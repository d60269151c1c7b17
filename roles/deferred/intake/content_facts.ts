import { EMPTY, utf8 } from "../../../foundation/mod.ts";
import {
  CPIM_TYPE,
  cpimContentType,
  cpimDateTime,
  dateTimeText,
  IS_COMPOSING_TYPE,
  mediaType,
  readCpimHead,
} from "../../../transport/payload/mod.ts";

/** What a message is, as far as its beginning shows. */
export interface ContentFacts {
  /** Of what is meant for the reader, inside a wrapper where it has one: lower-case, without parameters. */
  readonly type: string;
  /** Octets of the wrapper's headers. */
  readonly bodyAt: number;
  /** Octets to be stored before the message. */
  readonly before: Uint8Array;
}

/** True for a message in a wrapper, whose beginning has to be seen before it is known what it is. */
export function isWrapped(contentType: string): boolean {
  return mediaType(contentType) === CPIM_TYPE;
}

/** "Is typing" (RFC 3994): never stored (oma-reference §4.7). */
export function isComposing({ type }: ContentFacts): boolean {
  return type === IS_COMPOSING_TYPE;
}

/**
 * The facts of a message that begins with these octets; null where a wrapper's headers do not end in them. One without a DateTime
 * gets one (RCV-3, oma-reference §3.4), before all else: only there it is certain what its name stands for (RFC 3862 §3.4). Throws
 * SyntaxError for a wrapper that is none.
 */
export function contentFacts(contentType: string, octets: Uint8Array, now: number): ContentFacts | null {
  if (!isWrapped(contentType)) return { type: mediaType(contentType), bodyAt: 0, before: EMPTY };
  const head = readCpimHead(octets);
  if (head === null) return null;
  const dated = cpimDateTime(head) !== undefined;
  return {
    type: mediaType(cpimContentType(head)),
    bodyAt: head.bodyAt,
    before: dated ? EMPTY : utf8(`DateTime: ${dateTimeText(now)}\r\n`),
  };
}
