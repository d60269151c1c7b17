import { escapeXml, namespacesInScope, XML_NAMESPACE, type XmlElement, xmlTrim } from "../xml/mod.ts";
import { conflict, type Edit, type Edited, type EditPlace, parentOf, spliced } from "./edit.ts";
import { qName } from "./names.ts";
import { attributeOf, boundTo, select } from "./select.ts";
import type { NameTest, NodeSelector } from "./selector.ts";
import { XcapProblem } from "./xcap_problem.ts";

/**
 * Creates or replaces the attribute that the selector names (RFC 4825 §8.2). The body is an AttValue, quotes included, and
 * stands in the text as it came. A prefix that the document does not know is declared where the attribute is. Throws
 * XcapProblem: 409 not-xml-att-value, no-parent, or cannot-insert where a GET would not give the body afterwards.
 */
export function putAttribute(place: EditPlace, body: string): Edited {
  const { document, selector, defaultNamespace } = place;
  const { node } = selector;
  if (node.kind !== "attribute") throw new TypeError("putAttribute: the selector names no attribute");
  const element = parentOf(place, selector.steps.length);
  const value = attributeValue(body);
  const old = attributeOf(element, selector, node.prefix, node.name);
  const edit = old === null
    ? creation(element, value, node.name, node.prefix, node.prefix === "" ? "" : boundTo(node.prefix, selector))
    : { start: old.valueStart - 1, end: old.valueEnd + 1, insert: value };
  const after = spliced(document, edit, "not-xml-att-value");
  // The selector finds it again, unless it goes by the very attribute that has another value now.
  if (goesBy(selector, node) && select(after, selector, defaultNamespace) === null) {
    throw conflict("cannot-insert", `with this value ${selector.text} names the attribute no more`);
  }
  return { document: after, created: old === null, edit };
}

/** Whether the element is found by an attribute of that name. */
function goesBy({ steps }: NodeSelector, { name }: NameTest): boolean {
  return steps[steps.length - 1].attribute?.name === name;
}

/** Quoted, without `<` and without its own quote; what its references are worth is seen when the document is read again. */
function attributeValue(body: string): string {
  const value = xmlTrim(body);
  const quote = value[0];
  let message = "";
  if (quote !== '"' && quote !== "'") {
    message = "the body must be an attribute's value in quotes, as it stands in a document";
  } else if (value.length < 2 || !value.endsWith(quote)) {
    message = "the value does not end with the quote it begins with";
  } else if (value.indexOf(quote, 1) < value.length - 1) message = `the quote ${quote} stands inside of the value`;
  else if (value.includes("<")) message = 'in an attribute\'s value "<" must be written &lt;';
  if (message !== "") throw new XcapProblem(409, message, { element: "not-xml-att-value" });
  return value;
}

/** Behind the last attribute or declaration of the start tag. */
function creation(element: XmlElement, value: string, name: string, prefix: string, namespace: string): Edit {
  if (namespace === "" && name === "xmlns") {
    throw conflict("cannot-insert", "namespace declarations are no attributes and cannot be put");
  }
  let at = element.start + 1 + qName(element).length;
  for (const attribute of element.attributes) at = Math.max(at, attribute.valueEnd + 1);
  for (const declaration of element.declarations) at = Math.max(at, declaration.end);
  if (namespace === "") return { start: at, end: at, insert: ` ${name}=${value}` };
  const written = prefixFor(element, prefix, namespace);
  const declared = written.known ? "" : ` xmlns:${written.prefix}="${escapeXml(namespace)}"`;
  return { start: at, end: at, insert: `${declared} ${written.prefix}:${name}=${value}` };
}

/**
 * The client's own prefix where the document has it so, else any it has, else the client's or, where that is taken, a new
 * one.
 */
function prefixFor(element: XmlElement, wanted: string, namespace: string): { prefix: string; known: boolean } {
  if (namespace === XML_NAMESPACE) return { prefix: "xml", known: true };
  const scope = namespacesInScope(element);
  if (scope.get(wanted) === namespace) return { prefix: wanted, known: true };
  for (const [prefix, bound] of scope) {
    if (bound === namespace && prefix !== "") return { prefix, known: true };
  }
  let prefix = wanted;
  for (let i = 1; scope.has(prefix); i++) prefix = wanted + i;
  return { prefix, known: false };
}
