import { xmlAttribute, xmlChildren, type XmlDocument, type XmlElement } from "../../../transport/xml/mod.ts";
import type { DocumentKey, Principal } from "../usage.ts";
import { IDENTIFIERS, NS, WELL_KNOWN_LISTS } from "../usages/identifiers.ts";
import { foldedAddress } from "../usages/references.ts";

export const RL = NS.resourceLists;

/** The lists whose entries are contacts, with all lists in them. The first one is where contacts are put. */
export const CONTACT_LISTS: readonly string[] = [WELL_KNOWN_LISTS.contacts, WELL_KNOWN_LISTS.rcs];
export const BLOCK_LISTS: readonly string[] = [WELL_KNOWN_LISTS.blocked, WELL_KNOWN_LISTS.rcsBlocked];
export const GRANTED = WELL_KNOWN_LISTS.granted;

/** In whose name this room writes. */
export const CONTACTS_SERVICE: Principal = { kind: "service", name: "contacts" };

/** The document with a user's lists. */
export function listsKey(owner: string): DocumentKey {
  const { auid, document } = IDENTIFIERS.resourceLists;
  return { auid, owner, name: document };
}

/** One entry of a contact list where it stands. */
export interface PlacedEntry {
  readonly element: XmlElement;
  readonly uri: string;
  /** Folded; "" where it is no SIP or tel address. */
  readonly aor: string;
  readonly name: string;
  /** Names of the lists around it below the contact list, joined by `/`; "" for the contact list itself. */
  readonly list: string;
}

/** The top lists of these names, in the order of the document. */
export function topLists(document: XmlDocument | null, names: readonly string[]): XmlElement[] {
  if (document === null) return [];
  return xmlChildren(document.root, RL, "list").filter((list) => names.includes(xmlAttribute(list, "name") ?? ""));
}

/** The entries of all contact lists. */
export function contactEntries(document: XmlDocument | null): PlacedEntry[] {
  const entries: PlacedEntry[] = [];
  for (const list of topLists(document, CONTACT_LISTS)) collect(list, "", entries);
  return entries;
}

/** The entries of other lists at the top. */
export function entriesIn(document: XmlDocument | null, names: readonly string[]): PlacedEntry[] {
  const entries: PlacedEntry[] = [];
  for (const list of topLists(document, names)) collect(list, "", entries);
  return entries;
}

/** The groups in all contact lists: each list below, with its name. */
export function groupElements(document: XmlDocument | null): { readonly name: string; readonly element: XmlElement }[] {
  const groups: { name: string; element: XmlElement }[] = [];
  const walk = (parent: XmlElement, path: string) => {
    for (const element of xmlChildren(parent, RL, "list")) {
      const name = within(path, element);
      groups.push({ name, element });
      walk(element, name);
    }
  };
  for (const list of topLists(document, CONTACT_LISTS)) walk(list, "");
  return groups;
}

export function readEntry(element: XmlElement, list: string): PlacedEntry {
  const uri = xmlAttribute(element, "uri") ?? "";
  return { element, uri, aor: foldedAddress(uri), name: displayNameOf(element), list };
}

/** Its `display-name`, white space trimmed; "" for none. */
export function displayNameOf(element: XmlElement): string {
  for (const child of element.children) {
    if (child.name === "display-name" && child.namespace === RL) return child.text.trim();
  }
  return "";
}

/** Names as they are compared (GM-6). */
export function foldedName(name: string): string {
  return name.normalize("NFC").trim();
}

function collect(list: XmlElement, path: string, into: PlacedEntry[]): void {
  for (const child of list.children) {
    if (child.namespace !== RL) continue;
    if (child.name === "entry") into.push(readEntry(child, path));
    else if (child.name === "list") collect(child, within(path, child), into);
  }
}

function within(path: string, list: XmlElement): string {
  const name = xmlAttribute(list, "name") ?? "";
  return path === "" ? name : `${path}/${name}`;
}
