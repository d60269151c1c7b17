import type { ContactModel } from "../../model/mod.ts";

/** A list of contacts as the page shows it. */
export interface ContactGroup {
  /** Name of the list; "" for those who are in none. */
  readonly list: string;
  readonly contacts: readonly ContactModel[];
}

/**
 * Contacts under the names of their lists (GM-9): the lists in their own order, who is in none at the end; within each by name. Somebody in
 * several lists stands in each.
 */
export function contactGroups(
  contacts: readonly ContactModel[],
  lists: readonly string[],
  language: string,
): readonly ContactGroup[] {
  const { compare } = new Intl.Collator(language, { sensitivity: "base", numeric: true });
  const sorted = [...contacts].sort((a, b) => compare(a.name, b.name));
  const groups: ContactGroup[] = lists.map((list) => ({
    list,
    contacts: sorted.filter((contact) => contact.lists.includes(list)),
  }));
  const none = sorted.filter((contact) => !contact.lists.some((list) => lists.includes(list)));
  return none.length > 0 || groups.length === 0 ? [...groups, { list: "", contacts: none }] : groups;
}

/** Whether all words stand in what is known of somebody, marks of letters aside (GM-17). */
export function matchesWords(words: string, ...facts: readonly string[]): boolean {
  const known = plain(facts.join("\n"));
  return plain(words).split(/\s+/).every((word) => known.includes(word));
}

/** Whether a name begins with what is typed, marks of letters aside. */
export function begins(name: string, typed: string): boolean {
  return plain(name).startsWith(plain(typed));
}

function plain(text: string): string {
  return text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
}
