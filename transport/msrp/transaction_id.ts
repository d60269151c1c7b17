import { holdsEndLine } from "./end_line.ts";

// Two characters for twelve random bits. `ident` of RFC 4975 §9 knows the letters, the digits and `.-+%=`; with the hyphen and
// the dot there are 64. The first character of an id must be a letter or digit: see FIRST.
const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-.";
const PAIRS: string[] = Array.from({ length: 4096 }, (_, i) => ALPHABET[i >> 6] + ALPHABET[i & 63]);
const FIRST: string[] = PAIRS.map((pair) => (/^[-.]/.test(pair) ? `x${pair[1]}` : pair));

const POOL = 4096;
const random = new Uint16Array(POOL);
let used = POOL;

/**
 * A new transaction id of 12 characters: 71 random bits, where RFC 4975 §7.1 asks for 64. Nobody can know it before it is
 * written, so nobody can have put its end-line into a body.
 */
export function freshTid(): string {
  if (used + 6 > POOL) {
    crypto.getRandomValues(random);
    used = 0;
  }
  const at = used;
  used += 6;
  return FIRST[random[at] & 4095] + PAIRS[random[at + 1] & 4095] + PAIRS[random[at + 2] & 4095] +
    PAIRS[random[at + 3] & 4095] + PAIRS[random[at + 4] & 4095] + PAIRS[random[at + 5] & 4095];
}

/** A new transaction id whose end-line does not stand in the body. */
export function tidFor(body: Uint8Array, fresh: () => string = freshTid): string {
  let tid = fresh();
  while (holdsEndLine(body, tid)) tid = fresh();
  return tid;
}
