import { randomHex } from "../../../foundation/mod.ts";

/** Words that are taken in at once. */
const WORDS = 64;

/**
 * HalfSipHash-2-4 with 64 bits (Aumasson and Bernstein, "SipHash: a fast short-input PRF", in its form for 32-bit machines) over words, of
 * which 53 bits are given as a number. Its key is drawn for this start, so nobody outside can look for two texts with the same. For what is
 * compared in memory: some hundred octets cost less than asking the runtime for a digest.
 */
export class KeyedHash {
  readonly #key = new Int32Array(2);
  readonly #state = new Int32Array(4);
  readonly #words = new Int32Array(WORDS);
  #waiting = 0;
  #count = 0;

  /** `key`: 16 hexadecimal digits. */
  constructor(key: string = randomHex(8)) {
    const octets = Uint8Array.fromHex(key);
    for (let i = 0; i < 8; i++) this.#key[i >> 2] |= octets[i] << 8 * (i & 3);
  }

  begin(): this {
    const [low, high] = this.#key;
    const state = this.#state;
    state[0] = low;
    state[1] = high ^ 0xee;
    state[2] = 0x6c796765 ^ low;
    state[3] = 0x74656462 ^ high;
    this.#waiting = this.#count = 0;
    return this;
  }

  word(word: number): this {
    if (this.#waiting === WORDS) this.#takeIn();
    this.#words[this.#waiting++] = word;
    return this;
  }

  /** Its length, then two characters a word. */
  text(text: string): this {
    const { length } = text;
    this.word(length);
    let at = 0;
    for (; at + 1 < length; at += 2) this.word(text.charCodeAt(at) | text.charCodeAt(at + 1) << 16);
    return at < length ? this.word(text.charCodeAt(at)) : this;
  }

  /** Their number, then four a word. */
  octets(octets: Uint8Array): this {
    const { length } = octets;
    this.word(length);
    let at = 0;
    for (; at + 3 < length; at += 4) {
      this.word(octets[at] | octets[at + 1] << 8 | octets[at + 2] << 16 | octets[at + 3] << 24);
    }
    let rest = 0;
    for (let shift = 0; at < length; at++, shift += 8) rest |= octets[at] << shift;
    return (length & 3) === 0 ? this : this.word(rest);
  }

  /** Of all since `begin`: the lower 53 of 64 bits. */
  value(): number {
    this.#takeIn();
    // The last word has the number of octets before it.
    this.word((this.#count << 2 & 0xff) << 24).#takeIn();
    const state = this.#state;
    state[2] ^= 0xee;
    mix(state, 4);
    const low = (state[1] ^ state[3]) >>> 0;
    state[1] ^= 0xdd;
    mix(state, 4);
    return ((state[1] ^ state[3]) & 0x1fffff) * 0x1_0000_0000 + low;
  }

  #takeIn(): void {
    const [words, state, count] = [this.#words, this.#state, this.#waiting];
    for (let i = 0; i < count; i++) {
      state[3] ^= words[i];
      mix(state, 2);
      state[0] ^= words[i];
    }
    this.#count += count;
    this.#waiting = 0;
  }
}

function mix(state: Int32Array, rounds: number): void {
  let v0 = state[0], v1 = state[1], v2 = state[2], v3 = state[3];
  for (let i = 0; i < rounds; i++) {
    v0 = v0 + v1 | 0;
    v1 = (v1 << 5 | v1 >>> 27) ^ v0;
    v0 = v0 << 16 | v0 >>> 16;
    v2 = v2 + v3 | 0;
    v3 = (v3 << 8 | v3 >>> 24) ^ v2;
    v0 = v0 + v3 | 0;
    v3 = (v3 << 7 | v3 >>> 25) ^ v0;
    v2 = v2 + v1 | 0;
    v1 = (v1 << 13 | v1 >>> 19) ^ v2;
    v2 = v2 << 16 | v2 >>> 16;
  }
  state[0] = v0;
  state[1] = v1;
  state[2] = v2;
  state[3] = v3;
}
