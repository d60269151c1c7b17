import { EMPTY } from "../../foundation/mod.ts";
import type { DeferredMessage, DeferredMode, StoredContent } from "../../storage/mod.ts";
import type { Egress, Exchange, Leaving } from "../sip_core/mod.ts";
import { type DeferralSettings, leftOut, storedMessage } from "./stored_message.ts";

/** Who speaks with whom in a session whose messages are stored, as the INVITE says: what each of them is stored with. */
export interface StoredParties {
  readonly recipient: string;
  /** Only for the device with this instance; "" for any. */
  readonly device: string;
  /** Sender's identity. */
  readonly sender: string;
  /** Header lines that the messages have in common, From and To first and without tags. No Date, no Content-Type. */
  readonly headers: string;
  /** Call-ID of the INVITE: a Message-ID means something within it only. */
  readonly callId: string;
  /** How long the sender wants them kept, seconds; the operator's limits are in it. */
  readonly lifetime_s: number;
}

/** One message of a session. */
export interface SessionMessageParts {
  readonly mode: Exclude<DeferredMode, "pager">;
  readonly messageId: string;
  /** As it was sent: `message/cpim` stays in its wrapper. */
  readonly contentType: string;
  /** Null where `content` has it. */
  readonly body: Uint8Array | null;
  readonly content: StoredContent | null;
  /** Further header lines, each with CRLF: those of a file. */
  readonly headers?: string;
}

/** Headers of the INVITE that its messages are not stored with: each has its own, or they are the session's. */
const WITHOUT = leftOut([
  "Date",
  "Content-Type",
  "Content-Encoding",
  "Content-Disposition",
  "Content-Language",
  "MIME-Version",
  "Accept",
  "Accept-Encoding",
  "Accept-Language",
  "Allow",
  "Allow-Events",
  "Supported",
  "Require",
  "Session-Expires",
  "Min-SE",
  "Expires",
  "Replaces",
  "Target-Dialog",
  "Answer-Mode",
  "Priv-Answer-Mode",
  "Alert-Info",
]);
/** The same, of those that no code here looks at. */
const OF_THE_BODY = /^Content-[A-Za-z-]+[ \t]*:/i;

/**
 * What an INVITE says of its messages. `device`: as `exchange.device`. Its Expires is the message's in Large Message Mode and for a
 * file, where it stands for one message; of a chat it limits the invitation alone (RFC 3261 §13.2.1).
 */
export function partiesOf(
  exchange: Leaving & Pick<Exchange, "device">,
  recipient: string,
  now: number,
  settings: DeferralSettings,
  egress: Egress,
  mode: SessionMessageParts["mode"] = "large",
): StoredParties {
  const stored = storedMessage(exchange, recipient, exchange.device, now, settings, egress, WITHOUT);
  let headers = "";
  for (const line of stored.headers.split("\r\n")) {
    // One of its own was left out: this is of the arrival of the INVITE.
    if (line !== "" && !line.startsWith("Date: ") && !OF_THE_BODY.test(line)) headers += `${line}\r\n`;
  }
  return {
    recipient,
    device: stored.device,
    sender: stored.sender,
    headers,
    callId: exchange.request.callId,
    lifetime_s: mode === "session" ? settings.default_s : (stored.expiresAt - stored.arrivedAt) / 1000,
  };
}

/** A message of a session as it is kept, with its time of arrival in Date. Known again by its Message-ID in that session. */
export function sessionMessage(parties: StoredParties, parts: SessionMessageParts, now: number): DeferredMessage {
  const { recipient, device, sender, callId, lifetime_s } = parties;
  const { mode, messageId, contentType, body, content } = parts;
  return {
    recipient,
    device,
    sender,
    arrivedAt: now,
    expiresAt: now + lifetime_s * 1000,
    transaction: `msrp\n${messageId}\n${callId}\n${recipient}`,
    headers: `${parties.headers}Date: ${new Date(now).toUTCString()}\r\nContent-Type: ${contentType}\r\n${
      parts.headers ?? ""
    }`,
    body: body ?? EMPTY,
    mode,
    messageId,
    content,
  };
}
