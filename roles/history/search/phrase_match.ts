import type { LongMatch, SaidMessage } from "../../../storage/mod.ts";
import { LongText } from "./long_text.ts";
import { type Phrase, placeOf } from "./phrases.ts";
import { textsOf } from "./message_text.ts";
import { around } from "./snippet.ts";
import { lookFor, termOf } from "./terms.ts";
import { type Word, wordsOf } from "./words.ts";

/** Whether phrases are in a text that comes in pieces, or in the name of its file. */
export class PhraseMatch implements LongMatch {
  #text: LongText | null = null;
  readonly #show: (snippet: string) => void;
  /** Of all words that are looked for. */
  readonly #terms: ReadonlySet<number>;
  /** Not found yet. */
  #missing: readonly Phrase[];
  /** The last words of before, as many as the rest of a phrase may follow. */
  #before: readonly Word[] = [];
  readonly #most: number;
  #shown = false;

  private constructor(missing: readonly Phrase[], show: (snippet: string) => void) {
    this.#missing = missing;
    this.#show = show;
    this.#terms = new Set(missing.flat().map((word) => termOf(word)));
    this.#most = Math.max(...missing.map(({ length }) => length)) - 1;
  }

  /** `show` is given what is to be shown of the text. Null: the body has not to be read, or is no text. */
  static of(message: SaidMessage, phrases: readonly Phrase[], show: (snippet: string) => void): PhraseMatch | null {
    const names = textsOf(message).map((text) => wordsOf(text));
    const missing = phrases.filter((phrase) => names.every((words) => placeOf(phrase, words) < 0));
    if (missing.length === 0) return null;
    const match = new PhraseMatch(missing, show);
    match.#text = LongText.of(message, (piece, at) => match.#look(piece, at));
    return match.#text === null ? null : match;
  }

  get matches(): boolean {
    return this.#missing.length === 0;
  }

  take(octets: Uint8Array): boolean {
    return this.#text!.take(octets);
  }

  end(): void {
    this.#text!.end();
  }

  #look(text: string, at: number): boolean {
    const found = lookFor(this.#terms, text);
    // A piece that has words, and none of these, holds no part of a phrase.
    if (found === "others") this.#before = [];
    if (found !== "wanted") return true;
    const words = [...this.#before];
    for (const { text: word, start, end, alone } of wordsOf(text)) {
      words.push({ text: word, start: start + at, end: end + at, alone });
    }
    this.#missing = this.#missing.filter((phrase) => {
      const place = placeOf(phrase, words);
      if (place >= 0) this.#found(text, words[place].start - at);
      return place < 0;
    });
    this.#before = this.#most === 0 ? [] : words.slice(-this.#most);
    return this.#missing.length > 0;
  }

  /** Negative: it begins in the piece before, of which nothing is left. */
  #found(text: string, at: number): void {
    if (this.#shown) return;
    this.#shown = true;
    this.#show(around(text, Math.max(0, at)));
  }
}
