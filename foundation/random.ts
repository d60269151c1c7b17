import { toLatin1 } from "./bytes.ts";

// Random octets are drawn in large pools: one system call for thousands of branches and tags.
const POOL = 8192;

const HEX: string[] = Array.from({ length: 256 }, (_, i) => i.toString(16).padStart(2, "0"));
const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

class Pool {
  readonly octets = new Uint8Array(POOL);
  readonly #refine: (octets: Uint8Array) => void;
  #used = POOL;

  /** `refine`: what is done with fresh octets. */
  constructor(refine: (octets: Uint8Array) => void) {
    this.#refine = refine;
  }

  /** Where so many octets are that were given to nobody yet. */
  take(count: number): number {
    if (this.#used + count > POOL) {
      crypto.getRandomValues(this.octets);
      this.#refine(this.octets);
      this.#used = 0;
    }
    const at = this.#used;
    this.#used += count;
    return at;
  }
}

const raw = new Pool(() => {});
/** Characters of the alphabet, so that a token is one copy. */
const characters = new Pool((octets) => {
  for (let i = 0; i < POOL; i++) octets[i] = ALPHABET.charCodeAt(octets[i] & 63);
});

/** `bytes` random octets as hexadecimal text, two characters each; at most 64 octets. */
export function randomHex(bytes: number): string {
  const at = raw.take(bytes);
  let text = "";
  for (let i = 0; i < bytes; i++) text += HEX[raw.octets[at + i]];
  return text;
}

/** 16 decimal digits, the first of them not 0, that make a number below 2^53: 48 random bits. */
export function randomDigits(): string {
  const at = raw.take(6);
  const { octets } = raw;
  const high = octets[at] << 16 | octets[at + 1] << 8 | octets[at + 2];
  const low = octets[at + 3] << 16 | octets[at + 4] << 8 | octets[at + 5];
  return `${EIGHT_DIGITS + high}${EIGHT_DIGITS + low}`;
}

/** Two small numbers are written three times as fast as a large one. */
const EIGHT_DIGITS = 10_000_000;

/** `length` characters of 6 random bits each, safe in URIs, tokens and file names; at most 64 characters. */
export function randomToken(length: number): string {
  const at = characters.take(length);
  return toLatin1(characters.octets, at, at + length);
}
