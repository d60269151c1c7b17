/**
 * Records of the log "documents". Numbers are big-endian, texts UTF-8, `boot` is 12 octets of ASCII, an id has 6 octets.
 *
 *     version = boot (12), modified at, ms (8, floating), octets of the text (4), its UTF-16 code units (4)
 *     key     = lengths of auid, owner and name (2 each), auid, owner, name
 *     WHOLE   = 1, version, key, number of parts (1), id of each part, text unless there are parts
 *     EDITS   = 2, version, id of the WHOLE it stands on, number of edits (1), edit*
 *     edit    = start (4), end (4), octets of insert (4), insert; start and end in UTF-16 code units
 *     PART    = 3, octets of a text
 *     GONE    = 4, key; without auid and name: all of that owner
 *
 * A version's entity tag is its `boot` and the id of its record. No record is ever replaced by another of its id.
 */
import { latin1Into, toLatin1 } from "../foundation/mod.ts";
import { readU32, readU48, writeU32, writeU48 } from "./kv/log_blob.ts";
import type { DocumentKey } from "./document_index.ts";

export const WHOLE = 1;
export const EDITS = 2;
export const PART = 3;
export const GONE = 4;

/** Octets of each of auid, owner and name, at most. */
export const MAX_KEY_OCTETS = 1000;
/** A text of more octets stands in parts of its own. */
export const INLINE_OCTETS = 240_000;
/** Edits of one record, at most. */
export const MAX_EDITS = 64;
/** Characters of what all tags of one opening of the store begin with: 72 random bits. */
export const BOOT_LENGTH = 12;

const VERSION_AT = 1;
const VERSION_OCTETS = BOOT_LENGTH + 16;
const REST_AT = VERSION_AT + VERSION_OCTETS;
const COUNT_AT = REST_AT + 6;
const EDITS_AT = COUNT_AT + 1;
/** Octets of an edit beside its insert. */
export const EDIT_HEAD = 12;

const encoder = new TextEncoder();
// A mark of byte order at the beginning is a part of the text.
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
/** Whatever is encoded stands here until the next call; as large as the largest record. */
const scratch = new Uint8Array(256 * 1024);
const view = new DataView(scratch.buffer);

/** What a record says of the version it makes. */
export interface VersionHead {
  readonly boot: string;
  readonly modifiedAt: number;
  readonly size: number;
  readonly length: number;
}

/** `[start, end)` of a text, in UTF-16 code units, is replaced by `insert`. */
export interface DocumentEdit {
  readonly start: number;
  readonly end: number;
  readonly insert: string;
}

export interface WholeHead extends VersionHead {
  readonly key: DocumentKey;
  /** Null: the text is in the record itself. */
  readonly parts: readonly number[] | null;
}

export interface EditsHead extends VersionHead {
  readonly base: number;
}

/** `parts`: where the text stands; null: it goes into the record. In memory that the next call uses again, as all `encode…` give. */
export function encodeWhole(
  version: VersionHead,
  key: DocumentKey,
  text: string,
  parts: readonly number[] | null,
): Uint8Array {
  scratch[0] = WHOLE;
  writeVersion(version);
  let at = writeKey(REST_AT, key);
  scratch[at++] = parts === null ? 0 : parts.length;
  if (parts === null) return scratch.subarray(0, writeText(at, text));
  for (const id of parts) {
    writeU48(scratch, at, id);
    at += 6;
  }
  return scratch.subarray(0, at);
}

/** `before`: the record this one takes the place of, whose edits come first; null: there are none yet. */
export function encodeEdits(
  version: VersionHead,
  base: number,
  before: Uint8Array | null,
  edit: DocumentEdit,
): Uint8Array {
  scratch[0] = EDITS;
  writeVersion(version);
  writeU48(scratch, REST_AT, base);
  scratch[COUNT_AT] = 1 + (before === null ? 0 : before[COUNT_AT]);
  let at = EDITS_AT;
  if (before !== null) {
    scratch.set(before.subarray(EDITS_AT), at);
    at += before.length - EDITS_AT;
  }
  writeU32(scratch, at, edit.start);
  writeU32(scratch, at + 4, edit.end);
  const end = writeText(at + EDIT_HEAD, edit.insert);
  writeU32(scratch, at + 8, end - at - EDIT_HEAD);
  return scratch.subarray(0, end);
}

/** A text as the payloads of PART records, in memory of their own. */
export function encodeParts(text: string): Uint8Array[] {
  const octets = encoder.encode(text);
  const parts: Uint8Array[] = [];
  for (let at = 0; at < octets.length; at += INLINE_OCTETS) {
    const part = new Uint8Array(1 + Math.min(INLINE_OCTETS, octets.length - at));
    part[0] = PART;
    part.set(octets.subarray(at, at + INLINE_OCTETS), 1);
    parts.push(part);
  }
  return parts;
}

export function encodeGone(key: DocumentKey): Uint8Array {
  scratch[0] = GONE;
  return scratch.subarray(0, writeKey(1, key));
}

export function decodeWhole(record: Uint8Array): WholeHead {
  const { key, end } = readKey(record, REST_AT);
  const count = record[end];
  const parts = count === 0 ? null : Array.from({ length: count }, (_, n) => readU48(record, end + 1 + 6 * n));
  return { ...readVersion(record), key, parts };
}

export function decodeEditsHead(record: Uint8Array): EditsHead {
  return { ...readVersion(record), base: readU48(record, REST_AT) };
}

export function decodeGone(record: Uint8Array): DocumentKey {
  return readKey(record, 1).key;
}

/** Edits in a record, and the octets they take in it. */
export function weightOfEdits(record: Uint8Array): { readonly count: number; readonly octets: number } {
  return { count: record[COUNT_AT], octets: record.length - EDITS_AT };
}

/** The text of a WHOLE record, from it or from its PARTs, with the edits of an EDITS record on top. Throws TypeError where it is no UTF-8. */
export function decodeText(whole: Uint8Array, parts: readonly Uint8Array[], edits: Uint8Array | null): string {
  let text = parts.length === 0 ? decoder.decode(whole.subarray(textAt(whole))) : decoder.decode(joined(parts));
  if (edits === null) return text;
  for (let at = EDITS_AT; at < edits.length;) {
    const insertAt = at + EDIT_HEAD;
    const end = insertAt + readU32(edits, at + 8);
    const insert = decoder.decode(edits.subarray(insertAt, end));
    text = text.slice(0, readU32(edits, at)) + insert + text.slice(readU32(edits, at + 4));
    at = end;
  }
  return text;
}

/** Behind a key without parts. */
function textAt(whole: Uint8Array): number {
  let at = REST_AT + 6;
  for (let n = 0; n < 3; n++) at += readU16(whole, REST_AT + 2 * n);
  return at + 1;
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const part of parts) length += part.length - 1;
  const octets = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    octets.set(part.subarray(1), at);
    at += part.length - 1;
  }
  return octets;
}

function writeVersion({ boot, modifiedAt, size, length }: VersionHead): void {
  latin1Into(boot, scratch, VERSION_AT);
  const at = VERSION_AT + BOOT_LENGTH;
  view.setFloat64(at, modifiedAt);
  writeU32(scratch, at + 8, size);
  writeU32(scratch, at + 12, length);
}

function readVersion(record: Uint8Array): VersionHead {
  const at = VERSION_AT + BOOT_LENGTH;
  return {
    boot: toLatin1(record, VERSION_AT, at),
    modifiedAt: new DataView(record.buffer, record.byteOffset + at, 8).getFloat64(0),
    size: readU32(record, at + 8),
    length: readU32(record, at + 12),
  };
}

function writeKey(at: number, { auid, owner, name }: DocumentKey): number {
  let end = at + 6;
  for (const [n, text] of [auid, owner, name].entries()) {
    const start = end;
    end = writeText(start, text);
    view.setUint16(at + 2 * n, end - start);
  }
  return end;
}

function readKey(record: Uint8Array, at: number): { key: DocumentKey; end: number } {
  const owner = at + 6 + readU16(record, at);
  const name = owner + readU16(record, at + 2);
  const end = name + readU16(record, at + 4);
  const text = (from: number, to: number) => decoder.decode(record.subarray(from, to));
  return { key: { auid: text(at + 6, owner), owner: text(owner, name), name: text(name, end) }, end };
}

function writeText(at: number, text: string): number {
  const { read, written } = encoder.encodeInto(text, scratch.subarray(at));
  if (read !== text.length) throw new RangeError(`${text.length} characters do not fit into a record`);
  return at + written;
}

function readU16(from: Uint8Array, at: number): number {
  return (from[at] << 8) | from[at + 1];
}
