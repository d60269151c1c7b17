import type { BodyReader, FindableMessage, HistoryWords } from "../../../storage/mod.ts";
import { LongText } from "./long_text.ts";
import { plainOctets, textOfOctets, textsOf } from "./message_text.ts";
import { octetTerms } from "./octet_terms.ts";
import { HASH_OFFSET, HASH_PRIME, LONG, SHORT, TermList } from "./term_list.ts";
import { scanWords, type Word, type WordSink } from "./words.ts";

/** Told apart from other terms: a pair of characters is no word of two letters. */
const PAIR = 0x2d;

/**
 * The terms of messages: of a word of up to three characters itself, of a longer one its first four and, where it has them, its first six.
 * So a search by the beginning of a word looks for one term. Of scripts without spaces: each character, and each with the one behind it.
 */
export const HISTORY_WORDS: HistoryWords = { termsOf: termsOfMessage, longTerms };

/** Of the message that is being looked at. */
const list = new TermList();

/** The same as a list, which is valid until the next one is asked for. */
export function termsOfMessage(message: FindableMessage): Uint32Array {
  list.clear();
  // As most are: no string is made of it, up to the first character that may be another one together with its neighbours.
  const octets = plainOctets(message);
  if (octets === null) textsOf(message).forEach(scan);
  else {
    const rest = octetTerms(octets, list);
    if (rest < octets.length) scan(textOfOctets(octets.subarray(rest)));
  }
  return list.done();
}

function scan(text: string): void {
  scanWords(text, new TermSink((term) => list.add(term)));
}

/** The terms of a body that comes in pieces, each as often as it is there. */
function longTerms(message: FindableMessage, found: (term: number) => void): BodyReader | null {
  const sink = new TermSink(found);
  return LongText.of(message, (text, at) => {
    sink.origin = at;
    scanWords(text, sink);
    return true;
  });
}

/** Whether a text has one of these terms, others alone, or no word at all: its words themselves cost more. */
export function lookFor(wanted: ReadonlySet<number>, text: string): "wanted" | "others" | "nothing" {
  let found: "wanted" | "others" | "nothing" = "nothing";
  const sink = new TermSink((term) => {
    if (found !== "wanted") found = wanted.has(term) ? "wanted" : "others";
  });
  scanWords(text, sink);
  return found;
}

/** Which term a message has that has a word beginning with this one; of characters of scripts without spaces: with this one behind `before`. */
export function termOf(word: Word, before: Word | null = null): number {
  const codes = Uint32Array.from([...word.text], (one) => one.codePointAt(0)!);
  if (word.alone) return before === null ? wordHash(codes, 1) : pairHash(before.text.codePointAt(0)!, codes[0]);
  return wordHash(codes, codes.length >= LONG ? LONG : Math.min(codes.length, SHORT));
}

class TermSink implements WordSink {
  /** The character before, of a script without spaces; 0 for none. */
  before = 0;
  /** Where the text begins that is scanned, if it goes on from one before. */
  origin = 0;
  readonly #found: (term: number) => void;
  #end = -1;

  constructor(found: (term: number) => void) {
    this.#found = found;
  }

  word(codes: Uint32Array, length: number, start: number, end: number, alone: boolean): void {
    const found = this.#found;
    if (alone) {
      const [code] = codes;
      found(wordHash(codes, 1));
      if (this.before !== 0 && this.#end === this.origin + start) found(pairHash(this.before, code));
      this.before = code;
      this.#end = this.origin + end;
      return;
    }
    this.before = 0;
    if (length < SHORT) {
      found(wordHash(codes, length));
      return;
    }
    let hash = HASH_OFFSET;
    for (let i = 0; i < SHORT; i++) hash = Math.imul(hash ^ codes[i], HASH_PRIME);
    found(hash >>> 0);
    if (length < LONG) return;
    for (let i = SHORT; i < LONG; i++) hash = Math.imul(hash ^ codes[i], HASH_PRIME);
    found(hash >>> 0);
  }
}

function wordHash(codes: Uint32Array, length: number): number {
  let hash = HASH_OFFSET;
  for (let i = 0; i < length; i++) hash = Math.imul(hash ^ codes[i], HASH_PRIME);
  return hash >>> 0;
}

function pairHash(first: number, second: number): number {
  let hash = Math.imul(HASH_OFFSET ^ PAIR, HASH_PRIME);
  hash = Math.imul(hash ^ first, HASH_PRIME);
  return Math.imul(hash ^ second, HASH_PRIME) >>> 0;
}
