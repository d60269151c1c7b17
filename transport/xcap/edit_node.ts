import { textOfXml, type XmlDocument, XmlProblem } from "../xml/mod.ts";
import { type Edited, type EditPlace, xcapProblemOf } from "./edit.ts";
import { mediaTypeOf } from "./media_types.ts";
import { putAttribute } from "./put_attribute.ts";
import { putElement } from "./put_element.ts";
import { removeAttribute, removeElement } from "./remove.ts";
import type { NodeSelector } from "./selector.ts";
import { XcapProblem } from "./xcap_problem.ts";

/**
 * Carries out the PUT of a node (RFC 4825 §8.2): `document` is null where there is none, `documentUri` the URI it has.
 * Throws XcapProblem: 405 for namespaces, 415 for another media type, 409 with its condition, 413.
 */
export function putNode(
  document: XmlDocument | null,
  selector: NodeSelector,
  defaultNamespace: string,
  content: { readonly mediaType: string; readonly octets: Uint8Array },
  documentUri: string,
): Edited {
  refuseNamespaces(selector);
  const wanted = mediaTypeOf(selector);
  if (content.mediaType !== wanted) {
    throw new XcapProblem(415, `the body must be ${wanted}, not ${content.mediaType.slice(0, 100)}`);
  }
  if (document === null) {
    const message = "there is no document yet to put it into";
    throw new XcapProblem(409, message, { element: "no-parent", ancestor: null });
  }
  const place: EditPlace = { document, selector, defaultNamespace, documentUri };
  if (selector.node.kind === "element") return putElement(place, textOf(content.octets, "not-xml-frag"));
  return putAttribute(place, textOf(content.octets, "not-xml-att-value"));
}

/** Carries out the DELETE of a node (§8.4). Throws XcapProblem: 405 for namespaces, 404 where there is none, 409. */
export function removeNode(document: XmlDocument, selector: NodeSelector, defaultNamespace: string): Edited {
  refuseNamespaces(selector);
  const place = { document, selector, defaultNamespace };
  return selector.node.kind === "element" ? removeElement(place) : removeAttribute(place);
}

/** They can be fetched alone (§8.2, §8.4). */
function refuseNamespaces({ node }: NodeSelector): void {
  if (node.kind !== "namespaces") return;
  throw new XcapProblem(405, "namespace bindings can be fetched but neither written nor removed");
}

function textOf(octets: Uint8Array, broken: "not-xml-frag" | "not-xml-att-value"): string {
  try {
    return textOfXml(octets, { characters: octets.length, depth: 0, elements: 0, attributes: 0 });
  } catch (error) {
    throw error instanceof XmlProblem ? xcapProblemOf(error, broken) : error;
  }
}
