import {
  declarePrefix,
  expandReferences,
  NOT_XML,
  resolveAttributes,
  resolvePrefix,
  type XmlScope,
} from "./xml_names.ts";

/** One attribute; `xmlns` declarations are none. */
export interface XmlAttribute {
  /** "" for one without a prefix. */
  readonly namespace: string;
  readonly name: string;
  readonly value: string;
}

/** One element. */
export interface XmlElement {
  /** "" for none. */
  readonly namespace: string;
  /** Local name, without a prefix. */
  readonly name: string;
  readonly attributes: readonly XmlAttribute[];
  readonly children: readonly XmlElement[];
  /** The text that stands in the element itself, that of its children left out. */
  readonly text: string;
}

/** Reads a document and gives its root. Throws SyntaxError for what is not well-formed, has a DOCTYPE, or is over a limit. */
export interface XmlReader {
  read(text: string): XmlElement;
}

/** Characters of a document, depth of elements, elements, attributes of one element: more is refused. */
export const XML_LIMITS = { characters: 65_536, depth: 64, elements: 4096, attributes: 64 } as const;

/** NCName (Namespaces in XML 1.0 §3 with the characters of XML 1.0 §2.3). */
const NAME =
  /[A-Z_a-z\u00C0-\u00D6\u00D8-\u00F6\u00F8-\u02FF\u0370-\u037D\u037F-\u1FFF\u200C\u200D\u2070-\u218F\u2C00-\u2FEF\u3001-\uD7FF\uF900-\uFDCF\uFDF0-\uFFFD\u{10000}-\u{EFFFF}][-.0-9A-Z_a-z\u00B7\u00C0-\u00D6\u00D8-\u00F6\u00F8-\u037D\u037F-\u1FFF\u200C\u200D\u203F\u2040\u2070-\u218F\u2C00-\u2FEF\u3001-\uD7FF\uF900-\uFDCF\uFDF0-\uFFFD\u{10000}-\u{EFFFF}]*/uy;
const BLANKS = /[ \t\n]*/y;
const DECLARATION =
  /^<\?xml[ \t\n]+version[ \t\n]*=[ \t\n]*(?:"1\.[0-9]+"|'1\.[0-9]+')(?:[ \t\n]+encoding[ \t\n]*=[ \t\n]*(?:"[A-Za-z][A-Za-z0-9._-]*"|'[A-Za-z][A-Za-z0-9._-]*'))?(?:[ \t\n]+standalone[ \t\n]*=[ \t\n]*(?:"(?:yes|no)"|'(?:yes|no)'))?[ \t\n]*\?>/;

interface Open {
  readonly element: XmlElement & { readonly children: XmlElement[]; text: string };
  readonly tag: string;
  readonly scope: XmlScope | null;
}

/**
 * A small strict reader of XML 1.0 with namespaces, for the small bodies of messaging: elements, attributes, character
 * references, the five built-in entities, CDATA, comments, processing instructions. No document types, so no entities of its
 * own to expand and nothing to fetch. It checks well-formedness and nothing beyond; its work is linear in the document.
 */
export const strictXml: XmlReader = {
  read: (text) => new Parser(text).document(),
};

class Parser {
  readonly #text: string;
  #at = 0;
  #elements = 0;

  constructor(text: string) {
    if (text.length > XML_LIMITS.characters) {
      throw new SyntaxError(`XML of more than ${XML_LIMITS.characters} characters`);
    }
    if (NOT_XML.test(text)) throw new SyntaxError("XML with a character that is not allowed");
    this.#text = text.includes("\r") ? text.replace(/\r\n?/g, "\n") : text;
  }

  document(): XmlElement {
    const declaration = DECLARATION.exec(this.#text);
    if (declaration !== null) this.#at = declaration[0].length;
    this.#misc();
    if (this.#text[this.#at] !== "<") throw new SyntaxError("XML without a root element");
    const root = this.#content();
    this.#misc();
    if (this.#at < this.#text.length) throw new SyntaxError("text behind the root element of XML");
    return root;
  }

  /** Blanks, comments and processing instructions around the root. */
  #misc(): void {
    for (;;) {
      this.#blanks();
      if (this.#looksAt("<!--")) this.#comment();
      else if (this.#looksAt("<?")) this.#instruction();
      else return;
    }
  }

  /** The root with all that is in it; a stack of our own, so that depth costs no call stack. */
  #content(): XmlElement {
    const stack: Open[] = [];
    for (;;) {
      const top = stack[stack.length - 1];
      if (this.#looksAt("</")) {
        this.#closeTag(top);
        stack.pop();
        if (stack.length === 0) return top.element;
      } else if (this.#looksAt("<!--")) this.#comment();
      else if (this.#looksAt("<![CDATA[") && top !== undefined) top.element.text += this.#cdata();
      else if (this.#looksAt("<!")) throw new SyntaxError("XML with a document type or another declaration");
      else if (this.#looksAt("<?")) this.#instruction();
      else if (this.#looksAt("<")) {
        const { opened, empty } = this.#openTag(top?.scope ?? null);
        top?.element.children.push(opened.element);
        if (!empty) {
          if (stack.length === XML_LIMITS.depth) throw new SyntaxError(`XML deeper than ${XML_LIMITS.depth} elements`);
          stack.push(opened);
        } else if (top === undefined) return opened.element;
      } else top.element.text += this.#characters();
    }
  }

  #openTag(outer: XmlScope | null): { opened: Open; empty: boolean } {
    if (++this.#elements > XML_LIMITS.elements) {
      throw new SyntaxError(`XML of more than ${XML_LIMITS.elements} elements`);
    }
    this.#at++;
    const tag = this.#qualifiedName();
    const written: (readonly [name: string, value: string])[] = [];
    const declared = new Map<string, string>();
    for (;;) {
      const spaced = this.#blanks();
      if (this.#looksAt("/>") || this.#looksAt(">")) break;
      if (!spaced) throw new SyntaxError("an XML tag that is malformed");
      if (written.length + declared.size === XML_LIMITS.attributes) {
        throw new SyntaxError(`an XML element with more than ${XML_LIMITS.attributes} attributes`);
      }
      const name = this.#qualifiedName();
      const value = this.#attributeValue();
      if (name === "xmlns") declarePrefix(declared, "", value);
      else if (name.startsWith("xmlns:")) declarePrefix(declared, name.slice(6), value);
      else written.push([name, value]);
    }
    const empty = this.#text[this.#at] === "/";
    this.#at += empty ? 2 : 1;
    const scope = declared.size === 0 ? outer : { prefixes: declared, outer };
    const colon = tag.indexOf(":");
    const element = {
      namespace: resolvePrefix(scope, tag.slice(0, Math.max(colon, 0))),
      name: tag.slice(colon + 1),
      attributes: resolveAttributes(scope, written),
      children: [],
      text: "",
    };
    return { opened: { element, tag, scope }, empty };
  }

  #closeTag(open: Open | undefined): void {
    this.#at += 2;
    if (this.#qualifiedName() !== open?.tag) throw new SyntaxError("XML tags that do not match");
    this.#blanks();
    this.#expect(">");
  }

  #attributeValue(): string {
    this.#blanks();
    this.#expect("=");
    this.#blanks();
    const quote = this.#text[this.#at];
    if (quote !== '"' && quote !== "'") throw new SyntaxError("an XML attribute without quotes");
    const end = this.#text.indexOf(quote, this.#at + 1);
    const value = this.#text.slice(this.#at + 1, end);
    if (end < 0 || value.includes("<")) throw new SyntaxError("an XML attribute that is not closed");
    this.#at = end + 1;
    // White space becomes blanks, but not what came from a reference (XML 1.0 §3.3.3).
    return expandReferences(value.replace(/[\t\n]/g, " "));
  }

  #characters(): string {
    const next = this.#text.indexOf("<", this.#at);
    if (next < 0) throw new SyntaxError("XML that ends inside of an element");
    const text = this.#text.slice(this.#at, next);
    if (text.includes("]]>")) throw new SyntaxError("]]> in XML text");
    this.#at = next;
    return expandReferences(text);
  }

  #cdata(): string {
    const start = this.#at + 9;
    return this.#text.slice(start, this.#upTo("]]>", start));
  }

  #comment(): void {
    const start = this.#at + 4;
    const end = this.#upTo("--", start);
    if (this.#text[end + 2] !== ">") throw new SyntaxError("-- in an XML comment");
    this.#at = end + 3;
  }

  #instruction(): void {
    this.#at += 2;
    const target = this.#name();
    if (target.toLowerCase() === "xml") throw new SyntaxError("an XML declaration that is malformed or out of place");
    if (!this.#looksAt("?>") && !this.#blanks()) throw new SyntaxError("a malformed XML processing instruction");
    this.#upTo("?>", this.#at);
  }

  /** Where `end` begins; reading goes on behind it. */
  #upTo(end: string, from: number): number {
    const found = this.#text.indexOf(end, from);
    if (found < 0) throw new SyntaxError(`XML without ${end}`);
    this.#at = found + end.length;
    return found;
  }

  #qualifiedName(): string {
    const first = this.#name();
    if (this.#text[this.#at] !== ":") return first;
    this.#at++;
    return `${first}:${this.#name()}`;
  }

  #name(): string {
    NAME.lastIndex = this.#at;
    const found = NAME.exec(this.#text);
    if (found === null) throw new SyntaxError("XML with something else where a name belongs");
    this.#at = NAME.lastIndex;
    return found[0];
  }

  /** Passes blanks; true where there was one. */
  #blanks(): boolean {
    BLANKS.lastIndex = this.#at;
    BLANKS.test(this.#text);
    const moved = BLANKS.lastIndex > this.#at;
    this.#at = BLANKS.lastIndex;
    return moved;
  }

  #looksAt(text: string): boolean {
    return this.#text.startsWith(text, this.#at);
  }

  #expect(character: string): void {
    if (this.#text[this.#at++] !== character) throw new SyntaxError(`XML without an expected ${character}`);
  }
}
