import { xmlAttribute, xmlChild, xmlCollapsed, type XmlElement } from "../../../transport/xml/mod.ts";
import { nodeUri, XcapProblem } from "../../../transport/xcap/mod.ts";

/** A rule of the usage that the grammar cannot say (RFC 4825 §11.1). `phrase` says what, where, and what is allowed. */
export function constraintFailure(phrase: string): XcapProblem {
  return new XcapProblem(409, phrase, { element: "constraint-failure" });
}

/** One too many of something (OMA `local-constraint-failure`). */
export function overLimit(phrase: string): XcapProblem {
  return new XcapProblem(409, phrase, { element: "local", alternatives: [], description: phrase });
}

/** An attribute whose value is somebody else's already; `alternatives` are free. */
export function uniquenessFailure(
  phrase: string,
  element: XmlElement,
  attribute: string,
  namespace: string,
  alternatives: readonly string[],
): XcapProblem {
  return new XcapProblem(409, phrase, {
    element: "uniqueness-failure",
    exists: [{ field: fieldOf(element, attribute, namespace), alternatives }],
  });
}

/** Where an element is, for people: `/resource-lists/list[2]/entry[1]`. */
export function placeOf(element: XmlElement): string {
  let place = "";
  for (let at: XmlElement | null = element; at !== null; at = at.parent) {
    place = `/${at.name}${at.parent === null ? "" : `[${positionOf(at)}]`}${place}`;
  }
  return place;
}

/** The text of a child, its white space collapsed; undefined where there is no such child. */
export function textOfChild(element: XmlElement, namespace: string, name: string): string | undefined {
  const child = xmlChild(element, namespace, name);
  return child === undefined ? undefined : xmlCollapsed(child.text);
}

/** An xs:boolean's value; false where there is none. */
export function isTrue(text: string | undefined): boolean {
  return text === "true" || text === "1";
}

/** A value in a phrase: quoted, and no longer than a line of it. */
export function quoted(value: string): string {
  return `"${value.length > 120 ? `${value.slice(0, 120)}…` : value}"`;
}

/**
 * Throws uniqueness-failure where two of `elements` have the same value of an attribute; compared as they are, letter for
 * letter. Those without it are left out.
 */
export function mustDiffer(elements: readonly XmlElement[], attribute: string, namespace: string): void {
  if (elements.length < 2) return;
  const seen = new Set<string>();
  for (let i = 0; i < elements.length; i++) {
    const value = xmlAttribute(elements[i], attribute);
    if (value === undefined) continue;
    if (seen.size === seen.add(value).size) throw notUnique(elements[i], attribute, value, elements, namespace);
  }
}

function notUnique(
  element: XmlElement,
  attribute: string,
  value: string,
  among: readonly XmlElement[],
  namespace: string,
): XcapProblem {
  return uniquenessFailure(
    `${placeOf(element)}: another <${element.name}> has the ${attribute} ${quoted(value)} already; ` +
      "it must be unique among its siblings.",
    element,
    attribute,
    namespace,
    // Of an address no other one can be offered: it is somebody else's.
    attribute === "id" || attribute === "name" ? [freeName(value, attribute, among)] : [],
  );
}

function freeName(value: string, attribute: string, among: readonly XmlElement[]): string {
  const taken = new Set(among.map((element) => xmlAttribute(element, attribute)));
  for (let n = 2;; n++) if (!taken.has(`${value}-${n}`)) return `${value}-${n}`;
}

/**
 * Where an attribute is, as RFC 4825 §11.1 wants it: a relative URI that begins with the root element, percent-encoded, prefixes
 * bound in the query.
 */
function fieldOf(element: XmlElement, attribute: string, namespace: string): string {
  const namespaces = new Map<string, string>();
  const prefixOf = (uri: string) => {
    for (const [prefix, bound] of namespaces) if (bound === uri) return prefix;
    const prefix = `n${namespaces.size + 1}`;
    namespaces.set(prefix, uri);
    return prefix;
  };
  let text = `@${attribute}`;
  for (let at: XmlElement | null = element; at !== null; at = at.parent) {
    const name = at.namespace === namespace ? at.name : `${prefixOf(at.namespace)}:${at.name}`;
    text = `${name}${at.parent === null ? "" : `[${positionOf(at)}]`}/${text}`;
  }
  return nodeUri("", { text, namespaces }).slice("/~~/".length);
}

/** From 1, among the siblings of the same name. */
function positionOf(element: XmlElement): number {
  let position = 1;
  for (const sibling of element.parent?.children ?? []) {
    if (sibling === element) break;
    if (sibling.name === element.name && sibling.namespace === element.namespace) position++;
  }
  return position;
}
