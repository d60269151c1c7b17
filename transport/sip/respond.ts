import { EMPTY } from "../../foundation/mod.ts";
import { oneLine } from "./grammar.ts";
import { type HeaderName, ID } from "./header_names.ts";
import type { SipRequest } from "./message.ts";
import { reasonPhrase } from "./status.ts";

/** Parts of a response beyond what RFC 3261 §8.2.6 copies from the request. */
export interface ResponseParts {
  /** Instead of the registered phrase; printable ASCII. */
  readonly reason?: string;
  /** To tag where the request has none; "" sends none (100 only). */
  readonly toTag?: string;
  /** Header lines in order. */
  readonly headers?: readonly (readonly [HeaderName, string])[];
  readonly contentType?: string;
  readonly body?: Uint8Array;
  /** Copy Record-Route (dialog-forming responses, RFC 3261 §12.1.1). */
  readonly recordRoute?: boolean;
}

const COPIED = new Set([ID.From, ID.To, ID["Call-ID"], ID.CSeq]);

/**
 * False for what must not be answered, however bad it is: an ACK (RFC 3261 §17), and a request without any Via, whose
 * sender could make nothing of an answer.
 */
export function canAnswer(request: SipRequest): boolean {
  return request.method !== "ACK" && request.has(ID.Via);
}

/**
 * The head of a response to `request` (RFC 3261 §8.2.6): Via lines (with their stamp), From, To, Call-ID and CSeq as they
 * came, spelling and all; a 100 also has the Timestamp (§8.2.6.1). The request may be one that failed its `check`: what it
 * lacks, the answer lacks too.
 */
export function responseHead(request: SipRequest, status: number, parts: ResponseParts = {}): string {
  const { ids } = request;
  let head = `SIP/2.0 ${status} ${parts.reason === undefined ? reasonPhrase(status) : oneLine(parts.reason)}\r\n`;
  for (let i = 0; i < ids.length; i++) {
    const id = ids[i];
    if (id === ID.Via || (id === ID["Record-Route"] && parts.recordRoute === true)) head += line(request, i);
    else if (id === ID.Timestamp && status === 100) head += line(request, i);
  }
  for (let i = 0; i < ids.length; i++) {
    if (!COPIED.has(ids[i]) || ids.indexOf(ids[i]) !== i) continue;
    const tag = ids[i] === ID.To && parts.toTag !== undefined && parts.toTag !== "" ? parts.toTag : "";
    head += tag !== "" && lacksTag(request) ? `To: ${request.valueAt(i)};tag=${tag}\r\n` : line(request, i);
  }
  if (parts.headers !== undefined) {
    for (const [name, value] of parts.headers) head += `${name}: ${oneLine(value)}\r\n`;
  }
  if (parts.contentType !== undefined) head += `Content-Type: ${oneLine(parts.contentType)}\r\n`;
  return `${head}Content-Length: ${(parts.body ?? EMPTY).length}\r\n\r\n`;
}

function line(request: SipRequest, i: number): string {
  return request.head.slice(request.lineStart(i), request.lineEnd(i));
}

/** True for a To that takes a tag: one without, and one that can be read at all. */
function lacksTag(request: SipRequest): boolean {
  try {
    return request.to.tag === "";
  } catch (error) {
    if (error instanceof SyntaxError) return false;
    throw error;
  }
}
