/** One attribute where it stands; `xmlns` declarations are none. Offsets are indexes into the document's text. */
export interface XmlAttribute {
  /** As written: "" for none. */
  readonly prefix: string;
  /** "" for one without a prefix. */
  readonly namespace: string;
  /** Local name, without a prefix. */
  readonly name: string;
  /** References expanded, white space normalised (XML 1.0 §3.3.3). */
  readonly value: string;
  /** Of the first character of its name. */
  readonly start: number;
  /** Of the first character behind its opening quote. */
  readonly valueStart: number;
  /** Of its closing quote. */
  readonly valueEnd: number;
}

/** One namespace declaration: `prefix` "" for the default one, `namespace` "" where it is taken back. */
export interface XmlDeclaration {
  readonly prefix: string;
  readonly namespace: string;
  /** Of the `x` of `xmlns`. */
  readonly start: number;
  /** Behind its closing quote. */
  readonly end: number;
}

/** One element where it stands. Offsets are indexes into the document's text. */
export interface XmlElement {
  readonly parent: XmlElement | null;
  /** As written: "" for none. */
  readonly prefix: string;
  /** "" for none. */
  readonly namespace: string;
  /** Local name, without a prefix. */
  readonly name: string;
  readonly attributes: readonly XmlAttribute[];
  readonly declarations: readonly XmlDeclaration[];
  /** Elements alone. */
  readonly children: readonly XmlElement[];
  /** The text that stands in the element itself, that of its children left out; references expanded. */
  readonly text: string;
  /** Of its `<`. */
  readonly start: number;
  /** Behind the `>` of its start tag. */
  readonly contentStart: number;
  /** Of the `<` of its end tag; with `<a/>` the same as `contentStart`. */
  readonly contentEnd: number;
  /** Behind its last `>`. */
  readonly end: number;
  /** Written `<a/>`. */
  readonly selfClosing: boolean;
}

/** A well-formed document with namespaces. Never changed: an edit makes another one. */
export interface XmlDocument {
  readonly text: string;
  readonly root: XmlElement;
  /** Behind the byte order mark and the XML declaration; 0 where there is neither. */
  readonly prologEnd: number;
  /** Elements, attributes and declarations: what the document costs in memory beside its text. Known without a walk. */
  readonly parts: number;
}

/** Characters of a document, depth of elements, elements, attributes of one element: more is refused. */
export interface XmlLimits {
  readonly characters: number;
  readonly depth: number;
  readonly elements: number;
  readonly attributes: number;
}

/** The small bodies of messaging. */
export const SMALL_XML: XmlLimits = { characters: 65_536, depth: 64, elements: 4096, attributes: 64 };

/** Text that is no document we take. `message` says what and where: `line 3, column 7: …`. */
export class XmlProblem extends SyntaxError {
  readonly kind: "not-well-formed" | "not-utf-8" | "too-large";
  constructor(kind: "not-well-formed" | "not-utf-8" | "too-large", message: string) {
    super(message);
    this.name = "XmlProblem";
    this.kind = kind;
  }
}
