import { escapeXml, namespacesInScope, type XmlAttribute, type XmlDocument, type XmlElement } from "../xml/mod.ts";
import { aligned, type Alignment } from "./align.ts";
import { qName } from "./names.ts";
import type { Namespaces, PatchOperation } from "./patch_operation.ts";

const NO_NAMESPACES: Namespaces = new Map();

/**
 * Patch operations (RFC 5261) that make `after` of `before`, to be applied in this order; [] where they say the same. Null
 * where none can: the prolog changed, or the operations would be longer than the document. Selectors go by positions alone,
 * which need no namespaces. Texts are compared as they are written, so the result is `after` up to the order of attributes
 * and the like. Takes time nearly linear in both texts for documents of bounded depth.
 */
export function patch(before: XmlDocument, after: XmlDocument): PatchOperation[] | null {
  if (before.text === after.text) return [];
  if (besideRoot(before) !== besideRoot(after)) return null;
  const operations = new Differ(before.text, after.text).root(before.root, after.root);
  let length = 0;
  for (const operation of operations) length += operation.kind === "remove" ? 0 : operation.content.length;
  return length > after.text.length ? null : operations;
}

/** Comments and instructions around the root; white space there says nothing. */
function besideRoot({ text, prologEnd, root }: XmlDocument): string {
  return `${text.slice(prologEnd, root.start).trim()}\0${text.slice(root.end).trim()}`;
}

class Differ {
  readonly #before: string;
  readonly #after: string;

  constructor(before: string, after: string) {
    this.#before = before;
    this.#after = after;
  }

  root(a: XmlElement, b: XmlElement): PatchOperation[] {
    return this.#element(a, b, "*", NO_NAMESPACES);
  }

  /** `sel` names `a`; `around` are the namespaces in scope around it. */
  #element(a: XmlElement, b: XmlElement, sel: string, around: Namespaces): PatchOperation[] {
    if (this.#raw(a) === this.#written(b)) return [];
    const inside = sameStart(a, b)
      ? this.#inside(a, b, sel, a.declarations.length === 0 ? around : namespacesInScope(a))
      : null;
    return inside ?? [{ kind: "replace", sel, content: this.#written(b), namespaces: around }];
  }

  /** Null where the contents cannot be told by operations on their nodes. */
  #inside(a: XmlElement, b: XmlElement, sel: string, scope: Namespaces): PatchOperation[] | null {
    const operations: PatchOperation[] = [];
    const alignments = aligned(
      a.children.map((child) => this.#raw(child)),
      b.children.map((child) => this.#written(child)),
    );
    // From the end to the beginning: so the positions of what is still to be changed stay what they are in `before`.
    for (let i = alignments.length - 1; i >= 0; i--) {
      const some = this.#segment(a, b, alignments[i], sel, scope);
      if (some === null) return null;
      operations.push(...some);
    }
    for (const operation of attributeOperations(a, b, sel, scope)) operations.push(operation);
    return operations;
  }

  /** Children `[a0, a1)` and `[b0, b1)` and what stands around them, between two children that stay. */
  #segment(a: XmlElement, b: XmlElement, segment: Alignment, sel: string, scope: Namespaces): PatchOperation[] | null {
    const { a0, a1, b0, b1 } = segment;
    const pairs = Math.min(a1 - a0, b1 - b0);
    for (let i = 0; i < pairs; i++) if (this.#gap(a, a0 + i) !== this.#newGap(b, b0 + i)) return null;
    const rest = { a0: a0 + pairs, a1, b0: b0 + pairs, b1 };
    const operations = rest.b0 < b1 ? this.#added(a, b, rest, sel, scope) : this.#removed(a, b, rest, sel);
    if (operations === null) return null;
    for (let i = pairs - 1; i >= 0; i--) {
      const child = this.#element(a.children[a0 + i], b.children[b0 + i], `${sel}/*[${a0 + i + 1}]`, scope);
      operations.push(...child);
    }
    return operations;
  }

  /** The children `[b0, b1)` of `b` are new, in the gap before child `a0` of `a`. */
  #added(
    a: XmlElement,
    b: XmlElement,
    { a0, b0, b1 }: Alignment,
    sel: string,
    namespaces: Namespaces,
  ): PatchOperation[] | null {
    const start = b0 === 0 ? b.contentStart : b.children[b0 - 1].end;
    const end = b1 === b.children.length ? b.contentEnd : b.children[b1].start;
    const all = this.#after.slice(start, end);
    const gap = this.#gap(a, a0);
    const add = { kind: "add", type: null, namespaces } as const;
    // White space alone is surely text; any other gap could be the end of a comment or of a reference.
    if (/^[ \t\r\n]*$/.test(gap) && all.endsWith(gap)) {
      const content = all.slice(0, all.length - gap.length);
      // An empty gap at the end: appending says it shorter, and as XCAP would.
      if (a0 === a.children.length && gap === "") return [{ ...add, sel, pos: null, content }];
      return a0 === 0
        ? [{ ...add, sel, pos: "prepend", content }]
        : [{ ...add, sel: `${sel}/*[${a0}]`, pos: "after", content }];
    }
    if (!all.startsWith(gap)) return null;
    const content = all.slice(gap.length);
    return a0 === a.children.length
      ? [{ ...add, sel, pos: null, content }]
      : [{ ...add, sel: `${sel}/*[${a0 + 1}]`, pos: "before", content }];
  }

  /** The children `[a0, a1)` of `a` are gone, and the gap before child `b0` of `b` is what is left. */
  #removed(a: XmlElement, b: XmlElement, { a0, a1, b0 }: Alignment, sel: string): PatchOperation[] | null {
    const left = this.#newGap(b, b0);
    const gaps: string[] = [];
    for (let i = a0; i <= a1; i++) gaps.push(this.#gap(a, i));
    const ws = blanksToRemove(gaps, left);
    if (ws === undefined) return null;
    const operations: PatchOperation[] = [];
    for (let i = a1; i > a0; i--) {
      operations.push({ kind: "remove", sel: `${sel}/*[${i}]`, ws, namespaces: NO_NAMESPACES });
    }
    return operations;
  }

  #raw(element: XmlElement): string {
    return this.#before.slice(element.start, element.end);
  }

  #written(element: XmlElement): string {
    return this.#after.slice(element.start, element.end);
  }

  /** What stands before the child, or at the end for the index behind the last. */
  #gap(element: XmlElement, index: number): string {
    return gapBefore(this.#before, element, index);
  }

  #newGap(element: XmlElement, index: number): string {
    return gapBefore(this.#after, element, index);
  }
}

function gapBefore(text: string, { children, contentStart, contentEnd }: XmlElement, index: number): string {
  const start = index === 0 ? contentStart : children[index - 1].end;
  return text.slice(start, index === children.length ? contentEnd : children[index].start);
}

/** The `ws` with which the removals leave just this; undefined where none does. `gaps` stand around what is removed. */
function blanksToRemove(gaps: readonly string[], left: string): "before" | "after" | "both" | null | undefined {
  const last = gaps.length - 1;
  if (last === 0) return gaps[0] === left ? null : undefined;
  if (gaps.join("") === left) return null;
  if (gaps[last] === left && gaps.slice(0, last).every(isBlankText)) return "before";
  if (gaps[0] === left && gaps.slice(1).every(isBlankText)) return "after";
  return last === 1 && left === "" && gaps.every(isBlankText) ? "both" : undefined;
}

function isBlankText(text: string): boolean {
  return /^[ \t\r\n]+$/.test(text);
}

/** Whether two elements have the same name and the same declarations, so that the same prefixes mean the same in both. */
function sameStart(a: XmlElement, b: XmlElement): boolean {
  if (a.name !== b.name || a.prefix !== b.prefix || a.namespace !== b.namespace) return false;
  const ours = a.declarations, theirs = b.declarations;
  return ours.length === theirs.length &&
    ours.every(({ prefix, namespace }) => theirs.some((one) => one.prefix === prefix && one.namespace === namespace));
}

function* attributeOperations(
  a: XmlElement,
  b: XmlElement,
  sel: string,
  namespaces: Namespaces,
): Generator<PatchOperation> {
  for (const old of a.attributes) {
    const now = same(b.attributes, old);
    const at = `${sel}/@${qName(old)}`;
    if (now === undefined) yield { kind: "remove", sel: at, ws: null, namespaces };
    else if (now.value !== old.value) yield { kind: "replace", sel: at, content: escapeXml(now.value), namespaces };
  }
  for (const one of b.attributes) {
    if (same(a.attributes, one) !== undefined) continue;
    yield { kind: "add", sel, pos: null, type: `@${qName(one)}`, content: escapeXml(one.value), namespaces };
  }
}

function same(attributes: readonly XmlAttribute[], one: XmlAttribute): XmlAttribute | undefined {
  return attributes.find(({ name, namespace }) => name === one.name && namespace === one.namespace);
}
