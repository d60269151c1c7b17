import { latin1Into, toLatin1 } from "../foundation/mod.ts";
import type { DeferredMessage } from "./repositories.ts";

/*
 * A deferred message as a record:
 *
 *     arrived (8) expires (8)
 *     lengths of recipient (2), device (2), sender (2), transaction (2), headers (4)
 *     recipient device sender transaction headers body
 *
 * Times are IEEE doubles, lengths unsigned, all big-endian; text is latin1, as heads are everywhere. The texts stand together
 * because each conversion costs by the call.
 */
const HEAD = 28;
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
 * The message as a record, in memory that the next call uses again. RangeError for a field beyond 65,535 octets, TypeError for
 * text that is not latin1.
 */
export function encodeDeferred(message: DeferredMessage): Uint8Array {
  const { recipient, device, sender, transaction, headers, body } = message;
  const text = recipient + device + sender + transaction + headers;
  const size = HEAD + text.length + body.length;
  reserve(size);
  for (let i = 0; i < FIELDS.length; i++) {
    const { length } = message[FIELDS[i]];
    if (length > SHORT_MAX) {
      throw new RangeError(`The ${FIELDS[i]} has ${length} octets; at most ${SHORT_MAX} are allowed`);
    }
    view.setUint16(16 + 2 * i, length);
  }
  view.setFloat64(0, message.arrivedAt);
  view.setFloat64(8, message.expiresAt);
  view.setUint32(24, headers.length);
  writeText(text, HEAD);
  scratch.set(body, HEAD + text.length);
  return scratch.subarray(0, size);
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
  readonly expiresAt: number;
  /** Octets of headers and body. */
  readonly size: number;
}

/** Each text in memory of its own. */
export function decodeHead(record: Uint8Array): DeferredHead {
  const from = new DataView(record.buffer, record.byteOffset, record.length);
  const device = HEAD + from.getUint16(16);
  const sender = device + from.getUint16(18);
  const transaction = sender + from.getUint16(20);
  const headers = transaction + from.getUint16(22);
  return {
    recipient: toLatin1(record, HEAD, device),
    device: toLatin1(record, device, sender),
    transaction: toLatin1(record, transaction, headers),
    expiresAt: from.getFloat64(8),
    size: record.length - headers,
  };
}

/** The whole message; nothing in it points into the record. */
export function decodeDeferred(record: Uint8Array): DeferredMessage {
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
