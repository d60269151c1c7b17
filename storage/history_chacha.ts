/** Octets of a block of the key stream. */
const BLOCK = 64;

/** `expand 32-byte k` (RFC 8439 §2.3). */
const CONSTANTS = [0x61707865, 0x3320646e, 0x79622d32, 0x6b206574] as const;

const state = new Int32Array(16);
const stream = new Int32Array(16);

/**
 * ChaCha20 (RFC 8439 §2.4) in plain code, block counter from 0: writes `length` octets of `from`, from `fromAt` on, combined with the key
 * stream into `into` at `at`. For texts of some hundred octets: asking the runtime's cipher costs several times as much as they do, and a
 * view of a part of them a fifth. Key: 32 octets; nonce: 12, at `nonceAt` of `nonce`. No branch and no look-up depends on the key or the text.
 */
export function chacha20(
  key: Uint8Array,
  nonce: Uint8Array,
  nonceAt: number,
  from: Uint8Array,
  fromAt: number,
  length: number,
  into: Uint8Array,
  at: number,
): void {
  for (let i = 0; i < 4; i++) state[i] = CONSTANTS[i];
  for (let i = 0; i < 8; i++) state[4 + i] = wordAt(key, 4 * i);
  state[12] = 0;
  for (let i = 0; i < 3; i++) state[13 + i] = wordAt(nonce, nonceAt + 4 * i);
  const whole = length - length % BLOCK;
  let done = 0;
  for (; done < whole; state[12]++) {
    nextBlock();
    for (let i = 0; i < 16; i++, done += 4) {
      const word = stream[i];
      const to = at + done, of = fromAt + done;
      into[to] = from[of] ^ word;
      into[to + 1] = from[of + 1] ^ word >>> 8;
      into[to + 2] = from[of + 2] ^ word >>> 16;
      into[to + 3] = from[of + 3] ^ word >>> 24;
    }
  }
  if (done === length) return;
  nextBlock();
  for (let i = 0; done < length; i++, done++) {
    into[at + done] = from[fromAt + done] ^ stream[i >>> 2] >>> (i & 3) * 8;
  }
}

function wordAt(octets: Uint8Array, at: number): number {
  return octets[at] | octets[at + 1] << 8 | octets[at + 2] << 16 | octets[at + 3] << 24;
}

/** One block of the key stream (RFC 8439 §2.3): the sixteen words stand in variables, which is what makes it fast. */
function nextBlock(): void {
  let a0 = state[0], a1 = state[1], a2 = state[2], a3 = state[3];
  let b0 = state[4], b1 = state[5], b2 = state[6], b3 = state[7];
  let c0 = state[8], c1 = state[9], c2 = state[10], c3 = state[11];
  let d0 = state[12], d1 = state[13], d2 = state[14], d3 = state[15];
  for (let i = 0; i < 10; i++) {
    // Columns.
    a0 = a0 + b0 | 0;
    d0 ^= a0;
    d0 = d0 << 16 | d0 >>> 16;
    c0 = c0 + d0 | 0;
    b0 ^= c0;
    b0 = b0 << 12 | b0 >>> 20;
    a0 = a0 + b0 | 0;
    d0 ^= a0;
    d0 = d0 << 8 | d0 >>> 24;
    c0 = c0 + d0 | 0;
    b0 ^= c0;
    b0 = b0 << 7 | b0 >>> 25;
    a1 = a1 + b1 | 0;
    d1 ^= a1;
    d1 = d1 << 16 | d1 >>> 16;
    c1 = c1 + d1 | 0;
    b1 ^= c1;
    b1 = b1 << 12 | b1 >>> 20;
    a1 = a1 + b1 | 0;
    d1 ^= a1;
    d1 = d1 << 8 | d1 >>> 24;
    c1 = c1 + d1 | 0;
    b1 ^= c1;
    b1 = b1 << 7 | b1 >>> 25;
    a2 = a2 + b2 | 0;
    d2 ^= a2;
    d2 = d2 << 16 | d2 >>> 16;
    c2 = c2 + d2 | 0;
    b2 ^= c2;
    b2 = b2 << 12 | b2 >>> 20;
    a2 = a2 + b2 | 0;
    d2 ^= a2;
    d2 = d2 << 8 | d2 >>> 24;
    c2 = c2 + d2 | 0;
    b2 ^= c2;
    b2 = b2 << 7 | b2 >>> 25;
    a3 = a3 + b3 | 0;
    d3 ^= a3;
    d3 = d3 << 16 | d3 >>> 16;
    c3 = c3 + d3 | 0;
    b3 ^= c3;
    b3 = b3 << 12 | b3 >>> 20;
    a3 = a3 + b3 | 0;
    d3 ^= a3;
    d3 = d3 << 8 | d3 >>> 24;
    c3 = c3 + d3 | 0;
    b3 ^= c3;
    b3 = b3 << 7 | b3 >>> 25;
    // Diagonals.
    a0 = a0 + b1 | 0;
    d3 ^= a0;
    d3 = d3 << 16 | d3 >>> 16;
    c2 = c2 + d3 | 0;
    b1 ^= c2;
    b1 = b1 << 12 | b1 >>> 20;
    a0 = a0 + b1 | 0;
    d3 ^= a0;
    d3 = d3 << 8 | d3 >>> 24;
    c2 = c2 + d3 | 0;
    b1 ^= c2;
    b1 = b1 << 7 | b1 >>> 25;
    a1 = a1 + b2 | 0;
    d0 ^= a1;
    d0 = d0 << 16 | d0 >>> 16;
    c3 = c3 + d0 | 0;
    b2 ^= c3;
    b2 = b2 << 12 | b2 >>> 20;
    a1 = a1 + b2 | 0;
    d0 ^= a1;
    d0 = d0 << 8 | d0 >>> 24;
    c3 = c3 + d0 | 0;
    b2 ^= c3;
    b2 = b2 << 7 | b2 >>> 25;
    a2 = a2 + b3 | 0;
    d1 ^= a2;
    d1 = d1 << 16 | d1 >>> 16;
    c0 = c0 + d1 | 0;
    b3 ^= c0;
    b3 = b3 << 12 | b3 >>> 20;
    a2 = a2 + b3 | 0;
    d1 ^= a2;
    d1 = d1 << 8 | d1 >>> 24;
    c0 = c0 + d1 | 0;
    b3 ^= c0;
    b3 = b3 << 7 | b3 >>> 25;
    a3 = a3 + b0 | 0;
    d2 ^= a3;
    d2 = d2 << 16 | d2 >>> 16;
    c1 = c1 + d2 | 0;
    b0 ^= c1;
    b0 = b0 << 12 | b0 >>> 20;
    a3 = a3 + b0 | 0;
    d2 ^= a3;
    d2 = d2 << 8 | d2 >>> 24;
    c1 = c1 + d2 | 0;
    b0 ^= c1;
    b0 = b0 << 7 | b0 >>> 25;
  }
  stream[0] = a0 + state[0];
  stream[1] = a1 + state[1];
  stream[2] = a2 + state[2];
  stream[3] = a3 + state[3];
  stream[4] = b0 + state[4];
  stream[5] = b1 + state[5];
  stream[6] = b2 + state[6];
  stream[7] = b3 + state[7];
  stream[8] = c0 + state[8];
  stream[9] = c1 + state[9];
  stream[10] = c2 + state[10];
  stream[11] = c3 + state[11];
  stream[12] = d0 + state[12];
  stream[13] = d1 + state[13];
  stream[14] = d2 + state[14];
  stream[15] = d3 + state[15];
}
