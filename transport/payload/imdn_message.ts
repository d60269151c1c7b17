import { randomToken } from "../../foundation/mod.ts";
import {
  cpimContentType,
  cpimDateTime,
  cpimFrom,
  type CpimHead,
  type CpimHeader,
  cpimHeaders,
  type CpimMessage,
  cpimSubjects,
  cpimTo,
} from "./cpim.ts";
import { type CpimAddress, cpimAddressText, parseCpimAddress } from "./cpim_text.ts";
import { type CpimExtension, type CpimParts, dateTimeText, writeCpim } from "./cpim_writer.ts";
import { type Disposition, type Imdn, IMDN_TYPE, parseImdn, writeImdn } from "./imdn.ts";
import { parseMediaType } from "./media_type.ts";
import { mimeHeader } from "./mime_head.ts";
import { parseMultipart, partHeader } from "./multipart.ts";
import { strictXml, type XmlReader } from "./xml_reader.ts";

/** The namespace of the CPIM headers (RFC 5438 §6.1). */
export const IMDN_HEADERS = "urn:ietf:params:imdn";

/** What a sender may ask for (§7.1.1.3). */
export type DispositionRequest = "positive-delivery" | "negative-delivery" | "processing" | "display";

const REQUESTS: readonly string[] = ["positive-delivery", "negative-delivery", "processing", "display"];

/** The imdn headers of a message. */
export interface ImdnHeaders {
  readonly messageId: string | undefined;
  /** Empty for none; words of extensions are passed over. */
  readonly requests: readonly DispositionRequest[];
  /** URI of the recipient before an intermediary changed it. */
  readonly originalTo: string | undefined;
  /** Whom notifications must pass, the first first. */
  readonly recordRoute: readonly CpimAddress[];
  /** In a notification: whom it has still to pass. */
  readonly route: readonly CpimAddress[];
}

/** Reads them. Throws SyntaxError for an address that is none. */
export function imdnHeaders(head: CpimHead): ImdnHeaders {
  const value = (name: string) => imdnHeaderList(head, name)[0]?.value.trim();
  const addresses = (name: string) => imdnHeaderList(head, name).map((header) => parseCpimAddress(header.value));
  const words = (value("Disposition-Notification") ?? "").split(",").map((word) => word.split(";")[0].trim());
  return {
    messageId: value("Message-ID") || undefined,
    requests: [...new Set(words.filter((word) => REQUESTS.includes(word)))] as DispositionRequest[],
    originalTo: addresses("Original-To")[0]?.uri,
    recordRoute: addresses("IMDN-Record-Route"),
    route: addresses("IMDN-Route"),
  };
}

/** The headers that ask for notifications, for `CpimParts.extensions`; `imdnNamespace` declares their prefix. */
export function imdnRequest(messageId: string, requests: readonly DispositionRequest[]): CpimExtension[] {
  const id = imdnExtension("Message-ID", messageId);
  return requests.length === 0 ? [id] : [id, imdnExtension("Disposition-Notification", requests.join(", "))];
}

/** For `CpimParts.namespaces`. */
export const imdnNamespace: readonly [prefix: string, uri: string] = ["imdn", IMDN_HEADERS];

/** A new Message-ID: 144 random bits (§6.3 wants 64). */
export function newImdnMessageId(): string {
  // A token must begin with no sign that some reader takes for an option or a number.
  return `m${randomToken(24)}`;
}

/** True for a notification, also for several in one (§8.3, §9): by its type, or by its disposition. */
export function isImdn(head: CpimHead): boolean {
  const type = cpimContentType(head).split(";", 1)[0].trim().toLowerCase();
  if (type === IMDN_TYPE) return true;
  const disposition = mimeHeader(head.contentHeaders, "Content-Disposition") ?? "";
  return disposition.split(";", 1)[0].trim().toLowerCase() === "notification";
}

/** The notifications in a message, one or several (§8.3). Throws SyntaxError where there is none, or one is malformed. */
export function imdnsOf(message: CpimMessage, xml: XmlReader = strictXml): Imdn[] {
  const type = cpimContentType(message);
  const { essence } = parseMediaType(type);
  if (essence === IMDN_TYPE) return [parseImdn(message.body, xml)];
  if (!essence.startsWith("multipart/")) throw new SyntaxError(`${essence} is no notification`);
  const found = parseMultipart(type, message.body)
    .filter((part) => (partHeader(part, "Content-Type") ?? "").split(";", 1)[0].trim().toLowerCase() === IMDN_TYPE)
    .map((part) => parseImdn(part.body, xml));
  if (found.length === 0) throw new SyntaxError("a multipart without a notification");
  return found;
}

/** True where a sender asked to be told this. An error or a refusal answers whichever kind of delivery was asked for. */
export function asksFor(requests: readonly DispositionRequest[], { kind, status }: Disposition): boolean {
  if (kind !== "delivery") return requests.includes(kind);
  if (status === "delivered") return requests.includes("positive-delivery");
  if (status === "failed") return requests.includes("negative-delivery");
  return requests.includes("positive-delivery") || requests.includes("negative-delivery");
}

/** A notification, ready to be sent. */
export interface Notification {
  /** Where it goes: the first of the message's IMDN-Record-Route, else its From (§7.2.1). */
  readonly to: string;
  /** Its own Message-ID. */
  readonly messageId: string;
  /** `message/cpim` octets. */
  readonly body: Uint8Array;
}

export interface NotificationOptions {
  /** Wall time, ms since the epoch. */
  readonly now: number;
  /** Who tells; the message's first To where it is left out. */
  readonly from?: CpimAddress;
  /** The final recipient's URI; the message's first To where it is left out; null: not to be revealed (§8). */
  readonly recipientUri?: string | null;
  readonly messageId?: string;
}

/**
 * The notification about a message (§7.2.1, §8.1, §8.2); null where none is due: it was not asked for, the message has no
 * Message-ID or no sender, or it is a notification itself. Whoever calls it sends one of each kind at most. Throws SyntaxError
 * for a message whose addresses are none.
 */
export function notificationFor(
  message: CpimHead,
  disposition: Disposition,
  options: NotificationOptions,
): Notification | null {
  if (isImdn(message)) return null;
  const { messageId, requests, originalTo, recordRoute } = imdnHeaders(message);
  const sender = cpimFrom(message);
  if (messageId === undefined || sender === undefined || !asksFor(requests, disposition)) return null;
  const recipient = cpimTo(message)[0];
  const from = options.from ?? recipient;
  const reveal = options.recipientUri !== null;
  const recipientUri = options.recipientUri ?? recipient?.uri;
  const subject = cpimSubjects(message)[0];
  const imdn: Imdn = {
    messageId,
    dateTime: cpimDateTime(message) ?? dateTimeText(options.now),
    ...(reveal && recipientUri !== undefined && { recipientUri }),
    ...(reveal && originalTo !== undefined && { originalRecipientUri: originalTo }),
    ...(subject && { subject }),
    disposition,
  };
  const id = options.messageId ?? newImdnMessageId();
  const parts: CpimParts = {
    // Without its name: liblinphone 5.1 takes no notification whose From has one.
    ...(from && { from: { name: "", uri: from.uri } }),
    to: [sender],
    dateTime: dateTimeText(options.now),
    namespaces: [imdnNamespace],
    extensions: [
      imdnExtension("Message-ID", id),
      ...recordRoute.map((address) => imdnExtension("IMDN-Route", cpimAddressText(address))),
    ],
    contentHeaders: [["Content-Type", IMDN_TYPE], ["Content-Disposition", "notification"]],
  };
  return { to: recordRoute[0]?.uri ?? sender.uri, messageId: id, body: writeCpim(parts, writeImdn(imdn)) };
}

/** A header of the prefix that `imdnNamespace` declares. */
export function imdnExtension(name: string, value: string): CpimExtension {
  return { prefix: "imdn", name, value };
}

/** Headers of the namespace; those of an undeclared prefix `imdn` too, which clients forget to declare. */
export function imdnHeaderList(head: CpimHead, name: string): CpimHeader[] {
  const declared = cpimHeaders(head, name, IMDN_HEADERS);
  return declared.length > 0
    ? declared
    : head.headers.filter((header) => header.namespace === undefined && header.written === `imdn.${name}`);
}
