import { ALONE, foldedCode, foldedToSeveral, NOTHING, PARTS, SEVERAL } from "./folding.ts";

/** Characters of a word that are looked at; what is behind them is passed over. */
export const LONGEST = 64;

/** Is given the words of a text, one after the other. */
export interface WordSink {
  /**
   * @param codes folded characters, the first `length` of them; the same array for all words
   * @param start where the word is in the text, in UTF-16 units, up to `end`
   * @param alone a character of a script that is written without spaces
   */
  word(codes: Uint32Array, length: number, start: number, end: number, alone: boolean): void;
}

const codes = new Uint32Array(LONGEST);
const ASCII = Uint8Array.from({ length: 128 }, (_, code) => foldedCode(code));

/**
 * Words of letters and digits, as they are compared: marks off, lower case. Of scripts without spaces (Han, Kana, Hangul, Thai …) each
 * character is a word. Composed text is wanted (`composed`), so that the same text has the same words however it was typed.
 */
export function scanWords(text: string, sink: WordSink): void {
  let length = 0, start = 0;
  const { length: size } = text;
  for (let at = 0; at < size;) {
    let code = text.charCodeAt(at);
    let next = at + 1, folded: number;
    if (code < 128) folded = ASCII[code];
    else {
      if (code >= 0xd800 && code <= 0xdbff) {
        code = text.codePointAt(at)!;
        if (code > 0xffff) next++;
      }
      folded = foldedCode(code);
    }
    if (folded === PARTS) {
      if (length > 0) sink.word(codes, length, start, at, false);
      length = 0;
    } else if (folded === SEVERAL) {
      if (length === 0) start = at;
      for (const one of foldedToSeveral(code)) if (length < LONGEST) codes[length++] = one;
    } else if (folded >= ALONE) {
      if (length > 0) sink.word(codes, length, start, at, false);
      codes[0] = folded & ~ALONE;
      length = 0;
      sink.word(codes, 1, at, next, true);
    } else if (folded !== NOTHING) {
      if (length === 0) start = at;
      if (length < LONGEST) codes[length++] = folded;
    }
    at = next;
  }
  if (length > 0) sink.word(codes, length, start, size, false);
}

/** The same text with its characters put together where it can be (NFC). */
export function composed(text: string): string {
  // deno-lint-ignore no-control-regex
  return /^[\x00-\u00ff]*$/.test(text) ? text : text.normalize("NFC");
}

/** One word, as text. */
export interface Word {
  readonly text: string;
  readonly start: number;
  readonly end: number;
  readonly alone: boolean;
}

/** All words of a composed text, at most `most`. */
export function wordsOf(text: string, most = Infinity): Word[] {
  const words: Word[] = [];
  scanWords(text, {
    word: (codes, length, start, end, alone) => {
      if (words.length < most) {
        words.push({ text: String.fromCodePoint(...codes.subarray(0, length)), start, end, alone });
      }
    },
  });
  return words;
}
