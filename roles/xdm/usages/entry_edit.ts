import { xmlAttribute, type XmlDocument, type XmlElement } from "../../../transport/xml/mod.ts";
import type { UsageContext } from "../usage.ts";
import { COUNTS, NS } from "./identifiers.ts";
import { checkLists } from "./resource_lists_check.ts";

/** More than this is looked at as a whole. */
const MOST_ENTRIES = 4, LONGEST_URI = 256;

/** Documents that have passed, with their entries, references and externals. What is not in here is looked at as a whole. */
const passed = new WeakMap<XmlDocument, number>();

/**
 * `checkLists`, which looks at the changed entries alone where nothing but entries of one list was changed: in a document that has
 * passed, an entry can only break the rule that its URI is unique in its list, and there be one too many.
 */
export function checkResourceLists(document: XmlDocument, before: XmlDocument | null, context: UsageContext): void {
  const count = before === null ? null : countAfterEdit(document, before, context);
  passed.set(document, count ?? checkLists(document.root, context));
}

/** The members of the document, where a look at its edit says that it passes; null where the whole must be looked at. */
function countAfterEdit(document: XmlDocument, before: XmlDocument, { edit }: UsageContext): number | null {
  const had = passed.get(before);
  if (had === undefined || edit === undefined) return null;
  const was = entriesIn(before.root, edit.start, edit.end);
  const is = entriesIn(document.root, edit.start, edit.start + edit.inserted);
  if (was === null || is === null) return null;
  const count = had + is.entries.length - was.entries.length;
  if (count > COUNTS.entries || is.entries.length > MOST_ENTRIES) return null;
  return is.entries.every((entry) => isAlone(entry, is.list, document.text)) ? count : null;
}

/** The entries that a part of the text touches, and their list; null where it touches anything else. */
function entriesIn(root: XmlElement, start: number, end: number): { list: XmlElement; entries: XmlElement[] } | null {
  let list = root;
  for (;;) {
    if (start < list.contentStart || end > list.contentEnd) return null;
    const touched = childrenBetween(list.children, start, end);
    const inner: XmlElement | undefined = touched[0];
    if (touched.length === 1 && isNamed(inner, "list") && inner.contentStart <= start && end <= inner.contentEnd) {
      list = inner;
    } else {
      return touched.every((child) => isNamed(child, "entry")) ? { list, entries: touched } : null;
    }
  }
}

/** Those that a part of the text touches; children stand in the order of the text. */
function childrenBetween(children: readonly XmlElement[], start: number, end: number): XmlElement[] {
  let low = 0, high = children.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (children[middle].end <= start) low = middle + 1;
    else high = middle;
  }
  let last = low;
  while (last < children.length && children[last].start < end) last++;
  return children.slice(low, last);
}

function isNamed(element: XmlElement, name: string): boolean {
  return element.name === name && element.namespace === NS.resourceLists;
}

/** Whether an entry's URI certainly stands nowhere else in its list, however it might be written. */
function isAlone(entry: XmlElement, list: XmlElement, text: string): boolean {
  const uri = xmlAttribute(entry, "uri") ?? "";
  if (uri === "" || uri.length > LONGEST_URI || /[&<>"'\s]/.test(uri) || text.includes("&#")) return false;
  for (let at = text.indexOf(uri, list.contentStart); at >= 0 && at < list.contentEnd; at = text.indexOf(uri, at + 1)) {
    if (at < entry.start || at >= entry.end) return false;
  }
  return true;
}
