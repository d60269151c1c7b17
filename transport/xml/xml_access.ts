import { XML_NAMESPACE } from "./namespace_scope.ts";
import { PlacedElement } from "./placed_element.ts";
import type { XmlElement } from "./xml_node.ts";

/** The first child of a name; undefined where there is none. */
export function xmlChild(parent: XmlElement, namespace: string, name: string): XmlElement | undefined {
  return parent.children.find((child) => child.name === name && child.namespace === namespace);
}

/** The children of a name, in their order. */
export function xmlChildren(parent: XmlElement, namespace: string, name: string): XmlElement[] {
  return parent.children.filter((child) => child.name === name && child.namespace === namespace);
}

/** An attribute's value; `namespace` "" for one without a prefix. Cheaper than a search in `attributes`. */
export function xmlAttribute(element: XmlElement, name: string, namespace = ""): string | undefined {
  if (element instanceof PlacedElement) return element.valueOf(namespace, name);
  return element.attributes.find((attribute) => attribute.name === name && attribute.namespace === namespace)?.value;
}

/** Whether an attribute is there and has this value. Makes no text: for searches among many elements. */
export function xmlAttributeIs(element: XmlElement, name: string, value: string, namespace = ""): boolean {
  if (element instanceof PlacedElement) return element.valueIs(namespace, name, value);
  return xmlAttribute(element, name, namespace) === value;
}

/** What a prefix stands for in an element, "" asking for the default namespace ("" is none); undefined where it is not declared. */
export function namespaceOf(element: XmlElement, prefix: string): string | undefined {
  for (let at: XmlElement | null = element; at !== null; at = at.parent) {
    for (const declaration of at.declarations) if (declaration.prefix === prefix) return declaration.namespace;
  }
  return prefix === "" ? "" : prefix === "xml" ? XML_NAMESPACE : undefined;
}

/** All prefixes that are declared in an element or around it, the innermost first; "" where there is a default namespace. */
export function namespacesInScope(element: XmlElement): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (let at: XmlElement | null = element; at !== null; at = at.parent) {
    for (const { prefix, namespace } of at.declarations) if (!found.has(prefix)) found.set(prefix, namespace);
  }
  if (found.get("") === "") found.delete("");
  return found;
}
