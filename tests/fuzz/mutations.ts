/** A small seeded generator (mulberry32): the same seed gives the same numbers on every machine. */
export class Random {
  #state: number;
  constructor(seed: number) {
    this.#state = seed >>> 0;
  }
  /** A whole number from 0 to `limit` - 1. */
  below(limit: number): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) % limit;
  }
  pick<T>(from: readonly T[]): T {
    return from[this.below(from.length)];
  }
}

/** Pieces that parsers trip over. */
const PIECES = [
  "\r\n",
  "\r",
  "\n",
  "\r\n ",
  "\r\n\t",
  "\0",
  '"',
  "\\",
  '\\"',
  "<",
  ">",
  "<>",
  ";",
  ";;",
  ",",
  ",,",
  "=",
  "@",
  "@@",
  ":",
  "::",
  "%",
  "%00",
  "%zz",
  "?",
  "&",
  "*",
  "[",
  "]",
  "[::1]",
  "[::",
  "(",
  ")",
  " ",
  "  ",
  "\t",
  "-1",
  "0",
  "00000000070",
  "4294967296",
  "99999999999999999999999999",
  "2147483648",
  "SIP/2.0",
  "SIP/7.0",
  "sip:",
  "sips:",
  "tel:+1",
  "tag=",
  ";lr",
  ";received=1",
  ";rport",
  ";branch=z9hG4bK",
  "Via: ",
  "v:",
  "\r\nVia: SIP/2.0/UDP h;branch=z9hG4bKx",
  "\r\nContent-Length: 3",
  "\r\nl:9",
  "\r\nTo: <sip:a@b>",
  "\r\nMax-Forwards: 300",
  "\r\nContact: *",
  "\r\nRoute: <sip:r;lr>,<sip:s>",
  "\xff",
  "\xc3\xa0",
  "\xa0",
  "--b1",
  "--b1--",
].map((text) => Uint8Array.from(text, (c) => c.charCodeAt(0)));

const LONGEST = 70_000;

/** One to four changes to a message; now and then a very long one. `pieces`: what is put in. */
export function mutate(
  message: Uint8Array,
  others: readonly Uint8Array[],
  random: Random,
  pieces: readonly Uint8Array[] = PIECES,
): Uint8Array {
  let octets = message;
  for (let n = 1 + random.below(1 + random.below(4)); n > 0; n--) octets = change(octets, others, random, pieces);
  return octets.length > LONGEST ? octets.slice(0, LONGEST) : octets;
}

function change(
  octets: Uint8Array,
  others: readonly Uint8Array[],
  random: Random,
  pieces: readonly Uint8Array[],
): Uint8Array {
  const at = random.below(octets.length + 1);
  const length = random.below(Math.min(60, octets.length - at + 1));
  switch (random.below(9)) {
    case 0: { // a bit flips
      const copy = octets.slice();
      if (at < copy.length) copy[at] ^= 1 << random.below(8);
      return copy;
    }
    case 1: // any octet
      return splice(octets, at, 1, Uint8Array.of(random.below(256)));
    case 2: // a chunk goes
      return splice(octets, at, length, new Uint8Array(0));
    case 3: // the end goes
      return octets.slice(0, at);
    case 4: { // a chunk of another message comes
      const other = random.pick(others);
      const from = random.below(other.length);
      return splice(octets, at, length, other.subarray(from, from + random.below(200)));
    }
    case 5: // a chunk comes again
      return splice(octets, at, 0, octets.subarray(at, at + length));
    case 6: // a line comes again, many times
      return repeatLine(octets, at, 1 + random.below(random.below(40) === 0 ? 400 : 4));
    case 7: { // something long
      const piece = random.pick(pieces);
      const times = random.below(200) === 0 ? 20_000 : random.below(40);
      return splice(octets, at, 0, repeated(piece, Math.min(times, Math.ceil(40_000 / piece.length))));
    }
    default:
      return splice(octets, at, random.below(3), random.pick(pieces));
  }
}

function splice(octets: Uint8Array, at: number, remove: number, insert: Uint8Array): Uint8Array {
  const rest = Math.max(0, octets.length - at - remove);
  const result = new Uint8Array(at + insert.length + rest);
  result.set(octets.subarray(0, at));
  result.set(insert, at);
  if (rest > 0) result.set(octets.subarray(octets.length - rest), at + insert.length);
  return result;
}

function repeated(piece: Uint8Array, times: number): Uint8Array {
  const result = new Uint8Array(piece.length * times);
  for (let i = 0; i < times; i++) result.set(piece, i * piece.length);
  return result;
}

function repeatLine(octets: Uint8Array, at: number, times: number): Uint8Array {
  const end = octets.indexOf(10, at) + 1;
  if (end === 0) return octets;
  const start = octets.lastIndexOf(10, Math.max(0, at - 1)) + 1;
  return splice(octets, end, 0, repeated(octets.subarray(start, end), times));
}
