// Random octets are drawn in large pools: one system call for thousands of branches and tags.
const POOL = 8192;
const pool = new Uint8Array(POOL);
let used = POOL;

const HEX: string[] = Array.from({ length: 256 }, (_, i) => i.toString(16).padStart(2, "0"));
const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

function reserve(bytes: number): number {
  if (used + bytes > POOL) {
    crypto.getRandomValues(pool);
    used = 0;
  }
  const at = used;
  used += bytes;
  return at;
}

/** `bytes` random octets as hexadecimal text, two characters each; at most 64 octets. */
export function randomHex(bytes: number): string {
  const at = reserve(bytes);
  let text = "";
  for (let i = 0; i < bytes; i++) text += HEX[pool[at + i]];
  return text;
}

/** `length` characters of 6 random bits each, safe in URIs, tokens and file names; at most 64 characters. */
export function randomToken(length: number): string {
  const at = reserve(length);
  let text = "";
  for (let i = 0; i < length; i++) text += ALPHABET[pool[at + i] & 63];
  return text;
}
