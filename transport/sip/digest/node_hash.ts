import { hash } from "node:crypto";
import { fromLatin1 } from "../../../foundation/mod.ts";
import type { Algorithm } from "./hash.ts";

const NAMES = { "SHA-256": "sha256", MD5: "md5" } as const;
const ASCII = /^[\x00-\x7f]*$/;

/** `Hash` by node:crypto, in one call. Not part of the door: only what runs under Deno imports it. */
export function nodeHash(algorithm: Algorithm, text: string): string {
  // Text is hashed as UTF-8, which differs from its octets where one is above 127.
  return hash(NAMES[algorithm], ASCII.test(text) ? text : fromLatin1(text), "hex");
}
