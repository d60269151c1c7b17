import { readU32 } from "./kv/log_blob.ts";
import type { StoredContent } from "./repositories.ts";

const FIRST_OCTETS = 16 * 1024;
const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
/** Texts up to this length are nearly all ASCII, which is copied sooner than the runtime is asked. */
const SHORT_TEXT = 64;
/** Instead of a short length: four octets of one follow. */
const LONG = 255;
const HASH = /^[0-9a-f]{64}$/;

/** Puts a record together in memory that is used again: numbers big-endian, texts as length and UTF-8. */
export class OctetWriter {
  octets = new Uint8Array(FIRST_OCTETS);
  #view = new DataView(this.octets.buffer);
  length = 0;

  /** Begins anew, behind so many octets that are left to the caller. */
  begin(at: number): this {
    this.length = at;
    return this;
  }

  u8(value: number): this {
    this.#reserve(1);
    this.octets[this.length++] = value;
    return this;
  }

  u32(value: number): this {
    this.#reserve(4);
    this.#view.setUint32(this.length, value);
    this.length += 4;
    return this;
  }

  f64(value: number): this {
    this.#reserve(8);
    this.#view.setFloat64(this.length, value);
    this.length += 8;
    return this;
  }

  text(value: string): this {
    // No UTF-16 unit takes more than three octets.
    this.#reserve(4 + 3 * value.length);
    const at = this.length;
    let written = value.length <= SHORT_TEXT ? this.#ascii(value, at + 4) : -1;
    if (written < 0) ({ written } = encoder.encodeInto(value, this.octets.subarray(at + 4)));
    this.#view.setUint32(at, written);
    this.length = at + 4 + written;
    return this;
  }

  /** Its length in one octet, where it goes in there. */
  short(value: string): this {
    const { length } = value;
    if (length <= SHORT_TEXT) {
      this.#reserve(1 + length);
      if (this.#ascii(value, this.length + 1) >= 0) {
        this.octets[this.length] = length;
        this.length += 1 + length;
        return this;
      }
    }
    return this.u8(LONG).text(value);
  }

  raw(value: Uint8Array): this {
    this.#reserve(value.length);
    this.octets.set(value, this.length);
    this.length += value.length;
    return this;
  }

  bytes(value: Uint8Array): this {
    return this.u32(value.length).raw(value);
  }

  /** Throws RangeError for an id or a hash that is none. */
  content({ id, octets, sha256 }: StoredContent): this {
    if (!HASH.test(id) || !HASH.test(sha256)) {
      throw new RangeError("The id and the hash of a content are 64 hexadecimal digits");
    }
    return this.raw(Uint8Array.fromHex(id)).raw(Uint8Array.fromHex(sha256)).f64(octets);
  }

  /** Room for so many octets, which the caller fills. */
  room(octets: number): this {
    this.#reserve(octets);
    this.length += octets;
    return this;
  }

  /** What was written since `begin(0)`; valid until the next beginning. */
  done(): Uint8Array {
    return this.octets.subarray(0, this.length);
  }

  /** Gives how many octets it took; -1 where it is no ASCII. */
  #ascii(value: string, at: number): number {
    const { octets } = this;
    const { length } = value;
    for (let i = 0; i < length; i++) {
      const code = value.charCodeAt(i);
      if (code > 127) return -1;
      octets[at + i] = code;
    }
    return length;
  }

  #reserve(more: number): void {
    const needed = this.length + more;
    if (needed <= this.octets.length) return;
    const larger = new Uint8Array(needed * 2);
    larger.set(this.octets.subarray(0, this.length));
    this.octets = larger;
    this.#view = new DataView(larger.buffer);
  }
}

const double = new DataView(new ArrayBuffer(8));

/** Reads what an OctetWriter wrote. Throws RangeError beyond the end. */
export class OctetReader {
  readonly #from: Uint8Array;
  #at: number;

  constructor(octets: Uint8Array, at = 0) {
    // Pieces of a Buffer are Buffers, which cost several times as much.
    this.#from = octets.constructor === Uint8Array
      ? octets
      : new Uint8Array(octets.buffer, octets.byteOffset, octets.length);
    this.#at = at;
  }

  get left(): number {
    return this.#from.length - this.#at;
  }

  u8(): number {
    return this.#from[this.#take(1)];
  }

  u32(): number {
    return readU32(this.#from, this.#take(4));
  }

  f64(): number {
    const at = this.#take(8);
    for (let i = 0; i < 8; i++) double.setUint8(i, this.#from[at + i]);
    return double.getFloat64(0);
  }

  text(): string {
    return this.#text(this.u32());
  }

  /** A text that was written by `short`. */
  short(): string {
    return this.#text(this.#shortLength());
  }

  /** Passes over a text. */
  skip(): this {
    this.#take(this.u32());
    return this;
  }

  skipShort(): this {
    this.#take(this.#shortLength());
    return this;
  }

  /** Not copied. */
  raw(length: number): Uint8Array {
    const at = this.#take(length);
    return this.#from.subarray(at, at + length);
  }

  bytes(): Uint8Array {
    return this.raw(this.u32());
  }

  content(): StoredContent {
    const id = this.raw(32).toHex();
    const sha256 = this.raw(32).toHex();
    return { id, sha256, octets: this.f64() };
  }

  #text(length: number): string {
    return length === 0 ? "" : decoder.decode(this.raw(length));
  }

  #shortLength(): number {
    const length = this.u8();
    return length === LONG ? this.u32() : length;
  }

  #take(length: number): number {
    const at = this.#at;
    if (length < 0 || at + length > this.#from.length) {
      throw new RangeError(`A stored record ends after ${this.#from.length} octets`);
    }
    this.#at = at + length;
    return at;
  }
}
