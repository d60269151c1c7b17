/** No octets. */
export const EMPTY: Uint8Array = new Uint8Array(0);

const encoder = new TextEncoder();
const CHUNK = 8192;

// Node's Buffer, where there is one (Deno), converts latin1 several times faster than JavaScript can; a browser has none.
interface Latin1Buffer {
  latin1Slice(start: number, end: number): string;
}
const prototype = (globalThis as { Buffer?: { prototype: Latin1Buffer } }).Buffer?.prototype;
const nativeSlice = prototype?.latin1Slice;

/** Octets as text with one character for each octet (0 to 255): nothing is lost, nothing is decoded. */
export function toLatin1(bytes: Uint8Array, start = 0, end = bytes.length): string {
  if (nativeSlice !== undefined) return nativeSlice.call(bytes, start, end);
  let text = "";
  for (let at = start; at < end; at += CHUNK) {
    text += String.fromCharCode(...bytes.subarray(at, Math.min(end, at + CHUNK)));
  }
  return text;
}

/**
 * Writes one-character-an-octet text into `into` at `at`; returns the octets written (always `text.length`). `into` must
 * have room. Almost all heads are ASCII, where UTF-8 encoding is the same and much faster; the rest takes the slow way.
 */
export function latin1Into(text: string, into: Uint8Array, at: number): number {
  const { read, written } = encoder.encodeInto(text, into.subarray(at, at + text.length));
  if (read !== text.length || written !== text.length) {
    for (let i = 0; i < text.length; i++) into[at + i] = text.charCodeAt(i);
  }
  return text.length;
}

/** One-character-an-octet text as octets. */
export function fromLatin1(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  latin1Into(text, bytes, 0);
  return bytes;
}

/** Small, since one text that is kept keeps its neighbours. */
const SLAB = 2048;
let slab = EMPTY;
let used = 0;

/** As `fromLatin1`, in a buffer with others: to make one of its own costs more than all the rest, for a text of some hundred octets. */
export function sharedLatin1(text: string): Uint8Array {
  const { length } = text;
  if (length > SLAB / 4) return fromLatin1(text);
  if (used + length > slab.length) {
    slab = new Uint8Array(SLAB);
    used = 0;
  }
  const at = used;
  used += latin1Into(text, slab, at);
  return slab.subarray(at, used);
}

/** Text as UTF-8. */
export function utf8(text: string): Uint8Array {
  return encoder.encode(text);
}

/** All parts, one after the other. */
export function concatBytes(parts: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const part of parts) length += part.length;
  const all = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/**
 * The same text in memory of its own. The runtime keeps a slice as a pointer into its parent: a 40 octet URI that is kept
 * for an hour would keep its 1 KB message. Whatever outlives its message goes through here.
 */
export function detached(text: string): string {
  if (text.length < 13) return text;
  // Nearly all of it is short ASCII, which two native copies handle.
  if (text.length <= scratch.length) {
    const { read, written } = encoder.encodeInto(text, scratch);
    if (read === text.length && written === text.length) return toLatin1(scratch, 0, written);
  }
  return toLatin1OrWide(text);
}

const scratch = new Uint8Array(512);

function toLatin1OrWide(text: string): string {
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code > 255) return copyOfWide(text);
    bytes[i] = code;
  }
  return toLatin1(bytes);
}

/** By code units, so that lone surrogates and byte order marks stay. */
function copyOfWide(text: string): string {
  let copy = "";
  for (let at = 0; at < text.length; at += CHUNK) {
    const codes = new Uint16Array(Math.min(CHUNK, text.length - at));
    for (let i = 0; i < codes.length; i++) codes[i] = text.charCodeAt(at + i);
    copy += String.fromCharCode(...codes);
  }
  return copy;
}

/**
 * Gives the memory of octets back that nobody looks at any more. The collector would, but only once some forty MB of them have come
 * together: it sees the small objects that hold them.
 */
export function letGo({ buffer, byteLength }: Uint8Array): void {
  if (buffer.byteLength === 0) return;
  // Small ones share their memory with others.
  if (buffer.byteLength === byteLength && buffer instanceof ArrayBuffer) buffer.transfer(0);
}
