import { EMPTY } from "../foundation/mod.ts";
import { CHECK_OCTETS, type SlotCipher } from "./history_cipher.ts";
import { OctetReader, type OctetWriter } from "./history_octets.ts";
import type { FindableMessage, HistoryMessage, SaidMessage } from "./history_types.ts";
import { writeU32 } from "./kv/log_blob.ts";

/*
 * A message, by itself in a record or with others in a segment:
 *
 *     flags (1), time (8), type (1), sender's URI, to, Message-ID; sender's name, type, headers, file, each if its flag is set;
 *     then the body, or the content that has it, up to the end
 *
 * The type is a number of TYPES, or NO_TYPE, and a text then. Texts have their length before them: one octet, or 255 and four.
 *
 * Without the flag SHORT it is one of before: flags (1), time (8), sender's URI and name, to, Message-ID, type, headers, file, then the body
 * or the content that has it; all lengths of four octets.
 */
const IN_CONTENT = 1;
const SHORT = 2;
const HAS_NAME = 4;
const HAS_HEADERS = 8;
const HAS_FILE = 16;

/** What most messages are. Their places in this list are stored: it only grows, at its end. */
const TYPES = [
  "text/plain",
  "text/plain;charset=UTF-8",
  "text/plain;charset=utf-8",
  "text/plain; charset=UTF-8",
  "text/plain; charset=utf-8",
  "message/cpim",
  "text/html",
] as const;
const NO_TYPE = 255;

/** Of messages that were put together: before all of them, and before each beside its length. */
const COUNT_OCTETS = 4;
const SEQ_OCTETS = 4;

/** Where the encryption begins in the record of a message. */
const NONCE_AT = 17;

/** Throws RangeError for a content that is none. */
export function writeMessage(to: OctetWriter, at: number, message: HistoryMessage): void {
  const { from: { uri, name }, headers, file, content } = message;
  const type = (TYPES as readonly string[]).indexOf(message.contentType);
  const flags = SHORT | (content === null ? 0 : IN_CONTENT) | (name === "" ? 0 : HAS_NAME) |
    (headers === "" ? 0 : HAS_HEADERS) | (file === "" ? 0 : HAS_FILE);
  to.u8(flags).f64(at).u8(type < 0 ? NO_TYPE : type).short(uri).short(message.to).short(message.messageId);
  if (name !== "") to.short(name);
  if (type < 0) to.short(message.contentType);
  if (headers !== "") to.short(headers);
  if (file !== "") to.short(file);
  if (content === null) to.raw(message.body);
  else to.content(content);
}

/** From the text of a message; nothing of it is kept. */
export function readMessage(text: Uint8Array, seq: number): SaidMessage {
  const from = new OctetReader(text);
  const flags = from.u8();
  return (flags & SHORT) === 0 ? readLong(from, flags, seq) : readShort(from, flags, seq);
}

function readShort(from: OctetReader, flags: number, seq: number): SaidMessage {
  const at = from.f64();
  const type = from.u8();
  const [uri, to, messageId] = [from.short(), from.short(), from.short()];
  const name = (flags & HAS_NAME) === 0 ? "" : from.short();
  const contentType = typeIn(from, type);
  const headers = (flags & HAS_HEADERS) === 0 ? "" : from.short();
  const file = (flags & HAS_FILE) === 0 ? "" : from.short();
  const inContent = (flags & IN_CONTENT) !== 0;
  const body = inContent ? EMPTY : from.raw(from.left).slice();
  const content = inContent ? from.content() : null;
  return { at, from: { uri, name }, to, messageId, contentType, headers, file, seq, body, content };
}

function readLong(from: OctetReader, flags: number, seq: number): SaidMessage {
  const message = {
    at: from.f64(),
    from: { uri: from.text(), name: from.text() },
    to: from.text(),
    messageId: from.text(),
    contentType: from.text(),
    headers: from.text(),
    file: from.text(),
  };
  const inContent = (flags & IN_CONTENT) !== 0;
  const body = inContent ? EMPTY : from.bytes().slice();
  return { ...message, seq, body, content: inContent ? from.content() : null };
}

/** Throws RangeError. */
function typeIn(from: OctetReader, type: number): string {
  if (type === NO_TYPE) return from.short();
  if (type < TYPES.length) return TYPES[type];
  throw new RangeError("A stored message is of a type that is not known");
}

/**
 * Puts messages together as `unpackMessages` reads them: each is decrypted to where it is to stand. `octets`: of their records, which are
 * larger than what becomes of them.
 */
export class MessagePacker {
  readonly #octets: Uint8Array;
  #length = COUNT_OCTETS;
  #count = 0;

  constructor(octets: number) {
    this.#octets = new Uint8Array(COUNT_OCTETS + octets);
  }

  /** Throws WrongKeyError. */
  add(cipher: SlotCipher, key: Uint8Array, seq: number, record: Uint8Array): void {
    const at = this.#length;
    // Its length takes the place of the check.
    const octets = cipher.decryptInto(key, record, NONCE_AT, this.#octets, at + SEQ_OCTETS, "a recorded message");
    writeU32(this.#octets, at, seq);
    writeU32(this.#octets, at + SEQ_OCTETS, octets - CHECK_OCTETS);
    this.#length = at + SEQ_OCTETS + octets;
    this.#count++;
  }

  done(): Uint8Array {
    writeU32(this.#octets, 0, this.#count);
    return this.#octets.subarray(0, this.#length);
  }
}

/** What may be found of each of a segment's messages, without the rest. */
export function* findableIn(value: Uint8Array): Iterable<FindableMessage> {
  const from = new OctetReader(value);
  for (let left = from.u32(); left > 0; left--) {
    from.u32();
    const length = from.u32();
    const behind = from.left - length;
    const message = findable(from, behind);
    if (from.left !== behind) throw new RangeError("A message of a segment is not as long as it says");
    yield message;
  }
}

/** `behind`: octets of those that follow it. */
function findable(from: OctetReader, behind: number): FindableMessage {
  const flags = from.u8();
  const isShort = (flags & SHORT) !== 0;
  from.f64();
  let contentType: string, headers = "", file = "";
  if (isShort) {
    const type = from.u8();
    from.skipShort().skipShort().skipShort();
    if ((flags & HAS_NAME) !== 0) from.skipShort();
    contentType = typeIn(from, type);
    if ((flags & HAS_HEADERS) !== 0) headers = from.short();
    if ((flags & HAS_FILE) !== 0) file = from.short();
  } else {
    from.skip().skip().skip().skip();
    contentType = from.text();
    headers = from.text();
    file = from.text();
  }
  if ((flags & IN_CONTENT) !== 0) return { contentType, headers, file, body: EMPTY, content: from.content() };
  const body = isShort ? from.raw(from.left - behind) : from.bytes();
  return { contentType, headers, file, body, content: null };
}

/** Messages of a segment in order, from one seq to another. */
export function* unpackMessages(value: Uint8Array, first: number, last: number): Iterable<SaidMessage> {
  const from = new OctetReader(value);
  for (let left = from.u32(); left > 0; left--) {
    const seq = from.u32();
    const text = from.bytes();
    if (seq >= first && seq <= last) yield readMessage(text, seq);
  }
}
