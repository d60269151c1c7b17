import {
  namespacesInScope,
  parseXmlFragment,
  type XmlElement,
  type XmlLimits,
  XmlProblem,
  xmlTrim,
} from "../xml/mod.ts";
import { xcapProblemOf } from "./edit.ts";
import { XcapProblem } from "./xcap_problem.ts";

/** Beside its length, which whoever took it has bounded. The document's own limits are checked when it is put in. */
const LIMITS: Omit<XmlLimits, "characters"> = { depth: 256, elements: 100_000, attributes: 256 };

/** The body of an element's PUT. */
export interface Fragment {
  /** The element alone, as it stands. */
  readonly text: string;
  readonly element: XmlElement;
}

/**
 * Reads a body that must be exactly one element (RFC 4825 §8.2.2), with the namespaces that are in scope in `parent`; white
 * space around it is left out. Throws XcapProblem 409 not-xml-frag.
 */
export function readFragment(body: string, parent: XmlElement | null): Fragment {
  const text = xmlTrim(body);
  try {
    const scope = parent === null ? null : namespacesInScope(parent);
    const element = parseXmlFragment(text, (prefix) => scope?.get(prefix), { ...LIMITS, characters: text.length });
    if (element.start === 0 && element.end === text.length) return { text, element };
  } catch (error) {
    throw error instanceof XmlProblem ? xcapProblemOf(error, "not-xml-frag") : error;
  }
  const message = "the body must be one element, with nothing before and behind it";
  throw new XcapProblem(409, message, { element: "not-xml-frag" });
}
