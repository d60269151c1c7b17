import { OperationError } from "../../../operations/mod.ts";
import {
  parseXml,
  xmlChildren,
  type XmlDocument,
  type XmlElement,
  type XmlLimits,
} from "../../../transport/xml/mod.ts";
import {
  contactEntries,
  entriesIn,
  foldedName,
  groupElements,
  type PlacedEntry,
  RL,
  topLists,
} from "./contact_lists.ts";
import {
  appended,
  attributeSet,
  displayNameSet,
  edited,
  emptyLists,
  entryText,
  isListNamed,
  listText,
  removed,
  type TextEdit,
} from "./list_edit.ts";
import { CONTACT_LISTS } from "./contact_lists.ts";

const [CONTACTS] = CONTACT_LISTS;
/** Of the documents that are made here, before anybody has written them. */
const FRESH: XmlLimits = { characters: 1024, depth: 4, elements: 4, attributes: 4 };

/** Somebody as a list names them. */
export interface Named {
  readonly uri: string;
  readonly name: string;
}

/** The document, or one with no lists in it. */
export function orEmpty(document: XmlDocument | null): XmlDocument {
  return document ?? parseXml(emptyLists(), FRESH);
}

/** The text with an entry in the list at the top of that name, which is made where there is none; null where it stands there. */
export function withEntry(document: XmlDocument | null, list: string, aor: string, entry: Named): string | null {
  if (entriesIn(document, [list]).some((one) => one.aor === aor)) return null;
  const base = orEmpty(document);
  const there = base.root.children.find((one) => isListNamed(one, list));
  const edit = there === undefined
    ? appended(base, base.root, listText(base.root, list, "", [entry]))
    : appended(base, there, entryText(there, entry.uri, entry.name));
  return edited(base.text, [edit]);
}

/** The text with a contact in the contact list, or in a group of it. Throws OperationError where there is no such group. */
export function withContact(document: XmlDocument | null, contact: Named & { readonly list: string }): string {
  const base = orEmpty(document);
  const parent = contact.list === "" ? topLists(base, [CONTACTS])[0] : groupOf(base, contact.list);
  const edit = parent === undefined
    ? appended(base, base.root, listText(base.root, CONTACTS, "", [contact]))
    : appended(base, parent, entryText(parent, contact.uri, contact.name));
  return edited(base.text, [edit]);
}

/** The text with a contact renamed and moved; null where nothing is other. Throws OperationError where there is none. */
export function withChanged(
  document: XmlDocument | null,
  aor: string,
  { name, list }: { readonly name?: string; readonly list?: string },
): string | null {
  const places = placesOf(document, aor);
  const doc = document!;
  if (list === undefined || (places.length === 1 && places[0].list === list)) {
    const edits = name === undefined ? [] : places.map(({ element }) => displayNameSet(doc, element, name));
    const real = edits.filter((edit): edit is TextEdit => edit !== null);
    return real.length === 0 ? null : edited(doc.text, real);
  }
  const parent = list === "" ? topLists(doc, [CONTACTS])[0] : groupOf(doc, list);
  // What else its owner wrote into the entry goes with it, as long as the name stays.
  const [first] = places;
  const text = name === undefined || name === first.name ? elementText(doc, first.element, parent) : null;
  const entry = { uri: first.uri, name: name ?? first.name };
  const added = parent === undefined
    ? appended(doc, doc.root, listText(doc.root, CONTACTS, "", [entry]))
    : appended(doc, parent, text ?? entryText(parent, entry.uri, entry.name));
  return edited(doc.text, apart([...places.map(({ element }) => removed(doc, element)), added]));
}

/** The text without anything of these lists that means this address; null where there is nothing. */
export function withoutEntries(
  document: XmlDocument | null,
  aor: string,
  entries: readonly PlacedEntry[],
): string | null {
  if (document === null) return null;
  const gone = entries.filter((entry) => entry.aor === aor);
  return gone.length === 0 ? null : edited(document.text, gone.map(({ element }) => removed(document, element)));
}

/** The text with a group. Throws OperationError where the contact list has one of that name. */
export function withGroup(document: XmlDocument | null, name: string, displayName: string): string {
  if (groupElements(document).some((group) => group.name === name)) {
    throw new OperationError("conflict", `there is a list "${name}" already`);
  }
  const base = orEmpty(document);
  const top = topLists(base, [CONTACTS])[0];
  if (top !== undefined) return edited(base.text, [appended(base, top, listText(top, name, displayName, []))]);
  const made = parseXml(edited(base.text, [appended(base, base.root, listText(base.root, CONTACTS, "", []))]), {
    ...FRESH,
    characters: base.text.length + 1024,
    depth: 64,
    elements: base.text.length,
    attributes: 128,
  });
  return withGroup(made, name, displayName);
}

/** The text with a group under another name, or shown under another one. Throws OperationError. */
export function withGroupChanged(
  document: XmlDocument | null,
  name: string,
  patch: { readonly name?: string; readonly display_name?: string },
): string | null {
  const element = groupOf(document, name);
  const edits: TextEdit[] = [];
  if (patch.name !== undefined && patch.name !== lastOf(name)) {
    const path = `${name.slice(0, name.length - lastOf(name).length)}${patch.name}`;
    if (groupElements(document).some((group) => group.name === path)) {
      throw new OperationError("conflict", `there is a list "${path}" already`);
    }
    edits.push(attributeSet(element, "name", patch.name));
  }
  const shown = patch.display_name === undefined ? null : displayNameSet(document!, element, patch.display_name);
  if (shown !== null) edits.push(shown);
  return edits.length === 0 ? null : edited(document!.text, edits);
}

/** The text without a group: its contacts that stand nowhere else go to the contact list itself. Throws OperationError. */
export function withoutGroup(document: XmlDocument | null, name: string): string {
  const element = groupOf(document, name);
  const doc = document!;
  const inside = ({ list }: PlacedEntry) => list === name || list.startsWith(`${name}/`);
  const entries = contactEntries(doc);
  const elsewhere = new Set(entries.filter((entry) => !inside(entry)).map(({ aor }) => aor));
  const homeless = entries.filter((entry) => inside(entry) && !elsewhere.has(entry.aor));
  const once = homeless.filter(({ aor }, at) => homeless.findIndex((other) => other.aor === aor) === at);
  let top = element.parent!;
  while (top.parent !== doc.root) top = top.parent!;
  const kept = once.map(({ element }) => elementText(doc, element, top)).join("\n    ");
  const edits = [removed(doc, element)];
  if (kept !== "") edits.push(appended(doc, top, kept));
  return edited(doc.text, apart(edits));
}

/** Where somebody stands in the contact lists. Throws OperationError where nowhere. */
export function placesOf(document: XmlDocument | null, aor: string): readonly PlacedEntry[] {
  const places = contactEntries(document).filter((entry) => entry.aor === aor);
  if (places.length === 0) throw new OperationError("not-found", `${aor} is not in the contact list`);
  return places;
}

/** A name that no other contact has: the same with a number behind it where it is taken (GM-6). */
export function freeName(document: XmlDocument | null, name: string, aor: string): string {
  if (name === "") return "";
  const taken = new Set(
    contactEntries(document).filter((entry) => entry.aor !== aor).map((entry) => foldedName(entry.name)),
  );
  if (!taken.has(foldedName(name))) return name;
  for (let n = 2;; n++) if (!taken.has(foldedName(`${name} (${n})`))) return `${name} (${n})`;
}

function groupOf(document: XmlDocument | null, name: string): XmlElement {
  const group = groupElements(document).find((one) => one.name === name);
  if (group === undefined) throw new OperationError("not-found", `there is no list "${name}"`);
  return group.element;
}

/** An element as it is written, where its new parent has the same prefix; entries of another one are written anew. */
function elementText({ text }: XmlDocument, element: XmlElement, parent: XmlElement | undefined): string {
  if (parent === undefined || element.prefix === parent.prefix) return text.slice(element.start, element.end);
  const name = xmlChildren(element, RL, "display-name")[0]?.text.trim() ?? "";
  return entryText(parent, element.attributes.find((one) => one.name === "uri")?.value ?? "", name);
}

/**
 * Edits that do not overlap: an insertion behind an element that is taken out, or inside the white space before one, moves to its
 * start.
 */
function apart(edits: readonly TextEdit[]): TextEdit[] {
  const cuts = edits.filter(({ start, end }) => end > start);
  return edits.map((edit) => {
    const cut = cuts.find((one) => one !== edit && edit.start > one.start && edit.start <= one.end);
    return cut === undefined || edit.end > edit.start ? edit : { ...edit, start: cut.start, end: cut.start };
  });
}

function lastOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}
