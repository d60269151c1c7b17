import {
  namespacesInScope,
  parseXml,
  SMALL_XML,
  xmlAttribute,
  type XmlDocument,
  type XmlElement,
  type XmlLimits,
} from "../xml/mod.ts";
import { readPatchOperations } from "./patch_operation.ts";
import { XCAP_DIFF_NAMESPACE, type XcapChange } from "./xcap_diff.ts";

/**
 * What an `application/xcap-diff+xml` document says: for clients. What is not known is left out (RFC 5874 §3). Throws
 * XmlProblem, PatchProblem, and SyntaxError for another kind of document.
 */
export function parseXcapDiff(
  text: string,
  limits: XmlLimits = SMALL_XML,
): { readonly root: string; readonly changes: XcapChange[] } {
  const document = parseXml(text, limits);
  const { root } = document;
  const xcapRoot = xmlAttribute(root, "xcap-root");
  if (root.name !== "xcap-diff" || root.namespace !== XCAP_DIFF_NAMESPACE || xcapRoot === undefined) {
    throw new SyntaxError(`xcap-diff: the root is ${root.name} with the XCAP root "${xcapRoot ?? ""}"`);
  }
  const changes: XcapChange[] = [];
  for (const element of root.children) {
    const change = element.namespace === XCAP_DIFF_NAMESPACE ? readChange(document, element) : null;
    if (change !== null) changes.push(change);
  }
  return { root: xcapRoot, changes };
}

function readChange(document: XmlDocument, element: XmlElement): XcapChange | null {
  const sel = xmlAttribute(element, "sel");
  if (sel === undefined) throw new SyntaxError(`xcap-diff: ${element.name} without sel`);
  const said = xmlAttribute(element, "exists")?.trim();
  const exists = said !== "0" && said !== "false";
  switch (element.name) {
    case "document": {
      const operations = readPatchOperations(document, element);
      const notChanged = element.children.some(({ name, namespace }) =>
        name === "body-not-changed" && namespace === XCAP_DIFF_NAMESPACE
      );
      return {
        kind: "document",
        sel,
        previousEtag: xmlAttribute(element, "previous-etag") ?? null,
        newEtag: xmlAttribute(element, "new-etag") ?? null,
        body: notChanged ? "not changed" : operations.length === 0 ? null : operations,
      };
    }
    case "element": {
      const [inside] = element.children;
      const content = !exists || inside === undefined ? null : document.text.slice(inside.start, inside.end);
      return { kind: "element", sel, exists, content, namespaces: namespacesInScope(element) };
    }
    case "attribute":
      return { kind: "attribute", sel, value: exists ? element.text : null };
    default:
      return null;
  }
}
