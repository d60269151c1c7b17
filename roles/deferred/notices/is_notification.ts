import type { DeferredMessage } from "../../../storage/mod.ts";
import {
  CPIM_TYPE,
  type CpimHead,
  IMDN_TYPE,
  isImdn,
  mediaType,
  readCpimHead,
} from "../../../transport/payload/mod.ts";
import { contentTypeOf } from "../stored_message.ts";

/** Two heads of `CPIM_LIMITS` each: what must be read of a content to know its CPIM head. */
export const HEAD_OCTETS = 32_768;

/**
 * True for a disposition notification (RFC 5438 §9): `message/imdn+xml`, CPIM that holds one, or whatever its Content-Disposition
 * calls so. What cannot be read is none.
 */
export function isNotificationBody(contentType: string, disposition: string, body: Uint8Array): boolean {
  const type = mediaType(contentType);
  if (type === IMDN_TYPE || mediaType(disposition) === "notification") return true;
  if (type !== CPIM_TYPE) return false;
  const head = tryCpimHead(body);
  return head !== null && isImdn(head);
}

/** The same of a stored message. A notification is never so large that its body is a content of its own. */
export function isNotification(message: DeferredMessage): boolean {
  if (message.content) return false;
  return isNotificationBody(contentTypeOf(message.headers), dispositionOf(message.headers), message.body);
}

/** The heads of a CPIM message; null where they are none, or not all there. */
export function tryCpimHead(octets: Uint8Array): CpimHead | null {
  try {
    return readCpimHead(octets);
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

function dispositionOf(headers: string): string {
  return /(?:^|\n)Content-Disposition[ \t]*:[ \t]*([^\r\n]*)/i.exec(headers)?.[1] ?? "";
}
