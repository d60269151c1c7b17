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

const VIA = ID.Via, TO = ID.To, RECORD_ROUTE = ID["Record-Route"], TIMESTAMP = ID.Timestamp;
/** What is copied once, by number: a bit each. */
const COPIED = new Uint8Array(256);
[ID.From, ID.To, ID["Call-ID"], ID.CSeq].forEach((id, i) => COPIED[id] = 1 << i);

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
  let copied = "";
  let seen = 0;
  const { toTag = "" } = parts;
  for (let i = 0; i < ids.length; i++) {
    const id = ids[i];
    const bit = COPIED[id];
    if (bit !== 0) {
      if ((seen & bit) !== 0) continue;
      seen |= bit;
      const lacks = id === TO && toTag !== "" && lacksTag(request);
      copied += lacks ? `To: ${request.valueAt(i)};tag=${toTag}\r\n` : line(request, i);
    } else if (
      id === VIA || (id === RECORD_ROUTE && parts.recordRoute === true) || (id === TIMESTAMP && status === 100)
    ) {
      head += line(request, i);
    }
  }
  head += copied;
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
