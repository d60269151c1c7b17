import { decodeContent } from "../../../transport/net/machine/mod.ts";
import type { DeferredMessage } from "../../../storage/mod.ts";

/** What one may become. */
const MOST = 65_536;
const CODING = /(?:^|\n)(?:Content-Encoding|e)[ \t]*:[ \t]*([^\r\n]*)\r\n/i;

/**
 * A message as MSRP can carry it, which knows no content codings: liblinphone compresses its notifications (RFC 3261 §20.12). As it is
 * where there is none, or none that is known, or where it cannot be read.
 */
export function withoutCoding(message: DeferredMessage): DeferredMessage {
  const found = CODING.exec(message.headers);
  if (found === null || (message.content ?? null) !== null) return message;
  const body = decodeContent(found[1].trim().toLowerCase(), message.body, MOST);
  if (body === null) return message;
  const at = found.index + (found[0].startsWith("\n") ? 1 : 0);
  return {
    ...message,
    body,
    headers: message.headers.slice(0, at) + message.headers.slice(found.index + found[0].length),
  };
}
