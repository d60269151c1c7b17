import { Buffer } from "node:buffer";
import type { StoredContent } from "./repositories.ts";

const FIRST_OCTETS = 16 * 1024;
const encoder = new TextEncoder();
/** Texts up to this length are nearly all ASCII, which is copied sooner than the runtime is asked. */
const SHORT_TEXT = 64;
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

/** Reads what an OctetWriter wrote. Throws RangeError beyond the end. */
export class OctetReader {
  readonly #from: Buffer;
  #at: number;

  constructor(octets: Uint8Array, at = 0) {
    this.#from = Buffer.from(octets.buffer, octets.byteOffset, octets.length);
    this.#at = at;
  }

  get left(): number {
    return this.#from.length - this.#at;
  }

  u8(): number {
    return this.#from.readUInt8(this.#take(1));
  }

  u32(): number {
    return this.#from.readUInt32BE(this.#take(4));
  }

  f64(): number {
    return this.#from.readDoubleBE(this.#take(8));
  }

  text(): string {
    const length = this.u32();
    if (length === 0) return "";
    const at = this.#take(length);
    return this.#from.toString("utf8", at, at + length);
  }

  /** Passes over a text. */
  skip(): this {
    this.#take(this.u32());
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
    const id = this.#hex();
    const sha256 = this.#hex();
    return { id, sha256, octets: this.f64() };
  }

  #hex(): string {
    const at = this.#take(32);
    return this.#from.toString("hex", at, at + 32);
  }

  #take(length: number): number {
    const at = this.#at;
    if (at + length > this.#from.length) throw new RangeError(`A stored record ends after ${this.#from.length} octets`);
    this.#at = at + length;
    return at;
  }
}
