import {
  escapeXml,
  namespacesInScope,
  splicedDocument,
  type XmlDocument,
  type XmlElement,
  XmlProblem,
} from "../xml/mod.ts";
import { type ContentNode, contentNodes, nodesBetween } from "./content_nodes.ts";
import { attributeNamespace, locate, type Located, textValue } from "./locate.ts";
import { mangled, prefixFor, wrapped } from "./mangle.ts";
import { blankStart, ncNameEnd, qName } from "./names.ts";
import { type PatchError, type PatchOperation, PatchProblem } from "./patch_operation.ts";

type Add = Extract<PatchOperation, { kind: "add" }>;
type Replace = Extract<PatchOperation, { kind: "replace" }>;
type Remove = Extract<PatchOperation, { kind: "remove" }>;

/** The document after these operations, one after the other (RFC 5261 §4). Throws PatchProblem; then none of them counts. */
export function applyPatch(document: XmlDocument, operations: readonly PatchOperation[]): XmlDocument {
  let patched = document;
  for (const operation of operations) patched = applied(patched, operation);
  return patched;
}

function applied(document: XmlDocument, operation: PatchOperation): XmlDocument {
  const located = locate(document, operation.sel, operation.namespaces);
  switch (operation.kind) {
    case "add":
      return operation.type === null
        ? addNodes(document, operation, located)
        : addToStartTag(document, operation, operation.type, located);
    case "replace":
      return replaced(document, operation, located);
    case "remove":
      return removed(document, operation, located);
  }
}

function addNodes(document: XmlDocument, { sel, pos, content, namespaces }: Add, located: Located): XmlDocument {
  if (located.kind !== "node") throw new PatchProblem("invalid-patch-directive", `nodes cannot be added at ${sel}`);
  const { node, parent } = located;
  const into = wrapped(content, namespaces);
  if (pos === "before" || pos === "after") {
    if (parent === null && into.root.children.length > 0) {
      throw new PatchProblem("invalid-root-element-operation", "a second root element cannot be added");
    }
    const at = pos === "before" ? node.start : node.end;
    return spliced(document, at, at, mangled(into, parent), "invalid-diff-format");
  }
  const { element } = node;
  if (element === null) throw new PatchProblem("invalid-patch-directive", `${sel} names no element to add to`);
  const nodes = mangled(into, element);
  if (element.selfClosing) {
    return spliced(document, element.end - 2, element.end, `>${nodes}</${qName(element)}>`, "invalid-diff-format");
  }
  const at = pos === "prepend" ? element.contentStart : element.contentEnd;
  return spliced(document, at, at, nodes, "invalid-diff-format");
}

/** Adds an attribute (§4.3.2) or a declaration (§4.3.3). */
function addToStartTag(
  document: XmlDocument,
  { sel, content, namespaces }: Add,
  type: string,
  located: Located,
): XmlDocument {
  const element = located.kind === "node" ? located.node.element : null;
  if (element === null) throw new PatchProblem("invalid-patch-directive", `${sel} names no element for ${type}`);
  const at = element.start + 1 + qName(element).length;
  const value = escapeXml(characterData(content));
  if (type.startsWith("namespace::") && ncNameEnd(type, 11) === type.length && type.length > 11) {
    return spliced(document, at, at, ` xmlns:${type.slice(11)}="${value}"`, "invalid-attribute-value");
  }
  const name = attributeName(type);
  if (name === null) throw new PatchProblem("invalid-attribute-value", `add: type="${type}" is not known`);
  if (name.prefix !== "") {
    const namespace = attributeNamespace(name, namespaces);
    name.prefix = prefixFor(name.prefix, namespace, namespacesInScope(element), element, [], false);
  }
  return spliced(document, at, at, ` ${qName(name)}="${value}"`, "invalid-attribute-value");
}

function attributeName(type: string): { prefix: string; name: string } | null {
  if (!type.startsWith("@")) return null;
  const end = ncNameEnd(type, 1);
  if (end === 1) return null;
  const first = type.slice(1, end);
  if (end === type.length) return { prefix: "", name: first };
  const local = type.slice(end + 1);
  return type[end] === ":" && local !== "" && ncNameEnd(local, 0) === local.length
    ? { prefix: first, name: local }
    : null;
}

function replaced(document: XmlDocument, { sel, content, namespaces }: Replace, located: Located): XmlDocument {
  if (located.kind === "attribute") {
    const { valueStart, valueEnd } = located.attribute;
    const value = escapeXml(characterData(content));
    return spliced(document, valueStart, valueEnd, value, "invalid-attribute-value");
  }
  if (located.kind === "namespace") {
    const { start, end, prefix } = located.declaration;
    const declaration = `xmlns:${prefix}="${escapeXml(characterData(content))}"`;
    return spliced(document, start, end, declaration, "invalid-namespace-uri");
  }
  const { node, parent } = located;
  const into = wrapped(content, namespaces);
  if (node.kind === "text") {
    characterData(content);
  } else {
    const nodes = contentNodes(into.text, into.root);
    if (nodes.length !== 1 || nodes[0].kind !== node.kind) {
      throw new PatchProblem("invalid-node-types", `${sel} names one ${node.kind}, which must be replaced by one`);
    }
  }
  return spliced(document, node.start, node.end, mangled(into, parent), "invalid-diff-format");
}

function removed(document: XmlDocument, { sel, ws }: Remove, located: Located): XmlDocument {
  if (located.kind !== "node") {
    if (ws !== null) throw new PatchProblem("invalid-patch-directive", `ws is not for ${sel}`);
    const { start, end } = located.kind === "namespace"
      ? located.declaration
      : { start: located.attribute.start, end: located.attribute.valueEnd + 1 };
    return spliced(document, blankStart(document.text, start), end, "", "invalid-namespace-prefix");
  }
  const { node, parent } = located;
  if (node.element !== null && parent === null) {
    throw new PatchProblem("invalid-root-element-operation", "the root element cannot be removed");
  }
  if (node.kind === "text" && ws !== null) throw new PatchProblem("invalid-patch-directive", `ws is not for ${sel}`);
  const { start, end } = ws === null ? node : withBlanks(document, node, parent, ws);
  return spliced(document, start, end, "", "invalid-diff-format");
}

/** The node and the white space texts beside it that must go, too (§4.5). */
function withBlanks(
  document: XmlDocument,
  node: ContentNode,
  parent: XmlElement | null,
  ws: "before" | "after" | "both",
): { start: number; end: number } {
  const { text, prologEnd, root } = document;
  const nodes = parent === null ? nodesBetween(text, prologEnd, text.length, [root]) : contentNodes(text, parent);
  const index = nodes.findIndex((one) => one.start === node.start);
  const isBlank = (one: ContentNode | undefined): one is ContentNode =>
    one?.kind === "text" && /^[ \t\r\n]+$/.test(text.slice(one.start, one.end));
  let { start, end } = node;
  const before = nodes[index - 1], after = nodes[index + 1];
  if (ws !== "after") {
    if (!isBlank(before)) throw noBlank("before");
    start = before.start;
  }
  if (ws !== "before") {
    if (!isBlank(after)) throw noBlank("after");
    end = after.end;
  }
  return { start, end };
}

function noBlank(where: string): PatchProblem {
  return new PatchProblem("invalid-whitespace-directive", `there is no white space ${where} the node`);
}

/** What content without markup says. */
function characterData(content: string): string {
  if (/<(?!!\[CDATA\[)/.test(content)) {
    throw new PatchProblem("invalid-node-types", "markup where text should be");
  }
  try {
    return textValue(content);
  } catch (error) {
    if (!(error instanceof XmlProblem)) throw error;
    throw new PatchProblem("invalid-diff-format", `content: ${error.message}`);
  }
}

function spliced(document: XmlDocument, start: number, end: number, insert: string, broken: PatchError): XmlDocument {
  try {
    return splicedDocument(document, start, end, insert);
  } catch (error) {
    throw error instanceof XmlProblem ? new PatchProblem(broken, error.message) : error;
  }
}
