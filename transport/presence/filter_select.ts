import { xmlAttribute, type XmlDocument, type XmlElement, xmlTrim } from "../xml/mod.ts";
import type { FilterComparison, FilterName, FilterPath, FilterStep } from "./filter_expression.ts";

/** Finds what paths lead to in one document. */
export class ElementSelection {
  readonly #root: XmlElement;
  /** Texts that conditions asked for: a parent's once for all its children, any once for all paths. */
  readonly #texts = new Map<XmlElement, string>();

  constructor({ root }: XmlDocument) {
    this.#root = root;
  }

  /**
   * The elements that a path leads to, each once, in document order; where it selects attributes, those that have it. Takes
   * time linear in the document for each step and each comparison.
   */
  find({ steps, attribute }: FilterPath): readonly XmlElement[] {
    let found: readonly XmlElement[] = [this.#root];
    steps.forEach((step, index) => {
      const next: XmlElement[] = [];
      if (index === 0) this.#visit(this.#root, step, next);
      else {
        for (const { children } of step.anywhere ? outermost(found) : found) {
          for (const child of children) this.#visit(child, step, next);
        }
      }
      // Children of what stands in one another come one parent after the other.
      found = next.sort((a, b) => a.start - b.start);
    });
    if (attribute === null) return found;
    const { name, namespace, anywhere } = attribute;
    if (anywhere) found = outermost(found).flatMap(withDescendants);
    return found.filter((element) => xmlAttribute(element, name, namespace) !== undefined);
  }

  #visit(element: XmlElement, step: FilterStep, found: XmlElement[]): void {
    const { name, condition, anywhere } = step;
    const holds = (all: readonly FilterComparison[]) => all.every((comparison) => this.#isTrue(element, comparison));
    if (isNamed(element, name) && (condition === null || condition.some(holds))) found.push(element);
    if (!anywhere) return;
    for (const child of element.children) this.#visit(child, step, found);
  }

  #isTrue(element: XmlElement, comparison: FilterComparison): boolean {
    const { of } = comparison;
    if (of === "self") return this.#compares(element, comparison);
    if (of === "parent") return element.parent !== null && this.#compares(element.parent, comparison);
    return this.#isTrueBelow(element, of, 0, comparison);
  }

  #isTrueBelow(
    element: XmlElement,
    names: readonly FilterName[],
    level: number,
    comparison: FilterComparison,
  ): boolean {
    if (level === names.length) return this.#compares(element, comparison);
    for (const child of element.children) {
      if (isNamed(child, names[level]) && this.#isTrueBelow(child, names, level + 1, comparison)) return true;
    }
    return false;
  }

  #compares(element: XmlElement, comparison: FilterComparison): boolean {
    const { attribute } = comparison;
    if (attribute === null) return compares(this.#text(element), comparison);
    const value = xmlAttribute(element, attribute.name, attribute.namespace);
    return value !== undefined && compares(xmlTrim(value), comparison);
  }

  #text(element: XmlElement): string {
    let text = this.#texts.get(element);
    if (text === undefined) this.#texts.set(element, text = xmlTrim(contentText(element)));
    return text;
  }
}

/** Without those that are inside of others: what is below them is found once. */
function outermost(elements: readonly XmlElement[]): readonly XmlElement[] {
  let end = -1;
  return elements.filter((element) => {
    if (element.start < end) return false;
    end = element.end;
    return true;
  });
}

function withDescendants(element: XmlElement): XmlElement[] {
  return [element, ...element.children.flatMap(withDescendants)];
}

function isNamed(element: XmlElement, name: FilterName): boolean {
  return name === null || (element.name === name.name && element.namespace === name.namespace);
}

/** XPath 1.0 §3.4, but for white space around texts, which pretty printers put there. `text` is without. */
function compares(text: string, { operator, value }: FilterComparison): boolean {
  if (operator === "=" && typeof value === "string") return text === xmlTrim(value);
  const left = numberOf(text), right = typeof value === "number" ? value : numberOf(xmlTrim(value));
  return operator === "=" ? left === right : operator === "<" ? left < right : left > right;
}

/** A decimal's value; NaN for anything else, and for more than 64 characters. */
export function numberOf(text: string): number {
  return text.length <= 64 && /^[-+]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)$/.test(text) ? Number(text) : NaN;
}

/** The text of an element and of all that is in it. */
export function contentText({ text, children }: XmlElement): string {
  let all = text;
  for (const child of children) all += contentText(child);
  return all;
}
