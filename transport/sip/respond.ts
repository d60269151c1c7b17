import { EMPTY } from "../../foundation/mod.ts";
import { headerId, type HeaderName } from "./header_names.ts";
import type { SipRequest } from "./message.ts";
import { reasonPhrase } from "./status.ts";

const VIA = headerId("Via");

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

/** The head of a response to `request` (RFC 3261 §8.2.6): Via lines, From, To, Call-ID and CSeq as they came. */
export function responseHead(request: SipRequest, status: number, parts: ResponseParts = {}): string {
  let head = `SIP/2.0 ${status} ${parts.reason ?? reasonPhrase(status)}\r\n`;
  for (let i = 0; i < request.lines; i++) {
    if (request.ids[i] === VIA) head += request.head.slice(request.lineStart(i), request.lineEnd(i));
  }
  if (parts.recordRoute === true) {
    for (const value of request.getAll("Record-Route")) head += `Record-Route: ${value}\r\n`;
  }
  head += `From: ${request.get("From") ?? ""}\r\n`;
  const to = request.get("To") ?? "";
  const tag = parts.toTag ?? "";
  head += tag !== "" && !/;[ \t]*tag[ \t]*=/i.test(to) ? `To: ${to};tag=${tag}\r\n` : `To: ${to}\r\n`;
  head += `Call-ID: ${request.get("Call-ID") ?? ""}\r\nCSeq: ${request.get("CSeq") ?? ""}\r\n`;
  if (parts.headers !== undefined) { for (const [name, value] of parts.headers) head += `${name}: ${value}\r\n`; }
  if (parts.contentType !== undefined) head += `Content-Type: ${parts.contentType}\r\n`;
  return `${head}Content-Length: ${(parts.body ?? EMPTY).length}\r\n\r\n`;
}
