import { latin1Into, toLatin1 } from "../foundation/mod.ts";
import type { DeferredMessage, DeferredMode, StoredContent } from "./repositories.ts";

/*
 * A deferred message as a record:
 *
 *     arrived (8) expires (8)
 *     lengths of recipient (2), device (2), sender (2), transaction (2), headers (4)
 *     recipient device sender transaction headers body
 *
 * and before that, where it is no plain pager message:
 *
 *     mark (1) form (1) mode (1) content there (1) length of messageId (2)
 *     messageId
 *     id of the content (32), SHA-256 (32), octets (8), where it is there
 *
 * Times and the octets of a content are IEEE doubles, lengths unsigned, all big-endian; text is latin1, as heads are everywhere.
 * The texts stand together because each conversion costs by the call. The mark is 0xff, with which no time can begin: as a double it
 * would be below -10^303. Records without it are those of all Parleys, also of the first.
 */
const HEAD = 28;
const MARK = 0xff;
const FORM = 2;
const MORE_HEAD = 6;
const CONTENT_OCTETS = 72;
const MODES: readonly DeferredMode[] = ["pager", "large", "session", "file"];
const SHORT_MAX = 0xffff;
const FIELDS = ["recipient", "device", "sender", "transaction"] as const;

const encoder = new TextEncoder();
let scratch = new Uint8Array(16 * 1024);
let view = new DataView(scratch.buffer);

function reserve(size: number): void {
  if (size <= scratch.length) return;
  scratch = new Uint8Array(size * 2);
  view = new DataView(scratch.buffer);
}

/**
 * The message as a record, in memory that the next call uses again. RangeError for a field beyond 65,535 octets or a content that has
 * no valid id or hash, TypeError for text that is not latin1.
 */
export function encodeDeferred(message: DeferredMessage): Uint8Array {
  const { recipient, device, sender, transaction, headers, body } = message;
  const text = recipient + device + sender + transaction + headers;
  const more = octetsOfMore(message);
  const size = more + HEAD + text.length + body.length;
  reserve(size);
  if (more > 0) writeMore(message);
  for (let i = 0; i < FIELDS.length; i++) {
    const { length } = message[FIELDS[i]];
    if (length > SHORT_MAX) {
      throw new RangeError(`The ${FIELDS[i]} has ${length} octets; at most ${SHORT_MAX} are allowed`);
    }
    view.setUint16(more + 16 + 2 * i, length);
  }
  view.setFloat64(more, message.arrivedAt);
  view.setFloat64(more + 8, message.expiresAt);
  view.setUint32(more + 24, headers.length);
  writeText(text, more + HEAD);
  scratch.set(body, more + HEAD + text.length);
  return scratch.subarray(0, size);
}

/** Octets before the head: none for a plain pager message. */
function octetsOfMore({ mode = "pager", messageId = "", content = null }: DeferredMessage): number {
  if (mode === "pager" && messageId === "" && content === null) return 0;
  return MORE_HEAD + messageId.length + (content === null ? 0 : CONTENT_OCTETS);
}

function writeMore({ mode = "pager", messageId = "", content = null }: DeferredMessage): void {
  if (messageId.length > SHORT_MAX) {
    throw new RangeError(`The messageId has ${messageId.length} octets; at most ${SHORT_MAX} are allowed`);
  }
  scratch[0] = MARK;
  scratch[1] = FORM;
  scratch[2] = MODES.indexOf(mode);
  scratch[3] = content === null ? 0 : 1;
  view.setUint16(4, messageId.length);
  writeText(messageId, MORE_HEAD);
  if (content === null) return;
  const at = MORE_HEAD + messageId.length;
  scratch.set(hexOctets(content.id), at);
  scratch.set(hexOctets(content.sha256), at + 32);
  view.setFloat64(at + 64, content.octets);
}

function hexOctets(text: string): Uint8Array {
  if (!/^[0-9a-f]{64}$/.test(text)) throw new RangeError("The id and the hash of a content are 64 hexadecimal digits");
  return Uint8Array.fromHex(text);
}

/** What stands before the head. */
interface More {
  readonly mode: DeferredMode;
  readonly messageId: string;
  readonly content: StoredContent | null;
  /** The record from its head on. */
  readonly rest: Uint8Array;
}

/** RangeError for a form that this Parley does not know. */
function readMore(record: Uint8Array): More {
  if (record[0] !== MARK) return { mode: "pager", messageId: "", content: null, rest: record };
  const mode = MODES[record[2]];
  if (record[1] !== FORM || mode === undefined) {
    throw new RangeError(`A stored message has the form ${record[1]} and the mode ${record[2]}, which are not known`);
  }
  const from = new DataView(record.buffer, record.byteOffset, record.length);
  const at = MORE_HEAD + from.getUint16(4);
  const messageId = toLatin1(record, MORE_HEAD, at);
  if (record[3] === 0) return { mode, messageId, content: null, rest: record.subarray(at) };
  const content = {
    id: record.subarray(at, at + 32).toHex(),
    sha256: record.subarray(at + 32, at + 64).toHex(),
    octets: from.getFloat64(at + 64),
  };
  return { mode, messageId, content, rest: record.subarray(at + CONTENT_OCTETS) };
}

function writeText(text: string, at: number): void {
  // Almost all text is ASCII, where UTF-8 is the same and fast.
  const { read, written } = encoder.encodeInto(text, scratch.subarray(at));
  if (read === text.length && written === text.length) return;
  for (let i = 0; i < text.length; i++) {
    if (text.charCodeAt(i) > 255) throw new TypeError("The text of the message is not latin1");
  }
  latin1Into(text, scratch, at);
}

/** What is kept in memory of a record at start. */
export interface DeferredHead {
  readonly recipient: string;
  readonly device: string;
  readonly transaction: string;
  readonly arrivedAt: number;
  readonly expiresAt: number;
  readonly mode: DeferredMode;
  readonly content: StoredContent | null;
  /** Octets of headers, body and content. */
  readonly size: number;
}

/** Each text in memory of its own. RangeError for a form that this Parley does not know. */
export function decodeHead(whole: Uint8Array): DeferredHead {
  const { mode, content, rest: record } = readMore(whole);
  const from = new DataView(record.buffer, record.byteOffset, record.length);
  const device = HEAD + from.getUint16(16);
  const sender = device + from.getUint16(18);
  const transaction = sender + from.getUint16(20);
  const headers = transaction + from.getUint16(22);
  return {
    recipient: toLatin1(record, HEAD, device),
    device: toLatin1(record, device, sender),
    transaction: toLatin1(record, transaction, headers),
    arrivedAt: from.getFloat64(0),
    expiresAt: from.getFloat64(8),
    mode,
    content,
    size: record.length - headers + (content === null ? 0 : content.octets),
  };
}

/** The whole message; nothing in it points into the record. RangeError for a form that this Parley does not know. */
export function decodeDeferred(whole: Uint8Array): DeferredMessage {
  const { mode, messageId, content, rest: record } = readMore(whole);
  const from = new DataView(record.buffer, record.byteOffset, record.length);
  const device = from.getUint16(16);
  const sender = device + from.getUint16(18);
  const transaction = sender + from.getUint16(20);
  const headers = transaction + from.getUint16(22);
  const end = headers + from.getUint32(24);
  // One conversion; the pieces keep the whole, of which the headers are the most anyway.
  const text = toLatin1(record, HEAD, HEAD + end);
  return {
    recipient: text.slice(0, device),
    device: text.slice(device, sender),
    sender: text.slice(sender, transaction),
    transaction: text.slice(transaction, headers),
    arrivedAt: from.getFloat64(0),
    expiresAt: from.getFloat64(8),
    headers: text.slice(headers),
    body: record.slice(HEAD + end),
    mode,
    messageId,
    content,
  };
}

/** What a removal leaves in the log, `removed at (8) transaction`, in memory that the next call uses again. */
export function encodeRemoval(removedAt: number, transaction: string): Uint8Array {
  reserve(8 + 3 * transaction.length);
  view.setFloat64(0, removedAt);
  writeText(transaction, 8);
  return scratch.subarray(0, 8 + transaction.length);
}

export function decodeRemoval(note: Uint8Array): { removedAt: number; transaction: string } {
  const removedAt = new DataView(note.buffer, note.byteOffset, note.length).getFloat64(0);
  return { removedAt, transaction: toLatin1(note, 8) };
}

/** The transaction of a record just encoded, in memory of its own. */
export function transactionOf(record: Uint8Array, transaction: string, headers: string, body: Uint8Array): string {
  const end = record.length - body.length - headers.length;
  return toLatin1(record, end - transaction.length, end);
}
