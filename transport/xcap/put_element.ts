import type { XmlElement } from "../xml/mod.ts";
import { conflict, type Edit, type Edited, type EditPlace, parentOf, spliced } from "./edit.ts";
import { type Fragment, readFragment } from "./fragment.ts";
import { qName } from "./names.ts";
import { hasAttribute, isNamed, matchOf, namespaceOf } from "./select.ts";
import type { Step } from "./selector.ts";

/**
 * Creates or replaces the element that the selector names (RFC 4825 §8.2). Nothing but the body is put into the text: no
 * white space is added (§6.3). Throws XcapProblem: 409 not-xml-frag where the body is not one element, no-parent where there
 * is nothing to put it into, cannot-insert where a GET would not give the body afterwards; 413 where the document grows over
 * a limit.
 */
export function putElement(place: EditPlace, body: string): Edited {
  const { document, selector, defaultNamespace } = place;
  const last = selector.steps.length - 1;
  const parent = last === 0 ? null : parentOf(place, last);
  const fragment = readFragment(body, parent);
  const step = selector.steps[last];
  const siblings = parent === null ? [document.root] : parent.children;
  const match = matchOf(siblings, step, selector, defaultNamespace);
  if (match.count === 2) throw conflict("cannot-insert", `${selector.text} names more than one element`);
  const { element } = match;
  // Whether a GET would give the body is seen from the body alone. The other siblings do not match the step, and none of
  // the steps before it looks at anything that changes here; a new element gets the very position that the step names.
  const namespace = namespaceOf(step, selector, defaultNamespace);
  if (!isNamed(fragment.element, step.name, namespace) || !hasAttribute(fragment.element, step.attribute, selector)) {
    throw conflict("cannot-insert", `the element in the body is not what ${selector.text} names`);
  }
  const edit = element !== null
    ? { start: element.start, end: element.end, insert: fragment.text }
    : insertion(parent, step, namespace, fragment);
  return { document: spliced(document, edit, "not-xml-frag"), created: element === null, edit };
}

/** Where a new element goes (§8.2.3). */
function insertion(parent: XmlElement | null, step: Step, namespace: string, fragment: Fragment): Edit {
  if (parent === null) {
    throw conflict("cannot-insert", "a document has one root element, and the selector names another");
  }
  const at = step.position === 0 ? unpositioned(parent, fragment) : positioned(parent, step, namespace);
  if (parent.selfClosing) return intoSelfClosing(parent, fragment.text);
  return { start: at, end: at, insert: fragment.text };
}

/** Behind the last of its own name ("earliest last"), or behind everything where it is the first of them. */
function unpositioned(parent: XmlElement, { element }: Fragment): number {
  const { children } = parent;
  for (let i = children.length - 1; i >= 0; i--) {
    if (isNamed(children[i], element.name, element.namespace)) return children[i].end;
  }
  return parent.contentEnd;
}

/** The "earliest nth" place among those of the step's name. */
function positioned(parent: XmlElement, { position, name }: Step, namespace: string): number {
  let before = 0;
  for (const child of parent.children) {
    if (!isNamed(child, name, namespace)) continue;
    if (position === 1) return child.start;
    if (++before === position - 1) return child.end;
  }
  if (position === 1) return parent.contentEnd;
  throw conflict("cannot-insert", `there are ${before} elements ${name}, so none can become number ${position}`);
}

/** `<a/>` becomes `<a>…</a>`. */
function intoSelfClosing(parent: XmlElement, body: string): Edit {
  return { start: parent.end - 2, end: parent.end, insert: `>${body}</${qName(parent)}>` };
}
