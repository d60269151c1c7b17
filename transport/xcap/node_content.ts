import { escapeXml, namespacesInScope, type XmlDocument, type XmlElement } from "../xml/mod.ts";
import { mediaTypeOf } from "./media_types.ts";
import { qName } from "./names.ts";
import { select } from "./select.ts";
import type { NodeSelector } from "./selector.ts";

/**
 * The body of a GET of a node (RFC 4825 §8.3), as the text of the document has it: an element as it stands, with no
 * declaration added that stands further up; an attribute's value with its quotes; or the namespaces in scope. Null where the
 * selector names no node or more than one.
 */
export function nodeContent(
  document: XmlDocument,
  selector: NodeSelector,
  defaultNamespace: string,
): { readonly mediaType: string; readonly body: string } | null {
  const selected = select(document, selector, defaultNamespace);
  if (selected === null) return null;
  const mediaType = mediaTypeOf(selector);
  switch (selected.kind) {
    case "element":
      return { mediaType, body: document.text.slice(selected.element.start, selected.element.end) };
    case "attribute": {
      const { valueStart, valueEnd } = selected.attribute;
      return { mediaType, body: document.text.slice(valueStart - 1, valueEnd + 1) };
    }
    case "namespaces":
      return { mediaType, body: namespacesBody(selected.element) };
  }
}

/** An empty element of the same name with all declarations in scope, the default one first (§10). */
function namespacesBody(element: XmlElement): string {
  const scope = namespacesInScope(element);
  const byDefault = scope.get("");
  let body = `<${qName(element)}`;
  if (byDefault !== undefined) body += ` xmlns="${escapeXml(byDefault)}"`;
  for (const [prefix, namespace] of scope) {
    if (prefix !== "" && prefix !== "xml") body += ` xmlns:${prefix}="${escapeXml(namespace)}"`;
  }
  return body + "/>";
}
