import {
  CPIM_TYPE,
  cpimContentType,
  cpimDateTime,
  cpimFrom,
  type CpimHead,
  cpimTo,
  imdnHeaders,
  mimeHeader,
  readCpimHead,
} from "../transport/payload/mod.ts";
import { unicode } from "./credentials.ts";
import { textOf } from "./envelope.ts";
import type { Party } from "./inbox.ts";

/** A message of a recorded conversation, without its content. */
export interface RecordedHead {
  /** Who said it, as the recording has it; uri "" where that cannot be read. */
  readonly from: Party;
  /** To whom: somebody, or a room; "" where that cannot be read. */
  readonly to: string;
  /** When, RFC 3339; "" where it does not say. */
  readonly at: string;
  /** The Message-ID of RFC 4975: as it was said, but for one that two messages have. */
  readonly messageId: string;
  /** The Message-ID of RFC 5438; "" for none. */
  readonly id: string;
  /** Of the content. `message/cpim`: what it was wrapped in cannot be read, and the content is all that came. */
  readonly contentType: string;
  /** Name of a file; "" for none. */
  readonly file: string;
  /** Octets of the content; -1 where that is not known yet. */
  readonly size: number;
}

/** A message with its content. */
export interface RecordedMessage extends RecordedHead {
  /** As it was said, octet for octet. */
  readonly body: Uint8Array;
  /** The content where it is text of any kind, else "". */
  readonly text: string;
  /** What came: the content in its `message/cpim`. */
  readonly wrapped: Uint8Array;
}

/** What came as a whole; its octets are copied. Never throws: what cannot be read is given as it is. */
export function recordedMessage(octets: Uint8Array, messageId: string): RecordedMessage {
  const wrapped = octets.slice();
  const head = recordedHead(wrapped, messageId, wrapped.length, true)!;
  const body = wrapped.subarray(head.bodyAt);
  return { ...head.facts, body, text: textOf(head.facts.contentType, body), wrapped };
}

/** The head of what came, and where its content begins. */
export interface FoundHead {
  readonly facts: RecordedHead;
  readonly bodyAt: number;
}

/**
 * Reads the head at the beginning of what comes; null while it is not all there, unless `last`. `total`: octets of the whole, -1 for
 * unknown. What is no CPIM is content as a whole.
 */
export function recordedHead(octets: Uint8Array, messageId: string, total: number, last: boolean): FoundHead | null {
  const head = tryHead(octets);
  if (head === null && !last) return null;
  if (head === null || head === "unreadable") {
    const facts = { from: NOBODY, to: "", at: "", messageId, id: "", contentType: CPIM_TYPE, file: "", size: total };
    return { facts, bodyAt: 0 };
  }
  const facts: RecordedHead = {
    from: readable(() => cpimFrom(head)) ?? NOBODY,
    to: readable(() => cpimTo(head)[0])?.uri ?? "",
    at: cpimDateTime(head) ?? "",
    messageId,
    id: readable(() => imdnHeaders(head).messageId) ?? "",
    contentType: cpimContentType(head),
    file: fileOf(mimeHeader(head.contentHeaders, "Content-Disposition") ?? ""),
    size: total < 0 ? -1 : Math.max(0, total - head.bodyAt),
  };
  return { facts, bodyAt: head.bodyAt };
}

const NOBODY: Party = { uri: "", name: "" };

function tryHead(octets: Uint8Array): CpimHead | "unreadable" | null {
  try {
    return readCpimHead(octets);
  } catch (error) {
    if (error instanceof SyntaxError) return "unreadable";
    throw error;
  }
}

/** Undefined where it is not there, or malformed. */
function readable<T>(read: () => T | undefined): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** The name in a Content-Disposition; "" for none. */
function fileOf(disposition: string): string {
  const found = /;\s*filename\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;"]+))/i.exec(disposition);
  if (found === null) return "";
  return unicode(found[2] ?? found[1].replace(/\\(.)/g, "$1"));
}
