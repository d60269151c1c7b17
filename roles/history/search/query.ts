import type { HistoryQuery, Recording, SaidMessage } from "../../../storage/mod.ts";
import { isIn } from "./folders.ts";
import { textsOf } from "./message_text.ts";
import { withSomebody } from "./people.ts";
import { PhraseMatch } from "./phrase_match.ts";
import { type Phrase, phrasesOf, placeOf, termsOfPhrases } from "./phrases.ts";
import { snippetOf } from "./snippet.ts";
import { termsOfMessage } from "./terms.ts";
import { wordsOf } from "./words.ts";

/** What somebody looks for among the own conversations. What is given has to hold all together. */
export interface HistorySearch {
  /** Each is the beginning of a word of the message; one of up to three letters is a whole word. Those in quotes follow each other. "": any. */
  readonly words: string;
  /** Address or name of somebody in the conversation, or of the room; "": anybody. */
  readonly with: string;
  /** When it was said, wall time ms: not before, and before; 0 and Infinity for all. */
  readonly from: number;
  readonly until: number;
  /** A folder, with those in it; null: all. "": conversations in no folder. */
  readonly folder: string | null;
  /** One conversation alone; "": all. */
  readonly reference: string;
}

/** Everything. */
export const ANY_SEARCH: HistorySearch = { words: "", with: "", from: 0, until: Infinity, folder: null, reference: "" };

/** A search as the store carries it out, and what of a hit is shown. */
export interface PreparedSearch extends HistoryQuery {
  snippet(message: SaidMessage): string;
}

/** Throws SearchTextError where the words are none. */
export function queryOf(search: HistorySearch): PreparedSearch {
  const phrases = phrasesOf(search.words);
  const somebody = withSomebody(search.with);
  const { folder, reference, from, until } = search;
  const terms = termsOfPhrases(phrases);
  const snippets = new WeakMap<SaidMessage, string>();
  return {
    terms,
    // Most messages are told apart by their terms, which cost a tenth of their words.
    matches: (message) => hasTerms(message, terms) && said(message, phrases),
    longMatch: (message) => PhraseMatch.of(message, phrases, (snippet) => snippets.set(message, snippet)),
    of: (recording: Recording) =>
      (reference === "" || recording.reference === reference) && (folder === null || isIn(recording.name, folder)) &&
      somebody(recording),
    from,
    // The store's span ends with its last millisecond.
    until: until - 1,
    snippet: (message) => snippets.get(message) ?? snippetOf(message, phrases),
  };
}

function hasTerms(message: SaidMessage, groups: readonly (readonly number[])[]): boolean {
  if (groups.length === 0) return true;
  const own = termsOfMessage(message);
  return groups.every((group) => group.some((term) => own.includes(term)));
}

/** Each phrase is in one of the message's texts. */
function said(message: SaidMessage, phrases: readonly Phrase[]): boolean {
  if (phrases.length === 0) return true;
  const texts = textsOf(message).map((text) => wordsOf(text));
  return phrases.every((phrase) => texts.some((words) => placeOf(phrase, words) >= 0));
}
