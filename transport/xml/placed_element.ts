import type { ElementShape } from "./element_shape.ts";
import type { XmlAttribute, XmlDeclaration, XmlElement } from "./xml_node.ts";
import { expandedContent, expandedValue } from "./xml_text.ts";

/** An element of one version of a document: a shape and where it stands. What is below is made when it is asked for. */
export class PlacedElement implements XmlElement {
  readonly parent: PlacedElement | null;
  readonly start: number;
  readonly shape: ElementShape;
  /** Of the whole document. */
  readonly source: string;
  #children: readonly PlacedElement[] | null = null;
  #attributes: readonly XmlAttribute[] | null = null;
  #text: string | null = null;

  constructor(parent: PlacedElement | null, shape: ElementShape, start: number, source: string) {
    this.parent = parent;
    this.shape = shape;
    this.start = start;
    this.source = source;
  }

  get prefix(): string {
    return this.shape.name.prefix;
  }

  get namespace(): string {
    return this.shape.namespace;
  }

  get name(): string {
    return this.shape.name.local;
  }

  get contentStart(): number {
    return this.start + this.shape.head;
  }

  get contentEnd(): number {
    return this.start + this.shape.head + this.shape.inner;
  }

  get end(): number {
    return this.start + this.shape.length;
  }

  get selfClosing(): boolean {
    return this.shape.tail === 0;
  }

  get children(): readonly PlacedElement[] {
    if (this.#children !== null) return this.#children;
    const { children, starts } = this.shape;
    const from = this.contentStart;
    const placed = new Array<PlacedElement>(children.length);
    for (let i = 0; i < children.length; i++) {
      placed[i] = new PlacedElement(this, children[i], from + starts[i], this.source);
    }
    return this.#children = placed;
  }

  get attributes(): readonly XmlAttribute[] {
    return this.#attributes ??= this.shape.attributes.map((attribute): XmlAttribute => ({
      prefix: attribute.name.prefix,
      namespace: attribute.namespace,
      name: attribute.name.local,
      value: valueOf(this.source, this.start, attribute),
      start: this.start + attribute.start,
      valueStart: this.start + attribute.valueStart,
      valueEnd: this.start + attribute.valueEnd,
    }));
  }

  get declarations(): readonly XmlDeclaration[] {
    return this.shape.declarations.map(({ prefix, namespace, start, end }): XmlDeclaration => ({
      prefix,
      namespace,
      start: this.start + start,
      end: this.start + end,
    }));
  }

  get text(): string {
    return this.#text ??= ownText(this.source, this.shape, this.contentStart);
  }

  /** Whether it has that value, without making text of it where it stands as it means. */
  valueIs(namespace: string, name: string, value: string): boolean {
    for (const attribute of this.shape.attributes) {
      if (attribute.name.local !== name || attribute.namespace !== namespace) continue;
      const { valueStart, valueEnd, plain } = attribute;
      if (!plain) return valueOf(this.source, this.start, attribute) === value;
      return valueEnd - valueStart === value.length && this.source.startsWith(value, this.start + valueStart);
    }
    return false;
  }

  /** Its value without making the attributes. */
  valueOf(namespace: string, name: string): string | undefined {
    for (const attribute of this.shape.attributes) {
      if (attribute.name.local === name && attribute.namespace === namespace) {
        return valueOf(this.source, this.start, attribute);
      }
    }
    return undefined;
  }
}

/** An attribute's value, of an element that stands at `start`. */
export function valueOf(
  source: string,
  start: number,
  attribute: { readonly valueStart: number; readonly valueEnd: number; readonly plain: boolean },
): string {
  const raw = source.slice(start + attribute.valueStart, start + attribute.valueEnd);
  return attribute.plain ? raw : expandedValue(raw);
}

/** The text of an element itself; its content stands at `from`. */
export function ownText(source: string, shape: ElementShape, from: number): string {
  const { children, starts, plain } = shape;
  let text = "";
  let at = from;
  for (let i = 0; i <= children.length; i++) {
    const to = i < children.length ? from + starts[i] : from + shape.inner;
    if (to > at) text += plain ? source.slice(at, to) : expandedContent(source, at, to);
    if (i < children.length) at = to + children[i].length;
  }
  return text;
}
