import { Buffer } from "node:buffer";
import { toLatin1 } from "../foundation/mod.ts";
import { CHECK_OCTETS, ENCRYPTION_OVERHEAD, type SlotCipher } from "./history_cipher.ts";
import { OctetReader, OctetWriter } from "./history_octets.ts";
import { writeMessage } from "./history_message_codec.ts";
import type { HistoryMessage, HistoryParty, TalkKind } from "./history_types.ts";
import type { StoredContent } from "./repositories.ts";

/*
 * Records of the log "history". What stands before the nonce is under the seal of the log alone; `{}` is encrypted with a slot's key, too:
 *
 *     recording  1, slot (4), nonce, {kind, version, expiry, owner, reference, with; name, subject, group, parties}
 *     strand     2, slot (4), number of recordings (4), id of each (8)
 *     fresh      3, slot (4), strand (8), seq (4), nonce, {message}              one message, by itself
 *     segment    4, slot (4), strand (8), number (4), nonce, {first and last seq, times, count, octets, version, contents, signature}
 *     mark       5, slot (4), nonce, {owner, peer, time, reference, seq}
 *
 * Texts and lists have their length (4) before them. A message is as history_message_codec.ts has it.
 */
export const RECORDING = 1;
export const STRAND = 2;
export const FRESH = 3;
export const SEGMENT = 4;
export const MARK = 5;

const KINDS: readonly TalkKind[] = ["pager", "large", "session", "file", "room"];
const OPEN = 0x80;

/** Where the nonce is: in a record of something, and of a part of a strand. */
const OWN_NONCE = 5;
const PART_NONCE = 17;

const plain = new OctetWriter();
const record = new OctetWriter();

/** What is told of a recording, and seldom asked for. */
export interface RecordingFace {
  readonly name: string;
  readonly subject: string;
  readonly group: HistoryParty;
  readonly parties: readonly HistoryParty[];
}

/** What is at hand of every recording. */
export interface RecordingHead {
  readonly kind: TalkKind;
  /** It was recorded when this was written. */
  readonly open: boolean;
  readonly version: number;
  readonly expiresAt: number;
  readonly owner: string;
  readonly reference: string;
  readonly with: string;
}

/** What is known of a segment without reading it. */
export interface SegmentForm {
  readonly firstSeq: number;
  readonly lastSeq: number;
  readonly firstAt: number;
  readonly lastAt: number;
  readonly count: number;
  /** Of bodies. */
  readonly octets: number;
  /** Of its last message. */
  readonly version: number;
  readonly contents: readonly StoredContent[];
  /** Empty: any term may be in it. */
  readonly signature: Uint8Array;
}

export interface MarkForm {
  readonly owner: string;
  readonly peer: string;
  readonly at: number;
  readonly reference: string;
  readonly seq: number;
}

/** A strand as its parts name it. */
interface StrandPlace {
  readonly id: number;
  readonly slot: number;
}

/** Records as they go to the log: each valid until the next is made. */
export function encodeRecording(
  cipher: SlotCipher,
  key: Uint8Array,
  slot: number,
  form: RecordingHead & RecordingFace,
): Uint8Array {
  const { group, parties } = form;
  plain.begin(CHECK_OCTETS).u8(KINDS.indexOf(form.kind) | (form.open ? OPEN : 0)).f64(form.version).f64(form.expiresAt);
  plain.text(form.owner).text(form.reference).text(form.with).text(form.name).text(form.subject);
  plain.text(group.uri).text(group.name).u32(parties.length);
  for (const { uri, name } of parties) plain.text(uri).text(name);
  record.begin(0).u8(RECORDING).u32(slot);
  return encrypted(cipher, key);
}

/** `face`: to be read by `readFace`; as text, which takes less memory than a view. Throws WrongKeyError. */
export function decodeRecording(
  cipher: SlotCipher,
  key: Uint8Array,
  octets: Uint8Array,
): { readonly head: RecordingHead; readonly face: string } {
  const from = new OctetReader(cipher.decrypt(key, octets, OWN_NONCE, "a recording"));
  const first = from.u8();
  const kind = KINDS[first & ~OPEN];
  if (kind === undefined) throw new RangeError("A recording is of a kind that is not known");
  const head = {
    kind,
    open: (first & OPEN) !== 0,
    version: from.f64(),
    expiresAt: from.f64(),
    owner: from.text(),
    reference: from.text(),
    with: from.text(),
  };
  return { head, face: toLatin1(from.raw(from.left)) };
}

export function readFace(face: string): RecordingFace {
  const from = new OctetReader(Buffer.from(face, "latin1"));
  const name = from.text();
  const subject = from.text();
  const group = { uri: from.text(), name: from.text() };
  const parties: HistoryParty[] = [];
  for (let left = from.u32(); left > 0; left--) parties.push({ uri: from.text(), name: from.text() });
  return { name, subject, group, parties };
}

export function encodeStrand(slot: number, recordings: readonly { readonly id: number }[]): Uint8Array {
  record.begin(0).u8(STRAND).u32(slot).u32(recordings.length);
  for (const { id } of recordings) record.f64(id);
  return record.done();
}

/** Slot of any record. */
export function slotOf(octets: Uint8Array): number {
  return new OctetReader(octets, 1).u32();
}

/** Ids of the recordings that a strand was begun for. */
export function recordingsOf(octets: Uint8Array): number[] {
  const from = new OctetReader(octets, 5);
  const ids: number[] = [];
  for (let left = from.u32(); left > 0; left--) ids.push(from.f64());
  return ids;
}

/** The strand of a fresh message or a segment, and the message's seq or the segment's number. */
export function placeIn(octets: Uint8Array): { readonly strand: number; readonly number: number } {
  const from = new OctetReader(octets, 5);
  return { strand: from.f64(), number: from.u32() };
}

export function encodeFresh(
  cipher: SlotCipher,
  key: Uint8Array,
  strand: StrandPlace,
  seq: number,
  at: number,
  message: HistoryMessage,
): Uint8Array {
  writeMessage(plain.begin(CHECK_OCTETS), at, message);
  record.begin(0).u8(FRESH).u32(strand.slot).f64(strand.id).u32(seq);
  return encrypted(cipher, key);
}

/** A fresh message's text, as it goes into a segment. */
export function textOfFresh(cipher: SlotCipher, key: Uint8Array, octets: Uint8Array): Uint8Array {
  return cipher.decrypt(key, octets, PART_NONCE, "a recorded message");
}

export function encodeSegment(
  cipher: SlotCipher,
  key: Uint8Array,
  strand: StrandPlace,
  number: number,
  form: SegmentForm,
): Uint8Array {
  plain.begin(CHECK_OCTETS).u32(form.firstSeq).u32(form.lastSeq).f64(form.firstAt).f64(form.lastAt).u32(form.count);
  plain.f64(form.octets).f64(form.version).u32(form.contents.length);
  for (const content of form.contents) plain.content(content);
  plain.bytes(form.signature);
  record.begin(0).u8(SEGMENT).u32(strand.slot).f64(strand.id).u32(number);
  return encrypted(cipher, key);
}

/** Throws WrongKeyError. */
export function decodeSegment(cipher: SlotCipher, key: Uint8Array, octets: Uint8Array): SegmentForm {
  const from = new OctetReader(cipher.decrypt(key, octets, PART_NONCE, "a recorded conversation"));
  const form = {
    firstSeq: from.u32(),
    lastSeq: from.u32(),
    firstAt: from.f64(),
    lastAt: from.f64(),
    count: from.u32(),
    octets: from.f64(),
    version: from.f64(),
  };
  const count = from.u32();
  const contents: StoredContent[] = count === 0 ? NO_CONTENTS : [];
  for (let left = count; left > 0; left--) contents.push(from.content());
  return { ...form, contents, signature: shelved(from.bytes()) };
}

const NO_CONTENTS: StoredContent[] = [];
const SHELF = 64 * 1024;
let shelf = new Uint8Array(0);
let used = 0;

/** A copy, in memory with others: each of its own would cost as much again. */
function shelved(octets: Uint8Array): Uint8Array {
  if (octets.length > SHELF / 4) return new Uint8Array(octets);
  if (used + octets.length > shelf.length) {
    shelf = new Uint8Array(SHELF);
    used = 0;
  }
  const copy = shelf.subarray(used, used + octets.length);
  copy.set(octets);
  used += octets.length;
  return copy;
}

export function encodeMark(cipher: SlotCipher, key: Uint8Array, slot: number, form: MarkForm): Uint8Array {
  plain.begin(CHECK_OCTETS).text(form.owner).text(form.peer).f64(form.at).text(form.reference).f64(form.seq);
  record.begin(0).u8(MARK).u32(slot);
  return encrypted(cipher, key);
}

export function decodeMark(cipher: SlotCipher, key: Uint8Array, octets: Uint8Array): MarkForm {
  const from = new OctetReader(cipher.decrypt(key, octets, OWN_NONCE, "a read mark"));
  return { owner: from.text(), peer: from.text(), at: from.f64(), reference: from.text(), seq: from.f64() };
}

/** What `record` begins with, and `plain` encrypted. */
function encrypted(cipher: SlotCipher, key: Uint8Array): Uint8Array {
  const at = record.length;
  const { octets, length } = plain;
  record.room(length + ENCRYPTION_OVERHEAD);
  cipher.encrypt(key, octets, length, record.octets, at);
  return record.done();
}
