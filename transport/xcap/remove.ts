import type { XmlDocument, XmlElement } from "../xml/mod.ts";
import { conflict, type Edit, type Edited, type EditPlace, spliced } from "./edit.ts";
import { blankStart } from "./names.ts";
import { hasAttribute, isNamed, namespaceOf, select } from "./select.ts";
import { XcapProblem } from "./xcap_problem.ts";

/** Where something is to be removed. */
export type RemovalPlace = Omit<EditPlace, "documentUri">;

/**
 * Removes the element that the selector names (RFC 4825 §8.4); the white space around it stays. Throws XcapProblem: 404
 * where there is none, 409 cannot-delete where the selector would then name another one, schema-validation-error for the
 * root.
 */
export function removeElement(place: RemovalPlace): Edited {
  const { document, selector, defaultNamespace } = place;
  const selected = select(document, selector, defaultNamespace);
  if (selected?.kind !== "element") throw notThere(place);
  const { element } = selected;
  if (element.parent === null) {
    throw new XcapProblem(409, "a document without its root element is none; remove the document instead", {
      element: "schema-validation-error",
    });
  }
  if (namesNext(place, element, element.parent)) {
    throw conflict("cannot-delete", `${selector.text} would name the next element afterwards`);
  }
  return removed(document, { start: element.start, end: element.end, insert: "" });
}

/** Removes the attribute that the selector names, and the white space before it. Throws XcapProblem 404. */
export function removeAttribute(place: RemovalPlace): Edited {
  const { document, selector, defaultNamespace } = place;
  const selected = select(document, selector, defaultNamespace);
  if (selected?.kind !== "attribute") throw notThere(place);
  const { attribute } = selected;
  return removed(document, {
    start: blankStart(document.text, attribute.start),
    end: attribute.valueEnd + 1,
    insert: "",
  });
}

/** Whether, with the element gone, its step names another one: only a position can do that, and only the one behind it. */
function namesNext({ selector, defaultNamespace }: RemovalPlace, element: XmlElement, parent: XmlElement): boolean {
  const step = selector.steps[selector.steps.length - 1];
  if (step.position === 0) return false;
  const namespace = namespaceOf(step, selector, defaultNamespace);
  const next = parent.children.find((child) => child.start > element.start && isNamed(child, step.name, namespace));
  return next !== undefined && hasAttribute(next, step.attribute, selector);
}

function removed(document: XmlDocument, edit: Edit): Edited {
  return { document: spliced(document, edit, "schema-validation-error"), created: false, edit };
}

function notThere({ selector }: RemovalPlace): XcapProblem {
  return new XcapProblem(404, `${selector.text} names no node, or more than one`);
}
