/**
 * The text of one blob of a SealedLog: a head, then records.
 *
 *     blob   = version (1), oldest blob kept (6), next free id (6), record*
 *     record = kind (1), id (6), length (4), payload
 *
 * Numbers are big-endian. Of several records with one id, the last holds.
 */
export const BLOB_HEAD = 13;
export const RECORD_HEAD = 11;
export const PUT = 1;
export const REMOVE = 2;
const VERSION = 1;

export function writeU48(into: Uint8Array, at: number, value: number): void {
  const high = Math.floor(value / 0x1_0000_0000);
  into[at] = high >>> 8;
  into[at + 1] = high;
  writeU32(into, at + 2, value >>> 0);
}

export function writeU32(into: Uint8Array, at: number, value: number): void {
  into[at] = value >>> 24;
  into[at + 1] = value >>> 16;
  into[at + 2] = value >>> 8;
  into[at + 3] = value;
}

export function readU32(from: Uint8Array, at: number): number {
  return ((from[at] << 24) | (from[at + 1] << 16) | (from[at + 2] << 8) | from[at + 3]) >>> 0;
}

export function readU48(from: Uint8Array, at: number): number {
  return ((from[at] << 8) | from[at + 1]) * 0x1_0000_0000 + readU32(from, at + 2);
}

export function writeBlobHead(into: Uint8Array, oldest: number, nextId: number): void {
  into[0] = VERSION;
  writeU48(into, 1, oldest);
  writeU48(into, 7, nextId);
}

export function oldestOf(blob: Uint8Array): number {
  return readU48(blob, 1);
}
export function nextIdOf(blob: Uint8Array): number {
  return readU48(blob, 7);
}

export function writeRecord(
  into: Uint8Array,
  at: number,
  kind: number,
  id: number,
  payload: Uint8Array | null,
): number {
  into[at] = kind;
  writeU48(into, at + 1, id);
  const length = payload === null ? 0 : payload.length;
  writeU32(into, at + 7, length);
  if (payload !== null) into.set(payload, at + RECORD_HEAD);
  return at + RECORD_HEAD + length;
}

/** Told of each record; `offset` and `size` are those of its payload in the blob. */
export interface RecordVisitor {
  onRecord(kind: number, id: number, offset: number, size: number): void;
}

/** Walks over the records of a blob; false when its framing is wrong (which its seal should have told). */
export function visitRecords(blob: Uint8Array, visitor: RecordVisitor): boolean {
  if (blob.length < BLOB_HEAD || blob[0] !== VERSION) return false;
  let at = BLOB_HEAD;
  while (at + RECORD_HEAD <= blob.length) {
    const size = readU32(blob, at + 7);
    const next = at + RECORD_HEAD + size;
    if (next > blob.length) return false;
    visitor.onRecord(blob[at], readU48(blob, at + 1), at + RECORD_HEAD, size);
    at = next;
  }
  return at === blob.length;
}
