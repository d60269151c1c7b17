/** What becomes of a character: it parts words, it is passed over, it is folded to several, or to this code point. */
export const PARTS = 0, NOTHING = 1, SEVERAL = 2;
/** Set beside the folded code point where a script is written without spaces: each character is a word. */
export const ALONE = 1 << 24;

/** Letters that stay themselves under decomposition and that people type without their stroke, dot or ligature. */
const PLAIN: Readonly<Record<string, string>> = {
  "ß": "ss",
  "ς": "σ",
  "ı": "i",
  "ł": "l",
  "ø": "o",
  "đ": "d",
  "ð": "d",
  "þ": "th",
  "æ": "ae",
  "œ": "oe",
};

/** Accents, points and tone marks that people leave out. Vowel signs of Indic scripts and of Thai are no marks of this kind: they stay. */
const MARK =
  /^[\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u064b-\u065f\u0670\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\u3099\u309a\uff9e\uff9f\ufe00-\ufe0f\ufe20-\ufe2f]$/;
/** Soft hyphen, joiners, and the prolonging stroke of Arabic: invisible, or of looks alone. */
const INVISIBLE = /^[\u00ad\u0640\u200c\u200d\u2060\ufeff]$/;
const WORD = /^[\p{L}\p{N}\p{M}]$/u;
const SPACELESS =
  /^[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Hangul}\p{sc=Thai}\p{sc=Lao}\p{sc=Khmer}\p{sc=Myanmar}\p{sc=Tibetan}]$/u;

const PAGE = 256;
const pages: (Uint32Array | undefined)[] = [];
const several = new Map<number, readonly number[]>();

/**
 * What a code point becomes where words are compared: compatibility forms decomposed, marks off, lower case. `PARTS`, `NOTHING`, `SEVERAL`
 * (then `foldedToSeveral`), or a code point, with `ALONE` beside it. Pages of 256 are made when one of them is first asked for.
 */
export function foldedCode(code: number): number {
  const page = pages[code >> 8] ??= pageOf(code >> 8);
  return page[code & 255];
}

/** For a code point whose `foldedCode` is `SEVERAL`. */
export function foldedToSeveral(code: number): readonly number[] {
  return several.get(code)!;
}

function pageOf(number: number): Uint32Array {
  const page = new Uint32Array(PAGE);
  for (let i = 0; i < PAGE; i++) page[i] = fold(number * PAGE + i);
  return page;
}

function fold(code: number): number {
  // Half of a character.
  if (code >= 0xd800 && code <= 0xdfff) return PARTS;
  const character = String.fromCodePoint(code);
  if (MARK.test(character) || INVISIBLE.test(character)) return NOTHING;
  if (!WORD.test(character)) return PARTS;
  // Hangul syllables are one character each; decomposed they would be three.
  const codes = [...character.normalize("NFKD").toLowerCase().normalize("NFKD")].filter((one) => !MARK.test(one))
    .join("").normalize("NFC");
  const folded = [...codes].flatMap((one) => [...(PLAIN[one] ?? one)]).filter((one) => WORD.test(one));
  if (folded.length === 0) return NOTHING;
  const flags = SPACELESS.test(character) ? ALONE : 0;
  if (folded.length === 1) return folded[0].codePointAt(0)! | flags;
  several.set(code, folded.map((one) => one.codePointAt(0)!));
  return SEVERAL;
}
