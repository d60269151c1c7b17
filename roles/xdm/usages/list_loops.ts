import type { Step, XcapTarget } from "../../../transport/xcap/mod.ts";
import { xmlAttribute, type XmlElement } from "../../../transport/xml/mod.ts";
import { constraintFailure, placeOf } from "./breach.ts";
import { NS } from "./identifiers.ts";

/** Finds lists of one document by selector, each step in constant time. */
class ListIndex {
  readonly #root: XmlElement;
  readonly #children = new Map<XmlElement, { lists: XmlElement[]; byName: Map<string, XmlElement> }>();

  constructor(root: XmlElement) {
    this.#root = root;
  }

  /** The list that a selector names; null where there is none, or where it is named by anything but its place and its name. */
  find(target: XcapTarget): XmlElement | null {
    const steps = target.selector?.steps ?? [];
    if (steps.length < 2 || !isPlain(steps[0], this.#root.name)) return null;
    let at: XmlElement | null = this.#root;
    for (let i = 1; i < steps.length && at !== null; i++) at = this.#step(at, steps[i]);
    return at;
  }

  #step(parent: XmlElement, step: Step): XmlElement | null {
    const { lists, byName } = this.#listsOf(parent);
    if (step.name !== "list" && step.name !== "*") return null;
    const among = step.name === "*" ? parent.children : lists;
    let found: XmlElement | undefined;
    if (step.position > 0) found = among[step.position - 1];
    else if (step.attribute === null) found = among.length === 1 ? among[0] : undefined;
    else if (step.attribute.name === "name") found = byName.get(step.attribute.value);
    if (found === undefined || found.name !== "list") return null;
    if (step.attribute !== null && xmlAttribute(found, step.attribute.name) !== step.attribute.value) return null;
    return found;
  }

  #listsOf(parent: XmlElement) {
    let known = this.#children.get(parent);
    if (known === undefined) {
      const lists = parent.children.filter((child) => child.name === "list" && child.namespace === NS.resourceLists);
      const byName = new Map<string, XmlElement>();
      for (const list of lists) byName.set(xmlAttribute(list, "name") ?? "", list);
      this.#children.set(parent, known = { lists, byName });
    }
    return known;
  }
}

function isPlain(step: Step, name: string): boolean {
  return (step.name === name || step.name === "*") && step.position <= 1 && step.attribute === null;
}

/**
 * Throws constraint-failure where following externals within this document comes back to where it began: a list holds what is in
 * the lists below it and in those its externals name. Loops over several documents are found by who follows them (RFC 4826 §4.5).
 *
 * @param externals of this document that lead back into it
 */
export function refuseLoops(
  root: XmlElement,
  externals: readonly { readonly element: XmlElement; readonly target: XcapTarget }[],
): void {
  if (externals.length === 0) return;
  const index = new ListIndex(root);
  const leadsTo = new Map<XmlElement, XmlElement[]>();
  for (const { element, target } of externals) {
    const list = element.parent;
    const named = index.find(target);
    if (named === null || list === null) continue;
    const others = leadsTo.get(list);
    if (others === undefined) leadsTo.set(list, [named]);
    else others.push(named);
  }
  if (leadsTo.size > 0) refuseCycles(root, leadsTo);
}

/** Depth first, without recursion: a chain of externals may be as long as the document. */
function refuseCycles(root: XmlElement, leadsTo: ReadonlyMap<XmlElement, XmlElement[]>): void {
  const state = new Map<XmlElement, "open" | "done">();
  const path: { readonly list: XmlElement; readonly next: XmlElement[] }[] = [];
  const enter = (list: XmlElement) => {
    state.set(list, "open");
    const below = list.children.filter((child) => child.name === "list" && child.namespace === list.namespace);
    path.push({ list, next: below.concat(leadsTo.get(list) ?? []) });
  };
  enter(root);
  while (path.length > 0) {
    const { list, next } = path[path.length - 1];
    const to = next.pop();
    if (to === undefined) {
      state.set(list, "done");
      path.pop();
    } else if (state.get(to) === "open") {
      throw constraintFailure(
        `${placeOf(list)}: its externals lead back to ${placeOf(to)}, which holds it or leads to it; ` +
          "lists may not hold themselves.",
      );
    } else if (state.get(to) === undefined) {
      enter(to);
    }
  }
}
