import {
  xmlAttribute,
  xmlChild,
  xmlChildren,
  xmlCollapsed,
  type XmlDocument,
  type XmlElement,
} from "../../../transport/xml/mod.ts";
import { NS } from "./identifiers.ts";
import { foldedAddress, foldedListAddress } from "./references.ts";

const RL = NS.resourceLists;

/** Somebody or something in a list. */
export interface ListEntry {
  /** As written. */
  readonly uri: string;
  /** Folded, as identities are compared; "" where it is no SIP or tel address. */
  readonly aor: string;
  readonly displayName: string;
}

/** A reference in a list: `anchor` of an external, `ref` of an entry-ref. */
export interface ListReference {
  readonly uri: string;
  readonly displayName: string;
}

/** A list and what it holds itself, each kind in the order of the document. */
export interface ResourceList {
  /** "" where it has none. */
  readonly name: string;
  readonly displayName: string;
  readonly entries: readonly ListEntry[];
  readonly externals: readonly ListReference[];
  readonly entryRefs: readonly ListReference[];
  readonly lists: readonly ResourceList[];
}

/** The lists of a document of RFC 4826 or OMA, well-formed and checked. */
export function readResourceLists(document: XmlDocument): ResourceList[] {
  return xmlChildren(document.root, RL, "list").map(readList);
}

/** One list, of whatever document. */
export function readList(list: XmlElement): ResourceList {
  const entries: ListEntry[] = [], externals: ListReference[] = [], entryRefs: ListReference[] = [];
  const lists: ResourceList[] = [];
  for (const child of list.children) {
    // Other schemas have the types of this one under names of their own.
    if (child.namespace !== RL && child.namespace !== list.namespace) continue;
    if (child.name === "entry") entries.push(readEntry(child));
    else if (child.name === "external") externals.push(readReference(child, "anchor"));
    else if (child.name === "entry-ref") entryRefs.push(readReference(child, "ref"));
    else if (child.name === "list") lists.push(readList(child));
  }
  return {
    name: xmlAttribute(list, "name") ?? "",
    displayName: displayNameOf(list),
    entries,
    externals,
    entryRefs,
    lists,
  };
}

/** The entries of a list and of the lists in it; references are left to who can follow them. */
export function* entriesOf(list: ResourceList): Iterable<ListEntry> {
  yield* list.entries;
  for (const inner of list.lists) yield* entriesOf(inner);
}

/** The list of that name at the top of a document. */
export function listNamed(document: XmlDocument, name: string): ResourceList | undefined {
  const list = document.root.children.find((child) =>
    child.name === "list" && child.namespace === RL && xmlAttribute(child, "name") === name
  );
  return list === undefined ? undefined : readList(list);
}

/** A service of a resource list server (RFC 4826 §4). */
export interface RlsService {
  readonly uri: string;
  /** Folded, with `;pres-list=` where it has one. */
  readonly aor: string;
  /** The list itself, or the absolute URI of one in `resource-lists`. */
  readonly list: ResourceList | string;
  /** Event packages; null where any will do. */
  readonly packages: readonly string[] | null;
}

export function readRlsServices(document: XmlDocument): RlsService[] {
  const ns = NS.rlsServices;
  return xmlChildren(document.root, ns, "service").map((service) => {
    const uri = xmlAttribute(service, "uri") ?? "";
    const list = xmlChild(service, ns, "list");
    const packages = xmlChild(service, ns, "packages");
    return {
      uri,
      aor: foldedListAddress(uri),
      list: list === undefined ? xmlCollapsed(xmlChild(service, ns, "resource-list")?.text ?? "") : readList(list),
      packages: packages === undefined
        ? null
        : xmlChildren(packages, ns, "package").map((element) => xmlCollapsed(element.text)),
    };
  });
}

function readEntry(entry: XmlElement): ListEntry {
  const uri = xmlAttribute(entry, "uri") ?? "";
  return { uri, aor: foldedAddress(uri), displayName: displayNameOf(entry) };
}

function readReference(element: XmlElement, attribute: string): ListReference {
  return { uri: xmlAttribute(element, attribute) ?? "", displayName: displayNameOf(element) };
}

/** The text of its `display-name`, spaces trimmed; "" for none. */
function displayNameOf(element: XmlElement): string {
  const name = element.children.find((child) =>
    child.name === "display-name" && (child.namespace === RL || child.namespace === element.namespace)
  );
  return name === undefined ? "" : name.text.trim();
}
