/** One setting as the search sees it. */
export interface Searched {
  readonly key: string;
  readonly label: string;
  readonly help: string;
  readonly words: string;
}

const MAX_QUERY = 200;

/** What was typed, as words. */
export function queryTerms(query: string): string[] {
  return [...new Set(query.slice(0, MAX_QUERY).toLowerCase().split(/[\s,]+/).filter((term) => term !== ""))].slice(
    0,
    8,
  );
}

/**
 * Those that hold every term, best first: the whole key, then a key or a part of it that begins with the term, then a word
 * that does, then one that holds it. Equals stay in the order they came in.
 */
export function searchSettings<T extends Searched>(rows: readonly T[], query: string): T[] {
  const terms = queryTerms(query);
  if (terms.length === 0) return [...rows];
  const found: { row: T; rank: number }[] = [];
  for (const row of rows) {
    const rank = rankOf(row, terms);
    if (rank !== null) found.push({ row, rank });
  }
  return found.sort((a, b) => a.rank - b.rank).map(({ row }) => row);
}

/** `text` in pieces, those that a term names marked; terms at the beginning of words first. */
export function highlighted(
  text: string,
  terms: readonly string[],
): { readonly text: string; readonly hit: boolean }[] {
  if (terms.length === 0) return [{ text, hit: false }];
  const pattern = [...terms].sort((a, b) => b.length - a.length).map(escaped).join("|");
  return text.split(new RegExp(`(${pattern})`, "giu")).map((part, at) => ({ text: part, hit: at % 2 === 1 }))
    .filter((part) => part.text !== "");
}

function rankOf(row: Searched, terms: readonly string[]): number | null {
  let sum = 0;
  for (const term of terms) {
    const rank = rankOfTerm(row, term);
    if (rank === null) return null;
    sum += rank;
  }
  return sum;
}

function rankOfTerm({ key, label, help, words }: Searched, term: string): number | null {
  const low = key.toLowerCase();
  if (low === term) return 0;
  if (low.startsWith(term)) return 1;
  if (begins(low, term)) return 2;
  if (begins(label.toLowerCase(), term)) return 3;
  if (begins(words.toLowerCase(), term)) return 4;
  if (begins(help.toLowerCase(), term)) return 6;
  if (low.includes(term) || label.toLowerCase().includes(term)) return 8;
  return words.toLowerCase().includes(term) || help.toLowerCase().includes(term) ? 10 : null;
}

/** Whether a word of `text` begins with `term`. */
function begins(text: string, term: string): boolean {
  for (let at = text.indexOf(term); at >= 0; at = text.indexOf(term, at + 1)) {
    if (at === 0 || !/[\p{L}\p{N}]/u.test(text[at - 1])) return true;
  }
  return false;
}

function escaped(term: string): string {
  return term.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
