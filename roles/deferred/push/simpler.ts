import type { DeferredMessage } from "../../../storage/mod.ts";
import { mediaType, parseMultipart, partHeader } from "../../../transport/payload/mod.ts";
import { contentTypeOf } from "../stored_message.ts";
import { unwrapped, withContent } from "./enveloped.ts";

/**
 * A message for a device that cannot read the type it comes in: without its `message/cpim` wrapper, and the plain text of
 * `multipart/alternative`, whose parts all say the same (RFC 2046 §5.1.4): it is asked once more, not twice. Null where there is nothing simpler.
 */
export function simpler(message: DeferredMessage): DeferredMessage | null {
  const bare = unwrapped(message);
  return inWords(bare ?? message) ?? bare;
}

function inWords(message: DeferredMessage): DeferredMessage | null {
  const contentType = contentTypeOf(message.headers);
  if (message.body.length === 0 || mediaType(contentType) !== "multipart/alternative") return null;
  try {
    const text = parseMultipart(contentType, message.body)
      .find((part) => mediaType(partHeader(part, "Content-Type") ?? "text/plain") === "text/plain");
    if (
      text === undefined ||
      (partHeader(text, "Content-Transfer-Encoding") ?? "8bit").match(/^(7bit|8bit|binary)$/i) === null
    ) {
      return null;
    }
    return withContent(message, partHeader(text, "Content-Type") ?? "text/plain", text.body);
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}
