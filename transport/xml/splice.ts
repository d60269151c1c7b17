import type { DocumentLayout } from "./document_layout.ts";
import { type ContentShape, ElementShape, type StartTagShape } from "./element_shape.ts";
import type { PrefixLookup } from "./namespace_scope.ts";
import { type XmlLimits, XmlProblem } from "./xml_node.ts";
import { XmlScanner } from "./xml_scanner.ts";

/** `[start, end)` of a text is to be replaced. */
export interface Cut {
  readonly start: number;
  readonly end: number;
  readonly insert: string;
}

/** An element on the way from the root to the cut. */
interface Step {
  readonly shape: ElementShape;
  /** Of its `<` in the document. */
  readonly start: number;
  /** Which child of the one before it. */
  readonly index: number;
}

/**
 * The layout after a cut, found by reading again no more than the innermost element around it: its content between the children
 * that the cut leaves alone, or its start tag, or all of it. The rest keeps its shapes; only the lists of the elements around the
 * cut are made anew. XML is unambiguous, so that what reads well between two tags reads the same in the whole document. Null where
 * only the whole text can tell: the cut is around the root, or what it touches does not read well alone.
 */
export function splicedLayout(layout: DocumentLayout, cut: Cut): DocumentLayout | null {
  const { text, limits } = layout;
  const length = text.length - (cut.end - cut.start) + cut.insert.length;
  if (length > limits.characters) return null;
  const way = wayTo(layout, cut);
  if (way.length === 0) return null;
  let changed = reread(text, way, cut, limits);
  if (changed === null) return null;
  for (let i = way.length - 1; i > 0; i--) changed = withChild(way[i - 1].shape, way[i].index, changed);
  if (changed.elements > limits.elements) return null;
  return { ...layout, text: text.slice(0, cut.start) + cut.insert + text.slice(cut.end), root: changed };
}

/** The elements that are around the cut, the root first: its `<` before the cut, its last `>` behind it. */
function wayTo(layout: DocumentLayout, cut: Cut): Step[] {
  const way: Step[] = [];
  let shape = layout.root, start = layout.rootStart, index = 0;
  while (cut.start > start && cut.end < start + shape.length) {
    way.push({ shape, start, index });
    const content = start + shape.head;
    // The last child that begins before the cut.
    index = countBefore(shape.starts, cut.start - content) - 1;
    if (index < 0) break;
    start = content + shape.starts[index];
    shape = shape.children[index];
  }
  return way;
}

/** How many of the ascending `places` are less than `place`. */
function countBefore(places: readonly number[], place: number): number {
  let low = 0, high = places.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (places[middle] < place) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The innermost element of the way as it is after the cut; null where it does not read well alone. */
function reread(text: string, way: readonly Step[], cut: Cut, limits: XmlLimits): ElementShape | null {
  const { shape, start } = way[way.length - 1];
  const content = start + shape.head;
  try {
    if (shape.tail > 0) {
      // Where text stands between children, only all of it tells whether some is left.
      const local = shape.blank || shape.children.length === 0;
      if (local && cut.start >= content && cut.end <= content + shape.inner) return withContent(text, way, cut, limits);
      if (cut.end < content) {
        const kept = withStartTag(text, way, cut, limits);
        if (kept !== null) return kept;
      }
    }
    const scanner = new XmlScanner(
      piece(text, start, start + shape.length, cut),
      limits,
      scopeOf(way, 1),
      way.length - 1,
    );
    const { children } = scanner.content(true);
    const [whole] = children;
    return whole.length === shape.length - (cut.end - cut.start) + cut.insert.length ? whole : null;
  } catch (error) {
    if (error instanceof XmlProblem) return null;
    throw error;
  }
}

/** `[from, to)` of the text after the cut, in memory of its own. */
function piece(text: string, from: number, to: number, cut: Cut): string {
  return text.slice(from, cut.start) + cut.insert + text.slice(cut.end, to);
}

function withContent(text: string, way: readonly Step[], cut: Cut, limits: XmlLimits): ElementShape {
  const { shape, start } = way[way.length - 1];
  const { children, starts } = shape;
  const content = start + shape.head;
  // Children before `first` end at or before the cut; those from `next` on begin at or behind it.
  let first = countBefore(starts, cut.start - content);
  if (first > 0 && starts[first - 1] + children[first - 1].length > cut.start - content) first--;
  const next = Math.max(first, countBefore(starts, cut.end - content));
  const from = first > 0 ? starts[first - 1] + children[first - 1].length : 0;
  const to = next < children.length ? starts[next] : shape.inner;
  const scanner = new XmlScanner(
    piece(text, content + from, content + to, cut),
    limits,
    scopeOf(way, 0),
    way.length,
  );
  const read = scanner.content(false);
  const grown = cut.insert.length - (cut.end - cut.start);
  const all = first === 0 && next === children.length;
  const parts: ContentShape = {
    children: [...children.slice(0, first), ...read.children, ...children.slice(next)],
    starts: [...starts.slice(0, first), ...read.starts.map((at) => at + from), ...shifted(starts, next, grown)],
    plain: read.plain && (shape.plain || all),
    blank: read.blank && (shape.blank || all),
  };
  let { elements } = shape;
  for (let i = first; i < next; i++) elements -= children[i].elements;
  for (const child of read.children) elements += child.elements;
  return new ElementShape(shape, parts, shape.inner + grown, shape.tail, elements);
}

/** Null where the new start tag changes what is in the element: other namespaces, another end. */
function withStartTag(text: string, way: readonly Step[], cut: Cut, limits: XmlLimits): ElementShape | null {
  const { shape, start } = way[way.length - 1];
  const scanner = new XmlScanner(piece(text, start, start + shape.head, cut), limits, scopeOf(way, 1));
  const tag = scanner.startTag();
  if (scanner.empty || !scanner.atEnd || tag.name.written !== shape.name.written || !declareSame(tag, shape)) {
    return null;
  }
  return new ElementShape(tag, shape, shape.inner, shape.tail, shape.elements);
}

function declareSame(a: StartTagShape, b: StartTagShape): boolean {
  return a.declarations.length === b.declarations.length &&
    a.declarations.every(({ prefix, namespace }) =>
      b.declarations.some((other) => other.prefix === prefix && other.namespace === namespace)
    );
}

/** The element with another child at `index`, and what stands behind it moved. */
function withChild(shape: ElementShape, index: number, child: ElementShape): ElementShape {
  const before = shape.children[index];
  const grown = child.length - before.length;
  const children = shape.children.slice();
  children[index] = child;
  const starts = grown === 0
    ? shape.starts
    : [...shape.starts.slice(0, index + 1), ...shifted(shape.starts, index + 1, grown)];
  const elements = shape.elements - before.elements + child.elements;
  const { plain, blank } = shape;
  return new ElementShape(shape, { children, starts, plain, blank }, shape.inner + grown, shape.tail, elements);
}

function shifted(starts: readonly number[], from: number, by: number): number[] {
  const moved = starts.slice(from);
  if (by !== 0) { for (let i = 0; i < moved.length; i++) moved[i] += by; }
  return moved;
}

/** The namespaces in scope in the innermost element of the way but the last `inner`. */
function scopeOf(way: readonly Step[], inner: number): PrefixLookup {
  return (prefix) => {
    for (let i = way.length - 1 - inner; i >= 0; i--) {
      for (const declaration of way[i].shape.declarations) {
        if (declaration.prefix === prefix) return declaration.namespace;
      }
    }
    return undefined;
  };
}
