import { md5 } from "@noble/hashes/legacy.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex } from "@noble/hashes/utils.js";
import { fromLatin1 } from "../../../foundation/mod.ts";
import type { Hash } from "../../../transport/sip/mod.ts";

/** `Hash` for a browser, whose own (`crypto.subtle`) answers only later, and only to pages that came over TLS. */
export const nobleHash: Hash = (algorithm, text) =>
  bytesToHex((algorithm === "SHA-256" ? sha256 : md5)(fromLatin1(text)));
