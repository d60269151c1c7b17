import type { TermSet } from "./history_term_set.ts";

/** Bits for each term, and how many of them a term sets: one of a hundred segments is read in vain. */
const BITS = 10;
const HASHES = 7;

/** Which terms messages have, as a Bloom filter; some that they have not, too. */
export function signatureOf(terms: TermSet): Uint8Array {
  const signature = new Uint8Array(Math.max(1, Math.ceil(terms.size * BITS / 8)));
  const bits = signature.length * 8;
  terms.each((term) => {
    const step = stepOf(term);
    let at = term >>> 0;
    for (let i = 0; i < HASHES; i++) {
      const bit = at % bits;
      signature[bit >>> 3] |= 1 << (bit & 7);
      at = (at + step) >>> 0;
    }
  });
  return signature;
}

/** False only where messages of this signature have none of the terms of some group. An empty one says nothing. */
export function mayMatch(signature: Uint8Array, groups: readonly (readonly number[])[]): boolean {
  if (signature.length === 0) return true;
  return groups.every((group) => group.some((term) => holds(signature, term)));
}

function holds(signature: Uint8Array, term: number): boolean {
  const bits = signature.length * 8;
  const step = stepOf(term);
  let at = term >>> 0;
  for (let i = 0; i < HASHES; i++) {
    const bit = at % bits;
    if ((signature[bit >>> 3] & 1 << (bit & 7)) === 0) return false;
    at = (at + step) >>> 0;
  }
  return true;
}

/** Murmur's last mixing step, made odd. */
function stepOf(term: number): number {
  let hash = term ^ term >>> 16;
  hash = Math.imul(hash, 0x85ebca6b);
  hash ^= hash >>> 13;
  hash = Math.imul(hash, 0xc2b2ae35);
  return (hash ^ hash >>> 16 | 1) >>> 0;
}
