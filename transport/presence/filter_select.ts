import { xmlAttribute, type XmlDocument, type XmlElement, xmlTrim } from "../xml/mod.ts";
import type { FilterComparison, FilterName, FilterPath, FilterStep } from "./filter_expression.ts";

/**
 * The elements that a path leads to, each once, in document order; where it selects attributes, those that have it. Takes time
 * linear in the document for each step and each comparison.
 */
export function selectElements(document: XmlDocument, path: FilterPath): readonly XmlElement[] {
  return new Selection().select(document.root, path);
}

class Selection {
  /** Of the parents that conditions ask for: once for all their children. */
  readonly #parentTexts = new Map<XmlElement, string>();

  select(root: XmlElement, { steps, attribute }: FilterPath): readonly XmlElement[] {
    let found: readonly XmlElement[] = [root];
    steps.forEach((step, index) => {
      const next: XmlElement[] = [];
      if (index === 0) this.#visit(root, step, next);
      else {
        for (const { children } of step.anywhere ? outermost(found) : found) {
          for (const child of children) this.#visit(child, step, next);
        }
      }
      found = next;
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
    const { of, attribute } = comparison;
    if (of === "parent") return element.parent !== null && compares(this.#parentText(element.parent), comparison);
    const isTrueOf = (at: XmlElement): boolean => {
      const text = attribute === null ? contentText(at) : xmlAttribute(at, attribute.name, attribute.namespace);
      return text !== undefined && compares(xmlTrim(text), comparison);
    };
    if (of === "self") return isTrueOf(element);
    const below = (at: XmlElement, level: number): boolean =>
      level === of.length
        ? isTrueOf(at)
        : at.children.some((child) => isNamed(child, of[level]) && below(child, level + 1));
    return below(element, 0);
  }

  #parentText(parent: XmlElement): string {
    let text = this.#parentTexts.get(parent);
    if (text === undefined) this.#parentTexts.set(parent, text = xmlTrim(contentText(parent)));
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
