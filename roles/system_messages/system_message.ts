import { toLatin1, utf8 } from "../../foundation/mod.ts";
import type { DeferredMessage } from "../../storage/mod.ts";
import {
  CPIM_TYPE,
  dateTimeText,
  imdnNamespace,
  imdnRequest,
  SYSTEM_MESSAGE_LIMITS,
  type SystemMessageBody,
  systemMessageParts,
  writeCpim,
} from "../../transport/payload/mod.ts";
import { quoteDisplayName } from "../../transport/sip/mod.ts";

/** Characters of a system message (SMSG-6 asks for 128, and for 512 where possible). */
export const MAX_TEXT = SYSTEM_MESSAGE_LIMITS.text;
export const SYSTEM_USER = "system";

/** Who says it: `sip:system@domain`. No user can have this address. */
export function systemAddress(domain: string): string {
  return `sip:${SYSTEM_USER}@${domain}`;
}

/** Everything that makes up one system message for one user. */
export interface Saying {
  /** The user's address-of-record. */
  readonly recipient: string;
  readonly domain: string;
  /** As the sender's display name; "" for none. */
  readonly name: string;
  /** What is said, alone or with answers. */
  readonly body: string | SystemMessageBody;
  /** Message-ID of a message whose display is to be told (RFC 5438); "" where nobody asks. */
  readonly receipt: string;
  /** What it is known by: the same one is stored once. */
  readonly transaction: string;
  readonly at: number;
  readonly expiresAt: number;
  /** May be stored beyond the recipient's quota. */
  readonly reserve: boolean;
}

/**
 * The message as it is stored and later delivered: from our own asserted identity (RFC 3325 §5). What wants no answer is plain text in
 * UTF-8, which every client reads; else it is there in words, and for clients that show choices. Where the service wants to know that it
 * was seen it is in a wrapper: a device that reads none says so, and is given what is inside.
 */
export function systemMessage(saying: Saying): DeferredMessage {
  const { recipient, domain, name, transaction, at, expiresAt, reserve } = saying;
  const sender = systemAddress(domain);
  const from = `${quoteDisplayName(toLatin1(utf8(name)))}<${sender}>`;
  const content = contentOf(saying);
  return {
    recipient,
    device: "",
    sender,
    arrivedAt: at,
    expiresAt,
    transaction,
    headers: `From: ${from}\r\nTo: <${recipient}>\r\nDate: ${new Date(at).toUTCString()}\r\n` +
      `P-Asserted-Identity: ${from}\r\nContent-Type: ${content.contentType}\r\n`,
    body: content.body,
    reserve,
  };
}

interface Content {
  readonly contentType: string;
  readonly body: Uint8Array;
}

function contentOf(saying: Saying): Content {
  const { body, receipt } = saying;
  const content = typeof body === "string"
    ? { contentType: "text/plain;charset=UTF-8", body: utf8(body) }
    : systemMessageParts(body);
  return receipt === "" ? content : wrapped(saying, content);
}

function wrapped({ recipient, domain, name, receipt, at }: Saying, { contentType, body }: Content): Content {
  const parts = {
    from: { name, uri: systemAddress(domain) },
    to: [{ name: "", uri: recipient }],
    dateTime: dateTimeText(at),
    namespaces: [imdnNamespace],
    extensions: imdnRequest(receipt, ["display"]),
    contentHeaders: [["Content-Type", contentType]],
  } as const;
  return { contentType: CPIM_TYPE, body: writeCpim(parts, body) };
}
