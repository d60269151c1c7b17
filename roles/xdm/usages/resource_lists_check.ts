import type { XcapTarget } from "../../../transport/xcap/mod.ts";
import { xmlAttribute, type XmlElement } from "../../../transport/xml/mod.ts";
import type { UsageContext } from "../usage.ts";
import { mustDiffer, overLimit, placeOf } from "./breach.ts";
import { COUNTS, IDENTIFIERS, NS } from "./identifiers.ts";
import { refuseLoops } from "./list_loops.ts";
import { ownerOfXui, readAnchor, readEntryRef } from "./references.ts";

/**
 * The rules of RFC 4826 §3.4.5 for all lists below `root`: unique names, entries and references, references of this domain, no
 * loops, not too many. Throws XcapProblem 409; gives the number of entries, references and externals. Takes time linear in the
 * document.
 */
export function checkLists(root: XmlElement, context: UsageContext): number {
  const walk = new ListWalk(context);
  if (root.namespace === NS.rlsServices) { for (const service of root.children) walk.children(service, 0); }
  else walk.children(root, 0);
  refuseLoops(root, walk.inward);
  return walk.members;
}

class ListWalk {
  readonly #context: UsageContext;
  /** Externals that lead back into this document. */
  readonly inward: { readonly element: XmlElement; readonly target: XcapTarget }[] = [];
  members = 0;
  #references = 0;
  #lists = 0;

  constructor(context: UsageContext) {
    this.#context = context;
  }

  children(parent: XmlElement, depth: number): void {
    const entries: XmlElement[] = [], refs: XmlElement[] = [], externals: XmlElement[] = [], lists: XmlElement[] = [];
    for (const child of parent.children) {
      if (child.namespace !== NS.resourceLists && child.namespace !== NS.rlsServices) continue;
      if (child.name === "entry") entries.push(child);
      else if (child.name === "list") lists.push(child);
      else if (child.name === "external") externals.push(child);
      else if (child.name === "entry-ref") refs.push(child);
    }
    this.#count(parent, entries.length, refs.length + externals.length, lists.length, depth);
    mustDiffer(entries, "uri", NS.resourceLists);
    mustDiffer(refs, "ref", NS.resourceLists);
    mustDiffer(externals, "anchor", NS.resourceLists);
    mustDiffer(lists, "name", NS.resourceLists);
    for (const ref of refs) readEntryRef(xmlAttribute(ref, "ref") ?? "", ref);
    for (const external of externals) this.#external(external);
    for (const list of lists) this.children(list, depth + 1);
  }

  #external(external: XmlElement): void {
    const anchor = xmlAttribute(external, "anchor");
    // The schema lets it be absent; then it leads nowhere.
    if (anchor === undefined) return;
    const target = readAnchor(anchor, external, "anchor", this.#context, [IDENTIFIERS.resourceLists.auid]);
    const { key } = this.#context;
    if (key.auid === target.auid && key.name === target.document && key.owner === ownerOfXui(target.xui ?? "")) {
      this.inward.push({ element: external, target });
    }
  }

  #count(parent: XmlElement, entries: number, references: number, lists: number, depth: number): void {
    this.members += entries + references;
    this.#references += references;
    this.#lists += lists;
    if (this.members > COUNTS.entries) {
      throw overLimit(`${placeOf(parent)}: more than ${COUNTS.entries} entries in the lists of this document.`);
    }
    if (this.#references > COUNTS.references) {
      throw overLimit(`${placeOf(parent)}: more than ${COUNTS.references} references in the lists of this document.`);
    }
    if (this.#lists > COUNTS.lists) {
      throw overLimit(`${placeOf(parent)}: more than ${COUNTS.lists} lists in this document.`);
    }
    if (depth > COUNTS.listDepth) throw overLimit(`${placeOf(parent)}: lists more than ${COUNTS.listDepth} deep.`);
  }
}
