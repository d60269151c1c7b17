import { latin1Into, toLatin1 } from "../foundation/mod.ts";
import type { DeferredMessage } from "./repositories.ts";

/*
 * A deferred message as a record:
 *
 *     arrived (8) expires (8) recipient (2+n) device (2+n) sender (2+n) transaction (2+n) headers (4+n) body (rest)
 *
 * Times are IEEE doubles, lengths unsigned, all big-endian; text is latin1, as heads are everywhere.
 */
const TIMES = 16;
const SHORT_MAX = 0xffff;

let scratch = new Uint8Array(16 * 1024);
let view = new DataView(scratch.buffer);

/** Nothing but characters of one octet. */
function isLatin1(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 255) return false;
  return true;
}

/**
 * The message as a record, in memory that the next call uses again. RangeError for a field beyond 65,535 octets, TypeError for
 * text that is not latin1.
 */
export function encodeDeferred(message: DeferredMessage): Uint8Array {
  const { recipient, device, sender, transaction, headers, body } = message;
  const size = TIMES + 8 + recipient.length + device.length + sender.length + transaction.length + 4 + headers.length +
    body.length;
  if (size > scratch.length) {
    scratch = new Uint8Array(size * 2);
    view = new DataView(scratch.buffer);
  }
  view.setFloat64(0, message.arrivedAt);
  view.setFloat64(8, message.expiresAt);
  let at = writeShort(recipient, TIMES, "recipient");
  at = writeShort(device, at, "device");
  at = writeShort(sender, at, "sender");
  at = writeShort(transaction, at, "transaction");
  view.setUint32(at, headers.length);
  at = writeText(headers, at + 4, "headers");
  scratch.set(body, at);
  return scratch.subarray(0, size);
}

function writeShort(text: string, at: number, what: string): number {
  if (text.length > SHORT_MAX) throw new RangeError(`The ${what} has ${text.length} octets; at most ${SHORT_MAX} are allowed`);
  view.setUint16(at, text.length);
  return writeText(text, at + 2, what);
}

function writeText(text: string, at: number, what: string): number {
  // Characters beyond one octet make latin1Into leave the fast way; only then is it worth looking for them.
  latin1Into(text, scratch, at);
  for (let i = at; i < at + text.length; i++) {
    if (scratch[i] > 127) {
      if (!isLatin1(text)) throw new TypeError(`The ${what} is not latin1 text`);
      break;
    }
  }
  return at + text.length;
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

export function decodeHead(record: Uint8Array): DeferredHead {
  const from = new DataView(record.buffer, record.byteOffset, record.length);
  let at = TIMES;
  const recipient = readShort(record, from, at);
  at += 2 + recipient.length;
  const device = readShort(record, from, at);
  at += 2 + device.length;
  at += 2 + from.getUint16(at);
  const transaction = readShort(record, from, at);
  at += 2 + transaction.length;
  return { recipient, device, transaction, expiresAt: from.getFloat64(8), size: record.length - at - 4 };
}

/** The whole message; nothing in it points into the record. */
export function decodeDeferred(record: Uint8Array): DeferredMessage {
  const from = new DataView(record.buffer, record.byteOffset, record.length);
  let at = TIMES;
  const recipient = readShort(record, from, at);
  at += 2 + recipient.length;
  const device = readShort(record, from, at);
  at += 2 + device.length;
  const sender = readShort(record, from, at);
  at += 2 + sender.length;
  const transaction = readShort(record, from, at);
  at += 2 + transaction.length;
  const length = from.getUint32(at);
  at += 4;
  return {
    recipient,
    device,
    sender,
    transaction,
    arrivedAt: from.getFloat64(0),
    expiresAt: from.getFloat64(8),
    headers: toLatin1(record, at, at + length),
    body: record.slice(at + length),
  };
}

function readShort(record: Uint8Array, from: DataView, at: number): string {
  return toLatin1(record, at + 2, at + 2 + from.getUint16(at));
}

/** What a removal leaves in the log: `removed at (8) transaction`. */
export function encodeRemoval(removedAt: number, transaction: string): Uint8Array {
  const note = new Uint8Array(8 + transaction.length);
  new DataView(note.buffer).setFloat64(0, removedAt);
  latin1Into(transaction, note, 8);
  return note;
}

export function decodeRemoval(note: Uint8Array): { removedAt: number; transaction: string } {
  const removedAt = new DataView(note.buffer, note.byteOffset, note.length).getFloat64(0);
  return { removedAt, transaction: toLatin1(note, 8) };
}
