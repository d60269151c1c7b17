import type { XmlAttribute, XmlElement } from "./xml_node.ts";

/**
 * What a document of one kind may hold: the part of XML Schema that the documents of XDM need, as data. An element's content is
 * matched without backtracking (as in XML Schema, what stands next decides), in time linear in the document.
 */
export interface Grammar {
  /** What may be the root. */
  readonly roots: readonly ElementType[];
  /** Other global elements by namespace and name: what a wildcard with `lax` or `strict` looks up. */
  readonly globals: readonly ElementType[];
}

/** Says what is wrong with a simple value, or null. */
export interface SimpleType {
  readonly name: string;
  /** `preserve`: the value comes as it is (xs:string and what is made from it). Left out: its white space is collapsed. */
  readonly whiteSpace?: "preserve";
  breach(value: string): string | null;
}

export interface AttributeType {
  readonly namespace: string;
  readonly name: string;
  readonly required: boolean;
  readonly type: SimpleType;
}

/** Any name of another namespace (`other`), of any (`any`), or of those named; `lax`: checked where the grammar knows it. */
export interface Wildcard {
  readonly namespaces: "any" | "other" | readonly string[];
  readonly process: "lax" | "skip" | "strict";
}

export interface ElementType {
  readonly namespace: string;
  readonly name: string;
  readonly attributes: readonly AttributeType[];
  /** Attributes beyond those named; null: none. */
  readonly moreAttributes: Wildcard | null;
  /** A function where types are recursive. */
  readonly content: Content | (() => Content);
}

export type Content =
  /** No child elements and text of this type. */
  | { readonly kind: "text"; readonly type: SimpleType }
  /** Child elements as the particle says; `mixed` lets text stand between them. */
  | { readonly kind: "elements"; readonly particle: Particle; readonly mixed: boolean }
  | { readonly kind: "empty" }
  /** Anything at all. */
  | { readonly kind: "any" };

/** Occurs `min` to `max` times; `max` Infinity is unbounded. */
export type Particle =
  | { readonly kind: "element"; readonly min: number; readonly max: number; readonly type: ElementType }
  | { readonly kind: "wildcard"; readonly min: number; readonly max: number; readonly wildcard: Wildcard }
  | { readonly kind: "sequence"; readonly min: number; readonly max: number; readonly parts: readonly Particle[] }
  | { readonly kind: "choice"; readonly min: number; readonly max: number; readonly parts: readonly Particle[] }
  /** Each part in any order (XML Schema's `all`). */
  | { readonly kind: "all"; readonly min: 0 | 1; readonly max: 1; readonly parts: readonly Particle[] };

/** Where a document breaks its grammar, and what was allowed there. */
export interface GrammarBreach {
  readonly element: XmlElement;
  readonly attribute: XmlAttribute | null;
  /** `entry: attribute uri is required`; `list: display-name may not stand behind entry; allowed: …` */
  readonly message: string;
}
