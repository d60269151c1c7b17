import {
  parseXmlFragment,
  SMALL_XML,
  XML_NAMESPACE,
  type XmlAttribute,
  type XmlDeclaration,
  type XmlDocument,
  type XmlElement,
} from "../xml/mod.ts";
import { type ContentNode, contentNodes, nodesBetween } from "./content_nodes.ts";
import { type Namespaces, PatchProblem } from "./patch_operation.ts";
import { parsePatchSelector, type PatchLast, type PatchName, type PatchPredicate } from "./patch_selector.ts";

/** The node that a patch is for. `parent` null: it stands beside the root, or is the root. */
export type Located =
  | { readonly kind: "node"; readonly node: ContentNode; readonly parent: XmlElement | null }
  | { readonly kind: "attribute"; readonly element: XmlElement; readonly attribute: XmlAttribute }
  | { readonly kind: "namespace"; readonly element: XmlElement; readonly declaration: XmlDeclaration };

/** The one node that `sel` names (RFC 5261 §4.1, §4.2.1). Throws PatchProblem: unlocated-node for none and for several. */
export function locate(document: XmlDocument, sel: string, namespaces: Namespaces): Located {
  const { steps, last } = parsePatchSelector(sel);
  let contexts: (XmlElement | null)[] = [null];
  for (const { name, predicates } of steps) {
    const namespace = name === null ? "" : elementNamespace(name, namespaces);
    const next: XmlElement[] = [];
    for (const context of contexts) {
      const children = context === null ? [document.root] : context.children;
      let found = children.filter((child) =>
        name === null || (child.name === name.name && child.namespace === namespace)
      );
      for (const predicate of predicates) found = filtered(document, found, predicate, namespaces);
      for (const element of found) next.push(element);
    }
    contexts = next;
  }
  const located: Located[] = [];
  for (const context of contexts) {
    if (last === null) {
      const { start, end, parent } = context!;
      located.push({ kind: "node", node: { kind: "element", start, end, element: context, target: "" }, parent });
    } else located.push(...lastOf(document, context, last, namespaces));
    if (located.length > 1) break;
  }
  if (located.length === 1) return located[0];
  throw new PatchProblem("unlocated-node", `${sel} names ${located.length === 0 ? "no node" : "more than one node"}`);
}

/** The namespace of an attribute's name; without a prefix none. */
export function attributeNamespace(name: PatchName, namespaces: Namespaces): string {
  return name.prefix === "" ? "" : elementNamespace(name, namespaces);
}

function elementNamespace({ prefix }: PatchName, namespaces: Namespaces): string {
  const namespace = namespaces.get(prefix) ?? (prefix === "" ? "" : prefix === "xml" ? XML_NAMESPACE : undefined);
  if (namespace !== undefined) return namespace;
  throw new PatchProblem("invalid-namespace-prefix", `the prefix ${prefix} is not declared in the diff document`);
}

function filtered(
  document: XmlDocument,
  elements: XmlElement[],
  predicate: PatchPredicate,
  namespaces: Namespaces,
): XmlElement[] {
  switch (predicate.kind) {
    case "position":
      return elements.slice(predicate.position - 1, predicate.position === 0 ? 0 : predicate.position);
    case "attribute": {
      const { name } = predicate.name, namespace = attributeNamespace(predicate.name, namespaces);
      return elements.filter(({ attributes }) =>
        attributes.some((one) => one.name === name && one.namespace === namespace && one.value === predicate.value)
      );
    }
    case "self":
      return elements.filter((element) => stringValue(document, element) === predicate.value);
    case "child": {
      const { name } = predicate.name, namespace = elementNamespace(predicate.name, namespaces);
      return elements.filter(({ children }) =>
        children.some((child) =>
          child.name === name && child.namespace === namespace && stringValue(document, child) === predicate.value
        )
      );
    }
  }
}

function lastOf(document: XmlDocument, context: XmlElement | null, last: PatchLast, namespaces: Namespaces): Located[] {
  if (last.kind === "attribute" || last.kind === "namespace") {
    if (context === null) return [];
    if (last.kind === "namespace") {
      const declaration = context.declarations.find(({ prefix }) => prefix === last.prefix);
      return declaration === undefined ? [] : [{ kind: "namespace", element: context, declaration }];
    }
    const namespace = attributeNamespace(last.name, namespaces);
    const attribute = context.attributes.find((one) => one.name === last.name.name && one.namespace === namespace);
    return attribute === undefined ? [] : [{ kind: "attribute", element: context, attribute }];
  }
  const { text, root, prologEnd } = document;
  // White space beside the root is no node (XPath 1.0 §5.1).
  const nodes = context === null
    ? nodesBetween(text, prologEnd, text.length, [root]).filter(({ kind }) => kind !== "text")
    : contentNodes(text, context);
  const found = nodes.filter((node) =>
    node.kind === last.kind && (last.kind !== "instruction" || last.target === null || node.target === last.target)
  );
  const chosen = last.position === 0 ? found : found.slice(last.position - 1, last.position);
  return chosen.map((node) => ({ kind: "node", node, parent: context }));
}

/** All text below an element in its order (XPath 1.0 §5.2). */
function stringValue(document: XmlDocument, element: XmlElement): string {
  if (element.children.length === 0) return element.text;
  let value = "";
  for (const node of contentNodes(document.text, element)) {
    if (node.element !== null) value += stringValue(document, node.element);
    else if (node.kind === "text") value += textValue(document.text.slice(node.start, node.end));
  }
  return value;
}

/** What well-formed character data says. Throws XmlProblem where it is none. */
export function textValue(raw: string): string {
  const limits = { ...SMALL_XML, characters: raw.length + 7 };
  return parseXmlFragment(`<t>${raw}</t>`, () => undefined, limits).text;
}
