import { toLatin1, utf8 } from "../../foundation/mod.ts";
import type { DeferredMessage } from "../../storage/mod.ts";
import { quoteDisplayName } from "../../transport/sip/mod.ts";

/** Characters of a system message (SMSG-6 asks for 128, and for 512 where possible). */
export const MAX_TEXT = 2000;

/** Who says it: `sip:system@domain`. No user can have this address. */
export function systemAddress(domain: string): string {
  return `sip:system@${domain}`;
}

/** Everything that makes up one system message for one user. */
export interface Saying {
  /** The user's address-of-record. */
  readonly recipient: string;
  readonly domain: string;
  /** As the sender's display name; "" for none. */
  readonly name: string;
  readonly text: string;
  /** What it is known by: the same one is stored once. */
  readonly transaction: string;
  readonly at: number;
  readonly expiresAt: number;
  /** May be stored beyond the recipient's quota. */
  readonly reserve: boolean;
}

/** The message as it is stored and later delivered: from our own asserted identity (RFC 3325 §5), plain text in UTF-8. */
export function systemMessage(saying: Saying): DeferredMessage {
  const { recipient, domain, name, text, transaction, at, expiresAt, reserve } = saying;
  const sender = systemAddress(domain);
  const from = `${quoteDisplayName(toLatin1(utf8(name)))}<${sender}>`;
  return {
    recipient,
    device: "",
    sender,
    arrivedAt: at,
    expiresAt,
    transaction,
    headers: `From: ${from}\r\nTo: <${recipient}>\r\nDate: ${new Date(at).toUTCString()}\r\n` +
      `P-Asserted-Identity: ${from}\r\nContent-Type: text/plain;charset=UTF-8\r\n`,
    body: utf8(text),
    reserve,
  };
}
