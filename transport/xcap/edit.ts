import { splicedDocument, type XmlDocument, type XmlElement, XmlProblem } from "../xml/mod.ts";
import { elementOf, matchOf } from "./select.ts";
import type { NodeSelector } from "./selector.ts";
import { selectorText } from "./selector_text.ts";
import { XcapProblem } from "./xcap_problem.ts";
import { nodeUri } from "./xcap_uri.ts";

/** Where a request wants to change a document. */
export interface EditPlace {
  readonly document: XmlDocument;
  readonly selector: NodeSelector;
  /** The application usage's, for names without a prefix in the selector (RFC 4825 §5.2). */
  readonly defaultNamespace: string;
  /** The document's own absolute URI: what `ancestor` of no-parent is made from. */
  readonly documentUri: string;
}

/** The old text with `[start, end)` replaced by `insert` is the new one. */
export interface Edit {
  readonly start: number;
  readonly end: number;
  readonly insert: string;
}

/** A change that was carried out. */
export interface Edited {
  readonly document: XmlDocument;
  /** True: 201; false: something was replaced or removed. */
  readonly created: boolean;
  readonly edit: Edit;
}

/** The document with the cut replaced. What is no XML then is a 409 of the element given; what is over a limit, a 413. */
export function spliced(
  document: XmlDocument,
  edit: Edit,
  broken: "not-xml-frag" | "not-xml-att-value" | "schema-validation-error",
): XmlDocument {
  try {
    return splicedDocument(document, edit.start, edit.end, edit.insert);
  } catch (error) {
    throw error instanceof XmlProblem ? xcapProblemOf(error, broken) : error;
  }
}

/** The answer to text that is no XML we take (RFC 4825 §8.2.2). */
export function xcapProblemOf(
  problem: XmlProblem,
  broken: "not-well-formed" | "not-xml-frag" | "not-xml-att-value" | "schema-validation-error",
): XcapProblem {
  if (problem.kind === "too-large") return new XcapProblem(413, problem.message);
  const element = problem.kind === "not-utf-8" ? "not-utf-8" : broken;
  return new XcapProblem(409, problem.message, { element });
}

export function conflict(element: "cannot-insert" | "cannot-delete", message: string): XcapProblem {
  return new XcapProblem(409, message, { element });
}

/**
 * The element that the first `steps` steps name, into which something is to be put. Throws XcapProblem 409 no-parent, which
 * names the nearest ancestor that is there: the document itself where not even its root is named (§8.2.1, §11.1).
 */
export function parentOf(place: EditPlace, steps: number): XmlElement {
  const { document, selector, defaultNamespace, documentUri } = place;
  const parent = elementOf(document, selector, steps, defaultNamespace);
  if (parent !== null) return parent;
  let there = 0;
  let candidates: readonly XmlElement[] = [document.root];
  for (; there < steps; there++) {
    const { element } = matchOf(candidates, selector.steps[there], selector, defaultNamespace);
    if (element === null) break;
    candidates = element.children;
  }
  const text = selectorText(selector.steps.slice(0, there));
  const ancestor = there === 0 ? documentUri : nodeUri(documentUri, { text, namespaces: selector.namespaces });
  const missing = selectorText(selector.steps.slice(there, there + 1));
  const message = `there is no one element ${missing} ${there === 0 ? "at the root" : `in ${text}`}`;
  throw new XcapProblem(409, message, { element: "no-parent", ancestor });
}
