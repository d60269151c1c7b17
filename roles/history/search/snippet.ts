import type { HistoryMessage } from "../../../storage/mod.ts";
import { textsOf } from "./message_text.ts";
import { type Phrase, placeOf } from "./phrases.ts";
import { wordsOf } from "./words.ts";

/** Characters that are shown, and how many of them stand before what was found. */
const SHOWN = 120, BEFORE = 40;

/** What of a message is shown to a person who looked for these phrases: about 120 characters around the first of them. Text, never markup. */
export function snippetOf(message: HistoryMessage, phrases: readonly Phrase[]): string {
  const texts = textsOf(message);
  for (const text of phrases.length === 0 ? [] : texts) {
    const words = wordsOf(text);
    const places = phrases.map((phrase) => placeOf(phrase, words)).filter((place) => place >= 0);
    if (places.length > 0) return around(text, words[Math.min(...places)].start);
  }
  return around(texts[0] ?? "", 0);
}

/** What stands around a place of a text, to be shown. */
export function around(text: string, at: number): string {
  let from = at <= BEFORE ? 0 : at - BEFORE;
  if (from > 0) {
    // From the beginning of a word, where there is one near.
    const blank = text.slice(from, at).search(/\s/);
    if (blank >= 0) from += blank + 1;
  }
  const end = Math.min(text.length, from + SHOWN);
  // No half of a character at either end; what steers a terminal or the direction of a line is not shown.
  const part = text.slice(from, end).replace(/^[\udc00-\udfff]|[\ud800-\udbff]$/g, "")
    .replace(/[\p{Cc}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]+/gu, " ").replace(/\s+/g, " ").trim();
  return `${from > 0 ? "…" : ""}${part}${end < text.length ? "…" : ""}`;
}
