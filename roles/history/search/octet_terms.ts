import { ALONE, foldedCode, NOTHING, PARTS, SEVERAL } from "./folding.ts";
import { HASH_OFFSET, HASH_PRIME, LONG, SHORT, type TermList } from "./term_list.ts";

/** What becomes of ASCII and Latin-1. */
const FOLDED = Uint32Array.from({ length: 256 }, (_, code) => foldedCode(code));

/**
 * The terms of a text in UTF-8, as those of `scanWords`, from its octets: most texts need no string for it. It reads ASCII, Latin-1 and the
 * pictures from U+1F000 to U+1FFFF, none of which changes another one of them when a text is composed (UAX #15). A mark behind a letter
 * does, so at the first other character it gives where that one's word begins, or the character before it where it stands in none: from
 * there on the text has to be read as one. The length where there is nothing of that kind.
 */
export function octetTerms(octets: Uint8Array, terms: TermList): number {
  const { length } = octets;
  /** Characters of the word so far, where it began, and where the character before this one began. */
  let count = 0, begin = 0, before = 0;
  let hash = HASH_OFFSET, short = 0;
  for (let at = 0; at < length;) {
    const first = octets[at];
    let next = at + 1;
    let folded: number;
    if (first < 0x80) folded = FOLDED[first];
    else if ((first === 0xc2 || first === 0xc3) && (octets[next] & 0xc0) === 0x80) {
      folded = FOLDED[(first & 3) << 6 | octets[next++] & 0x3f];
    } else if (isPicture(octets, at)) {
      folded = foldedCode(0x1f000 | (octets[at + 2] & 0x3f) << 6 | octets[at + 3] & 0x3f);
      next = at + 4;
    } else return count > 0 ? begin : before;
    if (folded === SEVERAL || (folded & ALONE) !== 0) return count > 0 ? begin : before;
    if (folded === PARTS) {
      if (count >= SHORT) terms.add(short);
      if (count >= LONG || (count > 0 && count < SHORT)) terms.add(hash);
      count = 0;
      hash = HASH_OFFSET;
    } else if (folded !== NOTHING) {
      if (count === 0) begin = at;
      if (++count <= LONG) {
        // A word of four or five has its first four only.
        hash = Math.imul(hash ^ folded, HASH_PRIME);
        if (count === SHORT) short = hash;
      }
    }
    before = at;
    at = next;
  }
  if (count >= SHORT) terms.add(short);
  if (count >= LONG || (count > 0 && count < SHORT)) terms.add(hash);
  return length;
}

/** U+1F000 to U+1FFFF, whole. */
function isPicture(octets: Uint8Array, at: number): boolean {
  return octets[at] === 0xf0 && octets[at + 1] === 0x9f && (octets[at + 2] & 0xc0) === 0x80 &&
    (octets[at + 3] & 0xc0) === 0x80;
}
