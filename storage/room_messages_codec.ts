import { latin1Into, toLatin1 } from "../foundation/mod.ts";
import type { RoomMessage, StoredContent } from "./repositories.ts";

/*
 * A message of a room as a record:
 *
 *     form (1) flags (1) seq (8) at (8) from (4)
 *     lengths of room (2), messageId (2), contentType (2), numbers in `to` (2; 65,535: to all)
 *     room messageId contentType
 *     each number of `to` (4)
 *     id of the content (32), SHA-256 (32), octets (8), where the body is one; else the body
 *
 * `seq`, `at` and octets are IEEE doubles, all else unsigned, all big-endian; text is latin1.
 */
const FORM = 1;
const HEAD = 30;
const IN_CONTENT = 1;
const TO_ALL = 0xffff;
const TEXT_MAX = 0xffff;
const CONTENT_OCTETS = 72;

let scratch = new Uint8Array(16 * 1024);
let view = new DataView(scratch.buffer);

/**
 * The message as a record, in memory that the next call uses again. With `content` the body is left out. RangeError for a text or a list
 * that is too long or a content without valid id and hash, TypeError for text that is not latin1.
 */
export function encodeRoomMessage(room: string, message: RoomMessage, content: StoredContent | null): Uint8Array {
  const { seq, messageId, contentType, from, to, at } = message;
  const texts = [room, messageId, contentType];
  for (const text of texts) {
    if (text.length > TEXT_MAX) {
      throw new RangeError(`A text of ${text.length} octets; at most ${TEXT_MAX} are allowed`);
    }
  }
  if (to !== null && to.length >= TO_ALL) throw new RangeError(`A message to ${to.length} participants by number`);
  const text = texts.join("");
  const bodyAt = HEAD + text.length + 4 * (to === null ? 0 : to.length);
  const size = bodyAt + (content === null ? octetsIn(message.body) : CONTENT_OCTETS);
  reserve(size);
  scratch[0] = FORM;
  scratch[1] = content === null ? 0 : IN_CONTENT;
  view.setFloat64(2, seq);
  view.setFloat64(10, at);
  view.setUint32(18, from);
  for (let i = 0; i < texts.length; i++) view.setUint16(22 + 2 * i, texts[i].length);
  view.setUint16(28, to === null ? TO_ALL : to.length);
  writeText(text);
  let next = HEAD + text.length;
  for (const party of to ?? []) {
    view.setUint32(next, party);
    next += 4;
  }
  if (content === null) {
    for (const piece of message.body) {
      scratch.set(piece, next);
      next += piece.length;
    }
  } else {
    scratch.set(hexOctets(content.id), next);
    scratch.set(hexOctets(content.sha256), next + 32);
    view.setFloat64(next + 64, content.octets);
  }
  return scratch.subarray(0, size);
}

/** Octets of a body in pieces. */
export function octetsIn(body: readonly Uint8Array[]): number {
  let octets = 0;
  for (const piece of body) octets += piece.length;
  return octets;
}

function reserve(size: number): void {
  if (size <= scratch.length) return;
  scratch = new Uint8Array(size * 2);
  view = new DataView(scratch.buffer);
}

function writeText(text: string): void {
  for (let i = 0; i < text.length; i++) {
    if (text.charCodeAt(i) > 255) throw new TypeError("The text of the message is not latin1");
  }
  latin1Into(text, scratch, HEAD);
}

function hexOctets(text: string): Uint8Array {
  if (!/^[0-9a-f]{64}$/.test(text)) throw new RangeError("The id and the hash of a content are 64 hexadecimal digits");
  return Uint8Array.fromHex(text);
}

/** What is known of a stored message without its body. */
export interface RoomMessageHead {
  readonly room: string;
  readonly seq: number;
  /** Octets of the body, wherever it is. */
  readonly octets: number;
  /** Where the body is, if not in the record. */
  readonly content: StoredContent | null;
}

/** RangeError for a form that this Parley does not know. */
export function decodeRoomHead(record: Uint8Array): RoomMessageHead {
  const { room, seq, content, bodyAt } = read(record);
  return { room, seq, content, octets: content === null ? record.length - bodyAt : content.octets };
}

/** The message; `body` is empty where it is a content. Copied: nothing of the record is kept. */
export function decodeRoomMessage(record: Uint8Array): RoomMessage {
  const { seq, messageId, contentType, from, to, at, content, bodyAt } = read(record);
  const body = content === null ? [record.slice(bodyAt)] : [];
  return { seq, messageId, contentType, from, to, at, body };
}

function read(record: Uint8Array) {
  if (record[0] !== FORM) {
    throw new RangeError(`A stored message of a room has the form ${record[0]}, which is not known`);
  }
  const from = new DataView(record.buffer, record.byteOffset, record.length);
  const idAt = HEAD + from.getUint16(22);
  const typeAt = idAt + from.getUint16(24);
  let next = typeAt + from.getUint16(26);
  const room = toLatin1(record, HEAD, idAt);
  const messageId = toLatin1(record, idAt, typeAt);
  const contentType = toLatin1(record, typeAt, next);
  const parties = from.getUint16(28);
  let to: number[] | null = null;
  if (parties !== TO_ALL) {
    to = [];
    for (let i = 0; i < parties; i++, next += 4) to.push(from.getUint32(next));
  }
  const content = (record[1] & IN_CONTENT) === 0 ? null : {
    id: record.subarray(next, next + 32).toHex(),
    sha256: record.subarray(next + 32, next + 64).toHex(),
    octets: from.getFloat64(next + 64),
  };
  return {
    room,
    messageId,
    contentType,
    to,
    content,
    bodyAt: next,
    seq: from.getFloat64(2),
    at: from.getFloat64(10),
    from: from.getUint32(18),
  };
}
