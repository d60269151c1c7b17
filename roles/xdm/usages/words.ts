import {
  anyOf,
  attribute,
  type AttributeType,
  BOOLEAN,
  element,
  elements,
  type ElementType,
  enumeration,
  LANGUAGE,
  many,
  OTHER_NAMESPACES,
  type Part,
  type Particle,
  type SimpleType,
  text,
  union,
  type Wildcard,
  XML_NAMESPACE,
} from "../../../transport/xml/mod.ts";

// What grammars of usages say again and again, in a word.

/** An element that holds these in this order. */
export function holding(
  namespace: string,
  name: string,
  parts: readonly Part[],
  attributes: readonly AttributeType[] = [],
  moreAttributes: Wildcard | null = null,
): ElementType {
  return element(namespace, name, elements(...parts), attributes, moreAttributes);
}

/** An element with text. */
export function textOf(
  namespace: string,
  name: string,
  type: SimpleType,
  attributes: readonly AttributeType[] = [],
  moreAttributes: Wildcard | null = null,
): ElementType {
  return element(namespace, name, text(type), attributes, moreAttributes);
}

/** An element with a boolean. */
export function flag(namespace: string, name: string): ElementType {
  return textOf(namespace, name, BOOLEAN);
}

/** An element with nothing in it. */
export function leaf(
  namespace: string,
  name: string,
  attributes: readonly AttributeType[] = [],
  moreAttributes: Wildcard | null = null,
): ElementType {
  return element(namespace, name, undefined, attributes, moreAttributes);
}

/** One element of another namespace, and any number of them: where schemas are open. */
export const OTHER: Particle = anyOf(OTHER_NAMESPACES);
export const OTHERS: Particle = many(OTHER);

/** Attributes of other namespaces. */
export const OTHER_ATTRIBUTES: Wildcard = OTHER_NAMESPACES;

/** `xml:lang`; empty it takes back what an element around says (XML 1.0 §2.12). */
export const LANG: AttributeType = attribute("lang", union([LANGUAGE, enumeration([""])]), {
  namespace: XML_NAMESPACE,
});
