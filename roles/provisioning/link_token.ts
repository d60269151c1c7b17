import { createHash } from "node:crypto";
import { randomToken } from "../../foundation/mod.ts";

const LENGTH = 43;

/** A secret for a link: 258 random bits, as characters that are safe in a path. */
export function newLinkToken(): string {
  return randomToken(LENGTH);
}

/** What is kept of it, in hexadecimal. The secret cannot be guessed, so nothing slower is needed. */
export function linkTokenHash(token: string): string {
  return createHash("sha256").update(token).digest("hex");
}

/** Whether it can be one at all. */
export function isLinkToken(text: string): boolean {
  return /^[\w-]{43}$/.test(text);
}
