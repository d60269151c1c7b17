import { escapeXml, type XmlAttribute, type XmlDocument, type XmlElement, xmlTrim } from "../xml/mod.ts";
import type { FilterPath } from "./filter_expression.ts";
import { isRequired, requiredOf } from "./filter_required.ts";
import { ElementSelection } from "./filter_select.ts";

/** One include or exclude (RFC 4661 §3.5). */
export type FilterSelector =
  | { readonly type: "xpath"; readonly path: FilterPath }
  | { readonly type: "namespace"; readonly namespace: string };

/** What of a document is wanted; without an include, all that is not excluded. */
export interface FilterWhat {
  readonly include: readonly FilterSelector[];
  readonly exclude: readonly FilterSelector[];
}

/** How much of an element is taken; of two that are asked for, the lower number counts. */
const Take = {
  /** It and all in it. */
  ALL: 0,
  /** Its tag, its own text, and of its children what is taken for itself. */
  OWN: 1,
  /** The required attributes, those selected, and its text. */
  ATTRIBUTES: 2,
  /** Its tag as the way to what is in it, and what is required. */
  WAY: 3,
} as const;
type Take = typeof Take[keyof typeof Take];

/**
 * What is left of a document (RFC 4661 §3.5, RFC 4660 §5.3.1): what is included, on its way from the root, with what the
 * schemas require beside it, less what is excluded and not required. Null where nothing was included: then the NOTIFY goes
 * without a body.
 */
export function filteredText(document: XmlDocument, what: FilterWhat): string | null {
  return new Filtering(document, what).text();
}

class Filtering {
  readonly #document: XmlDocument;
  readonly #selection: ElementSelection;
  readonly #takes = new Map<XmlElement, Take>();
  readonly #excluded = new Set<XmlElement>();
  /** Elements in which something is excluded: they cannot be taken as they stand. */
  readonly #cut = new Set<XmlElement>();
  /** Names of attributes by element: those selected, and those excluded. */
  readonly #attributes = new Map<XmlElement, Set<XmlAttribute>>();
  readonly #without = new Map<XmlElement, Set<XmlAttribute>>();
  readonly #namespaces: ReadonlySet<string>;

  constructor(document: XmlDocument, { include, exclude }: FilterWhat) {
    this.#document = document;
    this.#selection = new ElementSelection(document);
    this.#namespaces = new Set(include.flatMap((one) => one.type === "namespace" ? [one.namespace] : []));
    if (include.length === 0) this.#takes.set(document.root, Take.ALL);
    for (const selector of include) {
      if (selector.type === "xpath") this.#include(selector.path);
    }
    if (this.#namespaces.size > 0) this.#includeNamespaces(document.root);
    for (const selector of exclude) this.#exclude(selector);
  }

  text(): string | null {
    const { root, text } = this.#document;
    if (!this.#takes.has(root)) return null;
    const body = this.#element(root);
    return `<?xml version="1.0" encoding="UTF-8"?>\n${withoutIdleDeclarations(body, root, text)}\n`;
  }

  #include(path: FilterPath): void {
    for (const element of this.#selection.find(path)) {
      if (path.attribute === null) this.#take(element, Take.ALL);
      else {
        for (const attribute of attributesOf(element, path)) add(this.#attributes, element, attribute);
        this.#take(element, Take.ATTRIBUTES);
      }
    }
  }

  #includeNamespaces(element: XmlElement): void {
    if (this.#namespaces.has(element.namespace)) this.#take(element, Take.OWN);
    for (const child of element.children) this.#includeNamespaces(child);
  }

  /** The most that was asked for is taken; the way leads there. */
  #take(element: XmlElement, take: Take): void {
    const before = this.#takes.get(element);
    if (before === undefined || take < before) this.#takes.set(element, take);
    for (let at = element.parent; at !== null && !this.#takes.has(at); at = at.parent) this.#takes.set(at, Take.WAY);
  }

  #exclude(selector: FilterSelector): void {
    if (selector.type === "namespace") return this.#excludeNamespace(this.#document.root, selector.namespace);
    const { path } = selector;
    for (const element of this.#selection.find(path)) {
      if (path.attribute === null) this.#leaveOut(element);
      else for (const attribute of attributesOf(element, path)) this.#leaveOutAttribute(element, attribute);
    }
  }

  #excludeNamespace(element: XmlElement, namespace: string): void {
    if (element.namespace === namespace && this.#leaveOut(element)) return;
    for (const attribute of element.attributes) {
      if (attribute.namespace === namespace) this.#leaveOutAttribute(element, attribute);
    }
    for (const child of element.children) this.#excludeNamespace(child, namespace);
  }

  /** False where the document would not be valid without it: then it stays as it was. */
  #leaveOut(element: XmlElement): boolean {
    if (isRequired(element)) return false;
    this.#excluded.add(element);
    this.#mark(element.parent);
    return true;
  }

  #leaveOutAttribute(element: XmlElement, attribute: XmlAttribute): void {
    if (attribute.namespace === "" && requiredOf(element).attributes.includes(attribute.name)) return;
    add(this.#without, element, attribute);
    this.#mark(element);
  }

  #mark(element: XmlElement | null): void {
    for (let at = element; at !== null && !this.#cut.has(at); at = at.parent) this.#cut.add(at);
  }

  #element(element: XmlElement): string {
    const take = this.#takes.get(element)!;
    const { start, end, contentStart, contentEnd, children } = element;
    const source = this.#document.text;
    const whole = take === Take.ALL;
    if (whole && !this.#cut.has(element)) return source.slice(start, end);
    let content = "";
    if (children.length === 0) content = take === Take.WAY ? "" : source.slice(contentStart, contentEnd);
    else if (whole || take === Take.OWN) content = escapeXml(xmlTrim(element.text));
    const required = requiredOf(element).children;
    for (const child of children) {
      if (this.#excluded.has(child)) continue;
      if (whole) this.#takes.set(child, Take.ALL);
      else if (!this.#takes.has(child)) {
        if (child.namespace !== element.namespace || !required.includes(child.name)) continue;
        this.#takes.set(child, child.children.length === 0 ? Take.ALL : Take.WAY);
      }
      content += this.#element(child);
    }
    const tag = this.#tag(element, take);
    if (content === "") return `${tag}/>`;
    return `${tag}>${content}</${element.prefix === "" ? "" : `${element.prefix}:`}${element.name}>`;
  }

  /** Its start tag without the end of it. */
  #tag(element: XmlElement, take: Take): string {
    const { start, contentStart, selfClosing } = element;
    const source = this.#document.text;
    const end = contentStart - (selfClosing ? 2 : 1);
    let tag = "", from = start;
    for (const attribute of element.attributes) {
      if (this.#keeps(element, attribute, take)) continue;
      tag += source.slice(from, attribute.start).trimEnd();
      from = attribute.valueEnd + 1;
    }
    return (tag + source.slice(from, end)).trimEnd();
  }

  #keeps(element: XmlElement, attribute: XmlAttribute, take: Take): boolean {
    if (this.#without.get(element)?.has(attribute) === true) return false;
    if (take === Take.OWN) {
      return attribute.namespace === "" || this.#namespaces.has(attribute.namespace) ||
        this.#attributes.get(element)?.has(attribute) === true;
    }
    if (take !== Take.ATTRIBUTES) return true;
    return this.#attributes.get(element)?.has(attribute) === true ||
      (attribute.namespace === "" && requiredOf(element).attributes.includes(attribute.name));
  }
}

function attributesOf(element: XmlElement, { attribute }: FilterPath): XmlAttribute[] {
  return element.attributes.filter(({ name, namespace }) =>
    name === attribute!.name && namespace === attribute!.namespace
  );
}

function add(map: Map<XmlElement, Set<XmlAttribute>>, element: XmlElement, attribute: XmlAttribute): void {
  const known = map.get(element);
  if (known === undefined) map.set(element, new Set([attribute]));
  else known.add(attribute);
}

/** `body` begins with the root's tag. Prefixes declared there that are none of anything in it are not declared. */
function withoutIdleDeclarations(body: string, root: XmlElement, source: string): string {
  let text = body;
  for (const { prefix, start, end } of root.declarations) {
    if (prefix === "" || usesPrefix(text, prefix)) continue;
    const at = text.indexOf(source.slice(start, end));
    text = text.slice(0, at).trimEnd() + text.slice(at + end - start);
  }
  return text;
}

/** Whether it may stand before a colon as a prefix: in a value or a text too, where it may be part of a name. */
function usesPrefix(text: string, prefix: string): boolean {
  for (let at = text.indexOf(`${prefix}:`); at >= 0; at = text.indexOf(`${prefix}:`, at + 1)) {
    if (!/[\w.:\u0080-\uffff-]/.test(text[at - 1])) return true;
  }
  return false;
}
