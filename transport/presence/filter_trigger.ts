import { xmlAttribute, xmlCollapsed, type XmlDocument, type XmlElement } from "../xml/mod.ts";
import type { FilterPath } from "./filter_expression.ts";
import { contentText, ElementSelection, numberOf } from "./filter_select.ts";

/** One condition of a trigger (RFC 4661 §3.6). */
export type FilterChange =
  | { readonly kind: "added" | "removed"; readonly path: FilterPath }
  | {
    readonly kind: "changed";
    readonly path: FilterPath;
    /** Null where any will do. */
    readonly from: string | null;
    readonly to: string | null;
    readonly by: number | null;
  };

/** All of them must have happened. */
export type FilterTrigger = readonly FilterChange[];

/**
 * Whether what happened between two documents fires one of the triggers. `before` is what the subscriber was told last, as it
 * was before its filter.
 */
export function firesTrigger(triggers: readonly FilterTrigger[], before: XmlDocument, after: XmlDocument): boolean {
  if (before === after) return false;
  const pairs = new ElementPairs(before.root, after.root);
  const old = new ElementSelection(before), now = new ElementSelection(after);
  return triggers.some((trigger) => trigger.every((change) => happened(change, old, now, pairs)));
}

function happened(
  change: FilterChange,
  before: ElementSelection,
  after: ElementSelection,
  pairs: ElementPairs,
): boolean {
  const { kind, path } = change;
  switch (kind) {
    case "added":
      return after.find(path).some((element) => !has(pairs.before(element), path));
    case "removed":
      return before.find(path).some((element) => !has(pairs.after(element), path));
    case "changed":
      return after.find(path).some((element) => {
        const { from, to, by } = change;
        const old = pairs.before(element);
        const now = valueOf(element, path);
        if (old === undefined || !has(old, path)) {
          // What comes with that value has become it: a watcher that is new and pending (RFC 4661 §6.3).
          return to !== null && from === null && by === null && isValue(now, to);
        }
        const was = valueOf(old, path);
        if (isValue(was, now)) return false;
        if (from !== null && !isValue(was, from)) return false;
        if (to !== null && !isValue(now, to)) return false;
        // 0.7 less 0.2 is a little less than 0.5.
        return by === null || Math.abs(numberOf(now) - numberOf(was)) >= by * (1 - 1e-9);
      });
  }
}

function has(element: XmlElement | undefined, { attribute }: FilterPath): boolean {
  if (element === undefined) return false;
  return attribute === null || xmlAttribute(element, attribute.name, attribute.namespace) !== undefined;
}

/** Of an attribute, or of an element with all that is in it. */
function valueOf(element: XmlElement, { attribute }: FilterPath): string {
  if (attribute !== null) return xmlAttribute(element, attribute.name, attribute.namespace)!.trim();
  return element.children.length === 0 ? xmlCollapsed(contentText(element)) : meaning(element);
}

/** The same text for elements that say the same. */
function meaning({ namespace, name, attributes, children, text }: XmlElement): string {
  const values = attributes.map((one) => ` ${one.namespace} ${one.name}=${JSON.stringify(one.value)}`).sort().join("");
  return `<${namespace} ${name}${values}>${xmlCollapsed(text)}${children.map(meaning).join("")}</>`;
}

/** Numbers by value; the RFC's example writes OPEN for open. */
function isValue(a: string, b: string): boolean {
  return a === b || a.toLowerCase() === b.trim().toLowerCase() || numberOf(a) === numberOf(b.trim());
}

/** Which element of one document is which of the other: by their ids where these tell siblings apart, else by their order. */
class ElementPairs {
  readonly #before = new Map<XmlElement, XmlElement>();
  readonly #after = new Map<XmlElement, XmlElement>();

  constructor(before: XmlElement, after: XmlElement) {
    this.#pair(before, after);
  }

  before(after: XmlElement): XmlElement | undefined {
    return this.#before.get(after);
  }
  after(before: XmlElement): XmlElement | undefined {
    return this.#after.get(before);
  }

  #pair(before: XmlElement, after: XmlElement): void {
    if (before.name !== after.name || before.namespace !== after.namespace) return;
    this.#before.set(after, before);
    this.#after.set(before, after);
    if (before.children.length === 0 || after.children.length === 0) return;
    const known = byMarks(before.children);
    for (const [mark, element] of byMarks(after.children)) {
      const old = known.get(mark);
      if (old !== undefined) this.#pair(old, element);
    }
  }
}

/** Each element by its name and id, or by its name and the count of those before it that have none of their own. */
function byMarks(elements: readonly XmlElement[]): Map<string, XmlElement> {
  const marks = elements.map((element) => {
    const id = xmlAttribute(element, "id");
    return id === undefined ? "" : `${element.namespace} ${element.name} #${id}`;
  });
  const count = new Map<string, number>();
  for (const mark of marks) count.set(mark, (count.get(mark) ?? 0) + 1);
  const found = new Map<string, XmlElement>();
  const places = new Map<string, number>();
  elements.forEach((element, index) => {
    const mark = marks[index];
    if (mark !== "" && count.get(mark) === 1) found.set(mark, element);
    else {
      const kind = `${element.namespace} ${element.name}`;
      const place = (places.get(kind) ?? 0) + 1;
      places.set(kind, place);
      found.set(`${kind} ${place}`, element);
    }
  });
  return found;
}
