import { xmlAttribute, type XmlDocument, type XmlElement } from "../../../transport/xml/mod.ts";
import {
  BLOCK_LISTS,
  CONTACT_LISTS,
  contactEntries,
  foldedName,
  type PlacedEntry,
  readEntry,
  RL,
} from "./contact_lists.ts";

/** What became other in the contact lists of a document. */
export interface ContactsChange {
  /** Addresses that were in no contact list before; of each one place. */
  readonly added: readonly PlacedEntry[];
  /** Entries with a name that they did not have, the added ones among them. */
  readonly named: readonly PlacedEntry[];
  /** Where nothing but entries of one list was touched: how many more there are, and the text that is new, with what is around it. */
  readonly local: { readonly growth: number; readonly text: string } | null;
}

/** Longer than what a new text may join with on either side to become something else: `<![CDATA[`. */
const MARGIN = 16;
/** More entries than this are compared as a whole. */
const MOST_TOUCHED = 4;
const BLOCK = 4096;

/**
 * Changes that have been looked at: whoever checks a document before it is written, and whoever hears of it then, share one look.
 * The version before is held weakly: else each version would keep the one before it, and so all of them.
 */
const known = new WeakMap<
  XmlDocument,
  { readonly before: WeakRef<XmlDocument> | null; readonly change: ContactsChange }
>();

/** What the edit from `before` to `after` did. Costs next to nothing where a few entries of one list were touched. */
export function contactsChange(before: XmlDocument | null, after: XmlDocument): ContactsChange {
  const had = known.get(after);
  if (had !== undefined && (had.before === null ? null : had.before.deref()) === before) return had.change;
  const change = (before === null ? null : touchedOnly(before, after)) ?? asWhole(before, after);
  known.set(after, { before: before === null ? null : new WeakRef(before), change });
  return change;
}

function asWhole(before: XmlDocument | null, after: XmlDocument): ContactsChange {
  const were = new Map<string, Set<string>>();
  for (const { aor, uri, name } of contactEntries(before)) {
    const names = were.get(aor || uri) ?? new Set();
    names.add(foldedName(name));
    were.set(aor || uri, names);
  }
  const added = new Map<string, PlacedEntry>();
  const named: PlacedEntry[] = [];
  for (const entry of contactEntries(after)) {
    const names = were.get(entry.aor || entry.uri);
    if (names === undefined && !added.has(entry.aor || entry.uri)) added.set(entry.aor || entry.uri, entry);
    if (!names?.has(foldedName(entry.name))) named.push(entry);
  }
  return { added: [...added.values()], named, local: null };
}

/** The same from the touched part of the text alone; null where that part holds more than a few entries of one list. */
function touchedOnly(before: XmlDocument, after: XmlDocument): ContactsChange | null {
  const [start, fromEnd] = commonEnds(before.text, after.text);
  const were = entriesAt(before, start, before.text.length - fromEnd);
  const are = entriesAt(after, start, after.text.length - fromEnd);
  if (were === null || are === null || were.contacts !== are.contacts) return null;
  const text = after.text.slice(Math.max(0, start - MARGIN), after.text.length - fromEnd + MARGIN);
  if (!are.contacts) return { added: [], named: [], local: { growth: 0, text } };
  const [old, now] = [were, are].map(({ entries, path }) => entries.map((element) => readEntry(element, path)));
  const fresh = now.filter(({ aor, uri }) => !old.some((one) => one.aor === aor && one.uri === uri));
  // It may have stood in another group before; then only a look at all of them tells.
  if (fresh.some(({ aor, uri }) => aor !== uri || /[&<>"']/.test(uri) || before.text.includes(uri))) return null;
  const named = now.filter((entry) =>
    !old.some((one) => one.aor === entry.aor && foldedName(one.name) === foldedName(entry.name))
  );
  return { added: fresh, named, local: { growth: now.length - old.length, text } };
}

/** The entries that `[start, end)` of the text touches, where nothing but entries of one list is touched. */
function entriesAt(
  { root }: XmlDocument,
  start: number,
  end: number,
): { readonly entries: readonly XmlElement[]; readonly path: string; readonly contacts: boolean } | null {
  let list = root;
  let contacts = false;
  const path: string[] = [];
  for (;;) {
    if (start < list.contentStart || end > list.contentEnd) return null;
    const touched: readonly XmlElement[] = touchedOf(list.children, start, end);
    const inner: XmlElement | undefined = touched[0];
    const isList = inner?.name === "list" && inner.namespace === RL;
    if (touched.length === 1 && isList && inner.contentStart <= start && end <= inner.contentEnd) {
      const name = xmlAttribute(inner, "name") ?? "";
      if (list === root) contacts = CONTACT_LISTS.includes(name);
      else path.push(name);
      if (list === root && !contacts && !BLOCK_LISTS.includes(name)) return { entries: [], path: "", contacts };
      list = inner;
      continue;
    }
    if (list === root || touched.length > MOST_TOUCHED) return null;
    if (touched.some((child) => child.name !== "entry" || child.namespace !== RL)) return null;
    return { entries: touched, path: path.join("/"), contacts };
  }
}

/** Those of elements in the order of the text that `[start, end)` touches; found without a look at each. */
function touchedOf(elements: readonly XmlElement[], start: number, end: number): readonly XmlElement[] {
  let low = 0, high = elements.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (elements[middle].end > start) high = middle;
    else low = middle + 1;
  }
  let after = low;
  while (after < elements.length && elements[after].start < end) after++;
  return elements.slice(low, after);
}

/** How many characters two texts share at their beginning, and how many of the rest at their end. */
function commonEnds(a: string, b: string): [start: number, end: number] {
  const most = Math.min(a.length, b.length);
  let start = 0;
  while (start + BLOCK <= most && a.slice(start, start + BLOCK) === b.slice(start, start + BLOCK)) start += BLOCK;
  while (start < most && a.charCodeAt(start) === b.charCodeAt(start)) start++;
  const left = most - start;
  let end = 0;
  const tail = (text: string, from: number) => text.slice(text.length - from - BLOCK, text.length - from);
  while (end + BLOCK <= left && tail(a, end) === tail(b, end)) end += BLOCK;
  while (end < left && a.charCodeAt(a.length - 1 - end) === b.charCodeAt(b.length - 1 - end)) end++;
  return [start, end];
}
