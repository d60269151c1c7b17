import type { XmlName } from "./xml_name.ts";

/** An attribute by places that count from the `<` of its element. */
export interface AttributeShape {
  readonly name: XmlName;
  readonly namespace: string;
  readonly start: number;
  readonly valueStart: number;
  readonly valueEnd: number;
  /** The value is what is written: no reference, no white space but blanks. */
  readonly plain: boolean;
}

/** A declaration by places that count from the `<` of its element. */
export interface DeclarationShape {
  readonly prefix: string;
  readonly namespace: string;
  readonly start: number;
  readonly end: number;
}

/** What stands between a start tag and an end tag. */
export interface ContentShape {
  readonly children: readonly ElementShape[];
  /** Of each child, counted from the beginning of the content. */
  readonly starts: readonly number[];
  /** The text is what is written: no reference, comment, instruction, CDATA or carriage return. */
  readonly plain: boolean;
  /** No text but white space. */
  readonly blank: boolean;
}

export interface StartTagShape {
  readonly name: XmlName;
  readonly namespace: string;
  readonly attributes: readonly AttributeShape[];
  readonly declarations: readonly DeclarationShape[];
  /** Characters of it. */
  readonly head: number;
}

/**
 * An element by lengths and places that count from itself, and by the namespaces it got: nothing in it says where in the document
 * it stands or holds the text, so the versions of a document share what an edit did not touch.
 */
export class ElementShape implements StartTagShape, ContentShape {
  readonly name: XmlName;
  readonly namespace: string;
  readonly attributes: readonly AttributeShape[];
  readonly declarations: readonly DeclarationShape[];
  readonly children: readonly ElementShape[];
  readonly starts: readonly number[];
  readonly plain: boolean;
  readonly blank: boolean;
  /** Characters of the start tag, of the content, of the end tag; `tail` is 0 with `<a/>`. */
  readonly head: number;
  readonly inner: number;
  readonly tail: number;
  /** Elements, itself and all below. */
  readonly elements: number;
  /** Elements, attributes and declarations, its own and all below. */
  readonly parts: number;
  /** What it was last found to fit: the type of a grammar. It holds wherever the shape stands. */
  fits: object | null = null;

  constructor(tag: StartTagShape, content: ContentShape, inner: number, tail: number, elements: number) {
    this.name = tag.name;
    this.namespace = tag.namespace;
    this.attributes = tag.attributes;
    this.declarations = tag.declarations;
    this.children = content.children;
    this.starts = content.starts;
    this.plain = content.plain;
    this.blank = content.blank;
    this.head = tag.head;
    this.inner = inner;
    this.tail = tail;
    this.elements = elements;
    let parts = 1 + tag.attributes.length + tag.declarations.length;
    for (const child of content.children) parts += child.parts;
    this.parts = parts;
  }

  get length(): number {
    return this.head + this.inner + this.tail;
  }
}

export const NO_CONTENT: ContentShape = { children: [], starts: [], plain: true, blank: true };
