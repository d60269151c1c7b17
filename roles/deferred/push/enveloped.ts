import { fromLatin1, toLatin1 } from "../../../foundation/mod.ts";
import type { DeferredMessage } from "../../../storage/mod.ts";
import {
  CPIM_NAMESPACE,
  CPIM_TYPE,
  cpimAddressText,
  cpimContentType,
  cpimDateTime,
  cpimFrom,
  type CpimHead,
  dateTimeText,
  escapeCpim,
  imdnHeaders,
  isImdn,
  mediaType,
  readCpimHead,
} from "../../../transport/payload/mod.ts";
import { tryNameAddr } from "../../../transport/sip/mod.ts";
import type { Envelope } from "../../session_media/mod.ts";
import { addressOfText } from "../../sip_core/mod.ts";
import { contentTypeOf } from "../stored_message.ts";
import { type KeptLines, keptLines } from "./kept_lines.ts";

const NONE = new Uint8Array(0);

/**
 * Wraps a stored message, or looks at the wrapper it came in. `start`: the first octets of its body; 32 KiB are enough. Null where
 * it says that it is wrapped and is not: nobody could read it.
 *
 * What is wrapped stays as it was sent but for two things: a time where it has none, and a From that is not who its sender was
 * asserted to be: in a session from the box there is nothing else by which a client could tell.
 */
export function envelopeOf(message: DeferredMessage, start: Uint8Array, messageId: string): Envelope | null {
  const lines = keptLines(message.headers);
  if (mediaType(lines.contentType) !== CPIM_TYPE) return newEnvelope(message, lines, messageId);
  let head: CpimHead | null;
  try {
    head = readCpimHead(start);
    if (head === null) return null;
    const { requests } = imdnHeaders(head);
    const inner = mediaType(cpimContentType(head));
    const notifies = requests.length > 0 && !isImdn(head);
    const edited = corrected(message, lines, start, head);
    if (edited === null) return { head: NONE, skip: 0, inner, notifies };
    return { head: edited, skip: head.contentAt, inner, notifies };
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

/** The message's headers with what had to be put right; null where nothing had. */
function corrected(
  message: DeferredMessage,
  kept: KeptLines,
  start: Uint8Array,
  head: CpimHead,
): Uint8Array | null {
  const dated = cpimDateTime(head) !== undefined;
  const { shown, others } = senderOf(message, kept);
  const named = nameIn(head);
  const honest = named !== null && (named === shown.uriText || isSame(named, shown.uriText, others));
  if (dated && honest) return null;
  const lines = toLatin1(start, 0, head.contentAt - 4).split("\r\n");
  if (!honest) {
    const at = head.headers.findIndex(({ name, namespace }) => name === "From" && namespace === CPIM_NAMESPACE);
    if (at >= 0) lines.splice(at, 1);
    lines.unshift(`From: ${addressText(shown)}`);
  }
  // In front, where no NS can have made another namespace the default.
  if (!dated) lines.unshift(`DateTime: ${dateTimeText(timeOf(message, kept))}`);
  return fromLatin1(`${lines.join("\r\n")}\r\n\r\n`);
}

function nameIn(head: CpimHead): string | null {
  try {
    return cpimFrom(head)?.uri ?? null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

function newEnvelope(message: DeferredMessage, kept: KeptLines, messageId: string): Envelope {
  const { contentType, subject, encoding, disposition, language } = kept;
  const to = tryNameAddr(kept.to);
  // Header values are octets as characters; so is what is made of them.
  let head = `From: ${addressText(senderOf(message, kept).shown)}\r\n` +
    `To: ${to === null ? `<${message.recipient}>` : addressText(to)}\r\n` +
    `DateTime: ${dateTimeText(timeOf(message, kept))}\r\n`;
  if (subject !== "") head += `Subject: ${escapeCpim(subject)}\r\n`;
  head += `NS: imdn <urn:ietf:params:imdn>\r\nimdn.Message-ID: ${messageId}\r\n\r\n` +
    `Content-Type: ${contentType === "" ? "text/plain" : oneLine(contentType)}\r\n`;
  if (encoding !== "") head += `Content-Encoding: ${oneLine(encoding)}\r\n`;
  if (disposition !== "") head += `Content-Disposition: ${oneLine(disposition)}\r\n`;
  if (language !== "") head += `Content-Language: ${oneLine(language)}\r\n`;
  return { head: fromLatin1(`${head}\r\n`), skip: 0, inner: mediaType(contentType) || "text/plain", notifies: false };
}

/** Without what some reader might take for the end of a line. */
function oneLine(value: string): string {
  // deno-lint-ignore no-control-regex
  return value.replace(/[\x00-\x08\x0a-\x1f\x7f]/g, " ");
}

/** The wrapper taken off, as a message for a device that cannot read it; null where there is none, or it cannot be read. */
export function unwrapped(message: DeferredMessage): DeferredMessage | null {
  if (message.body.length === 0 || mediaType(contentTypeOf(message.headers)) !== CPIM_TYPE) return null;
  try {
    const head = readCpimHead(message.body);
    if (head === null || isImdn(head)) return null;
    return withContent(message, cpimContentType(head), message.body.subarray(head.bodyAt));
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

/** The same with another content: the lines that tell of the one before go. */
export function withContent(message: DeferredMessage, contentType: string, body: Uint8Array): DeferredMessage {
  let lines = "";
  for (const line of message.headers.split("\r\n")) {
    if (line !== "" && !/^(?:Content-[A-Za-z]+|[ce])[ \t]*:/i.test(line)) lines += `${line}\r\n`;
  }
  return { ...message, headers: `${lines}Content-Type: ${oneLine(contentType)}\r\n`, body };
}

/** When it was sent: what its sender said (Date), else when it came. */
function timeOf({ arrivedAt }: DeferredMessage, { date }: KeptLines): number {
  const said = date === "" ? NaN : Date.parse(date);
  return Number.isNaN(said) ? arrivedAt : said;
}

/** Whom the recipient is to see: who was asserted, else From. `others`: further names that were asserted for the same sender. */
function senderOf(
  { sender }: DeferredMessage,
  { asserted, from }: KeptLines,
): { readonly shown: Shown; readonly others: string } {
  const named = tryNameAddr(from);
  if (asserted !== "") {
    const comma = endOfFirst(asserted);
    const first = tryNameAddr(asserted.slice(0, comma));
    if (first !== null) {
      const displayName = first.displayName === "" && named !== null ? named.displayName : first.displayName;
      return { shown: { displayName, uriText: first.uriText }, others: asserted.slice(comma + 1) };
    }
  }
  return { shown: named ?? { displayName: "", uriText: sender }, others: "" };
}

interface Shown {
  readonly displayName: string;
  readonly uriText: string;
}

/** Where the first value of a list ends: a comma outside of quotes and brackets. */
function endOfFirst(list: string): number {
  const close = list.indexOf(">");
  const comma = list.indexOf(",", close < 0 ? 0 : close);
  return comma < 0 ? list.length : comma;
}

function isSame(named: string, shown: string, others: string): boolean {
  if (others.includes(`<${named}>`)) return true;
  try {
    const { aor } = addressOfText(named);
    return aor !== "" && aor === addressOfText(shown).aor;
  } catch (error) {
    if (error instanceof SyntaxError) return false;
    throw error;
  }
}

function addressText({ displayName, uriText }: Shown): string {
  return cpimAddressText({ name: displayName, uri: uriText });
}
