import type { HistoryParty, Recording } from "../../../storage/mod.ts";
import { composed, wordsOf } from "./words.ts";

/** Characters of a name that is looked for. */
const MOST = 200;

/**
 * Whether a conversation is with somebody: by address (`bob@example.test`, with or without its scheme), or by the beginnings of the words of a
 * name. "" for anybody.
 */
export function withSomebody(text: string): (recording: Recording) => boolean {
  const wanted = text.trim().slice(0, MOST);
  if (wanted === "") return () => true;
  if (/@|^[a-z]+:/i.test(wanted)) {
    const address = bareAddress(wanted);
    return ({ parties, group, with: other }) =>
      bareAddress(other) === address || bareAddress(group.uri) === address ||
      parties.some(({ uri }, i) => i > 0 && bareAddress(uri) === address);
  }
  const words = wordsOf(composed(wanted)).map(({ text }) => text);
  if (words.length === 0) return () => false;
  return ({ parties, group, with: other }) =>
    called(group, words) || called({ uri: other, name: "" }, words) ||
    parties.some((party, i) => i > 0 && called(party, words));
}

/** An address as it is compared: without scheme and parameters, in lower case. */
export function bareAddress(uri: string): string {
  return uri.replace(/^[a-z]+:/i, "").replace(/[;?].*$/s, "").toLowerCase();
}

function called({ uri, name }: HistoryParty, wanted: readonly string[]): boolean {
  if (uri === "" && name === "") return false;
  const own = wordsOf(composed(`${name} ${bareAddress(uri).split("@")[0]}`));
  return wanted.every((word) => own.some(({ text }) => text.startsWith(word)));
}
