import { createHash } from "node:crypto";
import { fromLatin1 } from "../../../foundation/mod.ts";
import type { DeferredMessage } from "../../../storage/mod.ts";
import { parseNameAddr } from "../../../transport/sip/mod.ts";

/** What a list says of one message: how it is addressed, never what it says. */
export interface MessageFacts {
  /** The same for all copies of the message, in every boot: 80 bits of a digest. */
  readonly reference: string;
  /** URIs; "" where there is none that can be told. */
  readonly from: string;
  readonly to: string;
  /** As asserted to the recipient (RFC 3325); "" where the sender is hidden. */
  readonly authId: string;
  readonly subject: string;
  /** Octets of the body. */
  readonly octets: number;
}

/** Characters of a subject that is told. */
const SUBJECT = 256;
const decoder = new TextDecoder();

/** From the stored header lines alone: `DeferredMessage.sender` may be somebody whom the recipient is not to know. */
export function factsOf(message: DeferredMessage): MessageFacts {
  const { headers, body, content } = message;
  const subject = printable(headerOf(headers, "Subject|s"));
  return {
    reference: referenceOf(message.recipient, message.transaction),
    from: uriOf(headerOf(headers, "From|f")),
    to: uriOf(headerOf(headers, "To|t")),
    authId: uriOf(headerOf(headers, "P-Asserted-Identity")),
    subject: subject.length > SUBJECT ? `${subject.slice(0, SUBJECT - 1)}…` : subject,
    octets: content?.octets ?? body.length,
  };
}

/** What a message is called in lists. It tells nothing of the Call-ID it is made from. */
export function referenceOf(recipient: string, transaction: string): string {
  return `d-${createHash("sha256").update(`${recipient}\n${transaction}`).digest("hex").slice(0, 20)}`;
}

/** The first value of a header among stored lines, unfolded; "" where it is not there. `names`: alternatives of a pattern. */
function headerOf(headers: string, names: string): string {
  const found = new RegExp(`(?:^|\\n)(?:${names})[ \\t]*:[ \\t]*([^\\r\\n]*(?:\\r?\\n[ \\t][^\\r\\n]*)*)`, "i").exec(
    headers,
  );
  return found === null ? "" : found[1].replace(/\r?\n[ \t]+/g, " ").trim();
}

/** Octets as characters to text, without what XML cannot carry. */
function printable(text: string): string {
  // deno-lint-ignore no-control-regex
  return decoder.decode(fromLatin1(text)).replace(/[\x00-\x1f\x7f\ufffe\uffff]|\p{Cs}/gu, " ").trim();
}

function uriOf(value: string): string {
  if (value === "") return "";
  try {
    return printable(parseNameAddr(firstOf(value)).uriText);
  } catch (error) {
    if (error instanceof SyntaxError) return "";
    throw error;
  }
}

/** The first of several values (P-Asserted-Identity may carry a sip and a tel URI). */
function firstOf(value: string): string {
  const close = value.indexOf(">");
  return close < 0 ? value : value.slice(0, close + 1);
}
