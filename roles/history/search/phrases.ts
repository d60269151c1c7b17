import { termOf } from "./terms.ts";
import { composed, type Word, wordsOf } from "./words.ts";

/** Words of fewer characters are looked for as they are, longer ones as beginnings. */
const BEGINNING = 4;
/** Words of one search. */
export const MOST_WORDS = 24;
/** Characters of one search. */
export const MOST_CHARACTERS = 512;

/** Words that follow each other; most often one. */
export type Phrase = readonly Word[];

/** What was typed into a search is none; its message is for people. */
export class SearchTextError extends Error {
  override readonly name = "SearchTextError";
}

/**
 * What is looked for: `words "in quotes" follow each other`, so do those that no blank parts (`well-known`). Throws SearchTextError where
 * there is no word in it, or too many.
 */
export function phrasesOf(text: string): Phrase[] {
  if (text.trim() === "") return [];
  if (text.length > MOST_CHARACTERS) throw new SearchTextError(`has more than ${MOST_CHARACTERS} characters`);
  const phrases = [...composed(text).matchAll(/["“”„«»]([^"“”„«»]*)["“”„«»]?|[^\s"“”„«»]+/g)]
    .map(([all, quoted]) => wordsOf(quoted ?? all))
    .filter((words) => words.length > 0);
  const count = phrases.reduce((sum, { length }) => sum + length, 0);
  if (count === 0) throw new SearchTextError("has no word in it: letters or digits are needed");
  if (count > MOST_WORDS) throw new SearchTextError(`has more than ${MOST_WORDS} words`);
  return phrases;
}

/** Terms that a text with these phrases has, each in a group of its own. */
export function termsOfPhrases(phrases: readonly Phrase[]): number[][] {
  const terms = new Set<number>();
  for (const phrase of phrases) {
    phrase.forEach((word, i) => {
      const before = glued(phrase[i - 1], word) ? phrase[i - 1] : null;
      // A character that stands in a pair needs no term of its own.
      if (before === null && glued(word, phrase[i + 1])) return;
      terms.add(termOf(word, before));
    });
  }
  return [...terms].map((term) => [term]);
}

/** Where a phrase is for the first time in the words of a text: index of its first word; -1 for nowhere. */
export function placeOf(phrase: Phrase, words: readonly Word[]): number {
  const last = words.length - phrase.length;
  for (let at = 0; at <= last; at++) {
    let i = 0;
    while (i < phrase.length && fits(phrase, i, words, at)) i++;
    if (i === phrase.length) return at;
  }
  return -1;
}

function fits(phrase: Phrase, i: number, words: readonly Word[], at: number): boolean {
  const wanted = phrase[i], word = words[at + i];
  if (i > 0 && glued(phrase[i - 1], wanted) && !glued(words[at + i - 1], word)) return false;
  return begins(word, wanted);
}

function begins({ text }: Word, wanted: Word): boolean {
  if (text === wanted.text) return true;
  return wanted.text.length >= BEGINNING && [...wanted.text].length >= BEGINNING && text.startsWith(wanted.text);
}

/** Two characters without anything between them, of scripts where that makes words. */
function glued(one: Word | undefined, other: Word | undefined): boolean {
  return one !== undefined && other !== undefined && one.alone && other.alone && one.end === other.start;
}
