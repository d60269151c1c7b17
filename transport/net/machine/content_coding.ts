import { gunzipSync, inflateSync } from "node:zlib";

/**
 * Takes a content coding (RFC 9110 §8.4.1, lower-case) off: `deflate` or `gzip`, which clients use in the field. Null where it is another
 * one, or where the octets are none of it or would become more than `most`.
 */
export function decodeContent(coding: string, octets: Uint8Array, most: number): Uint8Array | null {
  if (coding !== "deflate" && coding !== "gzip") return null;
  try {
    return new Uint8Array((coding === "gzip" ? gunzipSync : inflateSync)(octets, { maxOutputLength: most }));
  } catch (error) {
    // What the library says of its input has a code.
    if (error instanceof Error && "code" in error) return null;
    throw error;
  }
}
