import type { SipRequest } from "../message.ts";
import type { ResponseParts } from "../respond.ts";

/**
 * Takes a content coding (RFC 9110 §8.4.1, lower-case) off octets. Null where it knows another one only, or where the octets are none of
 * it or would become more than `most`.
 */
export type ContentDecoder = (coding: string, octets: Uint8Array, most: number) => Uint8Array | null;

/** Octets that a body may become. */
const MOST = 262_144;

/** The body of a request without its coding, a view of the request's where it has none; null where it cannot be read. */
export function decodedBody(request: SipRequest, decode: ContentDecoder | null): Uint8Array | null {
  const { body } = request;
  if (body.length === 0) return body;
  const coding = request.get("Content-Encoding")?.trim().toLowerCase() ?? "";
  if (coding === "" || coding === "identity") return body;
  return decode?.(coding, body, MOST) ?? null;
}

/** What a 415 says of codings (RFC 3261 §8.2.3). */
export function codingsAccepted(decode: ContentDecoder | null): ResponseParts {
  return { headers: [["Accept-Encoding", decode === null ? "identity" : "deflate, gzip, identity"]] };
}
