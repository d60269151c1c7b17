import {
  escapeXml,
  namespacesInScope,
  parseXml,
  SMALL_XML,
  XML_NAMESPACE,
  type XmlElement,
  XmlProblem,
} from "../xml/mod.ts";
import { qName } from "./names.ts";
import { type Namespaces, PatchProblem } from "./patch_operation.ts";

/** Content of a patch in the wrapping that gives it the namespaces of the diff document. */
export interface WrappedContent {
  readonly root: XmlElement;
  readonly text: string;
}

/** Reads the content of a patch. Throws PatchProblem invalid-diff-format. */
export function wrapped(content: string, namespaces: Namespaces): WrappedContent {
  let start = "<w";
  for (const [prefix, namespace] of namespaces) {
    if (prefix !== "xml") start += ` xmlns${prefix === "" ? "" : ":" + prefix}="${escapeXml(namespace)}"`;
  }
  const text = `${start}>${content}</w>`;
  const size = {
    characters: text.length,
    depth: 256,
    elements: text.length,
    attributes: Math.max(256, namespaces.size),
  };
  try {
    return { root: parseXml(text, { ...SMALL_XML, ...size }).root, text };
  } catch (error) {
    if (!(error instanceof XmlProblem)) throw error;
    throw new PatchProblem("invalid-diff-format", `content: ${error.message}`);
  }
}

/**
 * The content as it must stand in `context` of the target document (RFC 5261 §4.2.3): what was declared outside of the
 * content takes the prefixes that the target document has for the same namespaces. Throws PatchProblem
 * invalid-namespace-prefix where it has none.
 */
export function mangled({ root, text }: WrappedContent, context: XmlElement | null): string {
  const scope: Namespaces = context === null ? new Map() : namespacesInScope(context);
  const changes: { start: number; end: number; insert: string }[] = [];
  const rename = (at: number, written: string, name: string) => {
    if (written !== name) changes.push({ start: at, end: at + written.length, insert: name });
  };
  const visit = (element: XmlElement, local: readonly string[]) => {
    const declared = element.declarations.length === 0
      ? local
      : [...local, ...element.declarations.map((one) => one.prefix)];
    if (!declared.includes(element.prefix)) {
      const prefix = prefixFor(element.prefix, element.namespace, scope, context, declared, true);
      const name = qName({ prefix, name: element.name });
      rename(element.start + 1, qName(element), name);
      if (!element.selfClosing) rename(element.contentEnd + 2, qName(element), name);
    }
    for (const attribute of element.attributes) {
      if (attribute.prefix === "" || attribute.prefix === "xml" || declared.includes(attribute.prefix)) continue;
      const prefix = prefixFor(attribute.prefix, attribute.namespace, scope, context, declared, false);
      rename(attribute.start, qName(attribute), qName({ prefix, name: attribute.name }));
    }
    for (const child of element.children) visit(child, declared);
  };
  for (const child of root.children) visit(child, []);
  changes.sort((a, b) => a.start - b.start);
  let result = "", at = root.contentStart;
  for (const { start, end, insert } of changes) {
    result += text.slice(at, start) + insert;
    at = end;
  }
  return result + text.slice(at, root.contentEnd);
}

/** The prefix to write in the target; `hidden` are prefixes that the content itself declares around the place. */
export function prefixFor(
  wanted: string,
  namespace: string,
  scope: Namespaces,
  context: XmlElement | null,
  hidden: readonly string[],
  forElement: boolean,
): string {
  if (namespace === XML_NAMESPACE) return "xml";
  const fits = (prefix: string) =>
    scope.get(prefix) === namespace && !hidden.includes(prefix) && (forElement || prefix !== "");
  if (fits(wanted)) return wanted;
  if (namespace === "") {
    if (!scope.has("") && !hidden.includes("")) return "";
    throw new PatchProblem("invalid-namespace-prefix", "a name in no namespace, where the target has a default one");
  }
  if (context !== null && fits(context.prefix)) return context.prefix;
  const sorted = [...scope.keys()].filter(fits).sort();
  if (sorted.length === 0) {
    throw new PatchProblem("invalid-namespace-prefix", `the target has no prefix for ${namespace} there`);
  }
  return sorted.findLast((prefix) => prefix < wanted) ?? sorted[0];
}
