import { XML_NAMESPACE, type XmlAttribute, xmlAttributeIs, type XmlDocument, type XmlElement } from "../xml/mod.ts";
import type { NameTest, NodeSelector, Step } from "./selector.ts";

/** What a node selector names in a document. */
export type Selected =
  | { readonly kind: "element"; readonly element: XmlElement }
  | { readonly kind: "attribute"; readonly element: XmlElement; readonly attribute: XmlAttribute }
  | { readonly kind: "namespaces"; readonly element: XmlElement };

/**
 * The one node that the selector names, or null for none and for more than one (RFC 4825 §6.3). Each step looks once at the
 * children of the element before it, so the time is linear in the document. `defaultNamespace` is that of the application
 * usage.
 */
export function select(document: XmlDocument, selector: NodeSelector, defaultNamespace: string): Selected | null {
  const element = elementOf(document, selector, selector.steps.length, defaultNamespace);
  if (element === null) return null;
  const { node } = selector;
  if (node.kind !== "attribute") return { kind: node.kind, element };
  const attribute = attributeOf(element, selector, node.prefix, node.name);
  return attribute === null ? null : { kind: "attribute", element, attribute };
}

/** The element that the first `steps` steps name; null for none or several, and for no steps at all. */
export function elementOf(
  document: XmlDocument,
  selector: NodeSelector,
  steps: number,
  defaultNamespace: string,
): XmlElement | null {
  let candidates: readonly XmlElement[] = [document.root];
  let element: XmlElement | null = null;
  for (let i = 0; i < steps; i++) {
    element = matchOf(candidates, selector.steps[i], selector, defaultNamespace).element;
    if (element === null) return null;
    candidates = element.children;
  }
  return element;
}

/** How many of the candidates a step names, 2 standing for more than one, too; and the element where it is one. */
export interface Match {
  readonly count: 0 | 1 | 2;
  readonly element: XmlElement | null;
}

/** Predicates are applied in their order: the position counts among those of the name, the attribute is looked at then. */
export function matchOf(
  candidates: readonly XmlElement[],
  step: Step,
  selector: NodeSelector,
  defaultNamespace: string,
): Match {
  const namespace = namespaceOf(step, selector, defaultNamespace);
  const { attribute } = step;
  const attributeNamespace = attribute === null ? "" : namespaceOf(attribute, selector, "");
  let found: XmlElement | null = null;
  let position = 0;
  for (const candidate of candidates) {
    if (!isNamed(candidate, step.name, namespace)) continue;
    position++;
    if (step.position !== 0 && position !== step.position) continue;
    if (attribute === null || xmlAttributeIs(candidate, attribute.name, attribute.value, attributeNamespace)) {
      if (found !== null) return { count: 2, element: null };
      found = candidate;
    }
    if (position === step.position) break;
  }
  return { count: found === null ? 0 : 1, element: found };
}

/** The namespace a step's name is in; without a prefix it is the application usage's (§6.4). */
export function namespaceOf(test: NameTest, selector: NodeSelector, defaultNamespace: string): string {
  return test.prefix === "" ? defaultNamespace : boundTo(test.prefix, selector);
}

/** `name` may be `*`, which is any name of any namespace. */
export function isNamed(element: XmlElement, name: string, namespace: string): boolean {
  return name === "*" || (element.name === name && element.namespace === namespace);
}

/** The attribute of an element by the name in a selector, without a prefix in no namespace; null where it has none. */
export function attributeOf(
  element: XmlElement,
  selector: NodeSelector,
  prefix: string,
  name: string,
): XmlAttribute | null {
  const namespace = prefix === "" ? "" : boundTo(prefix, selector);
  for (const attribute of element.attributes) {
    if (attribute.name === name && attribute.namespace === namespace) return attribute;
  }
  return null;
}

/** The namespace of a prefix; parseNodeSelector has seen to it that there is one. */
export function boundTo(prefix: string, selector: NodeSelector): string {
  return prefix === "xml" ? XML_NAMESPACE : selector.namespaces.get(prefix) ?? "";
}

/** Whether an element has the attribute value that a step asks for; true where it asks for none. */
export function hasAttribute(element: XmlElement, test: Step["attribute"], selector: NodeSelector): boolean {
  if (test === null) return true;
  return xmlAttributeIs(element, test.name, test.value, namespaceOf(test, selector, ""));
}
