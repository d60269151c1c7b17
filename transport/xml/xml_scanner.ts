import {
  type AttributeShape,
  type ContentShape,
  type DeclarationShape,
  ElementShape,
  NO_CONTENT,
  type StartTagShape,
} from "./element_shape.ts";
import { declarationFault, NamespaceScope, type PrefixLookup } from "./namespace_scope.ts";
import { foreignCharacter, nameAt, namespaceIn, plainNameEnd, type XmlName } from "./xml_name.ts";
import { type XmlLimits, XmlProblem } from "./xml_node.ts";
import { isXmlBlank, referenceEnd } from "./xml_text.ts";

const LT = 60, GT = 62, SLASH = 47, BANG = 33, QUESTION = 63, AMPERSAND = 38, BRACKET = 93, CR = 13;

/** Its namespace is known when the whole tag is. */
type WrittenAttribute = AttributeShape & { namespace: string };

/** An element that is open: what it holds so far. */
interface Open {
  tag: StartTagShape;
  start: number;
  children: ElementShape[];
  starts: number[];
  plain: boolean;
  blank: boolean;
  elements: number;
  /** Of the declarations outside of it. */
  mark: number;
}

/**
 * Reads XML 1.0 with namespaces from one text, strictly and in one pass: elements, attributes, character references, the five
 * built-in entities, CDATA, comments, processing instructions. No document types, so there are no entities of its own to expand
 * and nothing to fetch. It has a stack of its own, so that depth costs no call stack. Throws XmlProblem.
 */
export class XmlScanner {
  readonly #text: string;
  readonly #limits: XmlLimits;
  readonly #scope: NamespaceScope;
  /** Elements around what is read. */
  readonly #around: number;
  #at = 0;
  #elements = 0;
  #tagEnd: "open" | "empty" = "open";

  constructor(text: string, limits: XmlLimits, outer: PrefixLookup | null = null, around = 0) {
    this.#text = text;
    this.#limits = limits;
    this.#scope = new NamespaceScope(outer);
    this.#around = around;
    if (text.length > limits.characters) {
      throw new XmlProblem("too-large", `${text.length} characters of XML; at most ${limits.characters} are taken`);
    }
    const foreign = foreignCharacter(text);
    if (foreign >= 0) {
      const code = text.charCodeAt(foreign).toString(16).toUpperCase().padStart(4, "0");
      this.#fail(foreign, `the character U+${code} is not allowed in XML`);
    }
  }

  /** Passes `length` characters: what the caller has read. */
  skip(length: number): void {
    this.#at += length;
  }

  /** The rest of the text as what may stand around and in an element. `alone`: just one element, and no text beside it. */
  content(alone: boolean): ContentShape {
    const origin = this.#at;
    const stack: Open[] = [];
    let top = newOpen(NO_TAG, origin, 0);
    const text = this.#text;
    for (;;) {
      if (text.charCodeAt(this.#at) !== LT) {
        const start = this.#at;
        this.#characters(top);
        if (alone && stack.length === 0 && !top.blank) this.#failText(start);
        if (this.#at >= text.length) break;
      }
      const next = text.charCodeAt(this.#at + 1);
      if (next === SLASH) {
        if (stack.length === 0) this.#fail(this.#at, "an end tag without a start tag");
        const shape = this.#close(top);
        const start = top.start;
        this.#scope.back(top.mark);
        top = stack.pop()!;
        add(top, shape, start, stack.length === 0 ? origin : top.start + top.tag.head);
      } else if (next === BANG) this.#declared(top, alone && stack.length === 0);
      else if (next === QUESTION) {
        top.plain = false;
        this.#instruction();
      } else {
        const start = this.#at;
        if (alone && stack.length === 0 && top.children.length > 0) this.#fail(start, "a second root element");
        if (++this.#elements > this.#limits.elements) {
          this.#fail(start, `more than ${this.#limits.elements} elements`, "too-large");
        }
        const mark = this.#scope.mark;
        const tag = this.startTag();
        if (stack.length + this.#around === this.#limits.depth) {
          this.#fail(start, `more than ${this.#limits.depth} elements in one another`, "too-large");
        }
        if (this.#tagEnd === "empty") {
          this.#scope.back(mark);
          const origins = stack.length === 0 ? origin : top.start + top.tag.head;
          add(top, new ElementShape(tag, NO_CONTENT, 0, 0, 1), start, origins);
        } else {
          stack.push(top);
          top = newOpen(tag, start, mark);
        }
      }
    }
    if (stack.length > 0) this.#fail(text.length, `the text ends inside of ${shown(top.tag.name.written)}`);
    if (alone && top.children.length === 0) this.#fail(text.length, "no root element");
    return top;
  }

  /** The start tag here; afterwards `empty` says which kind it was. */
  startTag(): StartTagShape {
    const text = this.#text;
    const start = this.#at;
    const name = this.#name(start + 1, "an element's name");
    let attributes: WrittenAttribute[] = NO_ATTRIBUTES;
    let declarations: DeclarationShape[] = NO_DECLARATIONS;
    for (;;) {
      const spaced = this.#blanks();
      const code = text.charCodeAt(this.#at);
      if (code === GT) {
        this.#at++;
        this.#tagEnd = "open";
        break;
      }
      if (code === SLASH) {
        if (text.charCodeAt(this.#at + 1) !== GT) this.#fail(this.#at + 1, "a / that no > follows");
        this.#at += 2;
        this.#tagEnd = "empty";
        break;
      }
      if (code !== code) this.#fail(this.#at, `the text ends in the tag ${shown(name.written)}`);
      if (!spaced) this.#fail(this.#at, `white space, > or /> must follow in the tag ${shown(name.written)}`);
      if (attributes.length + declarations.length === this.#limits.attributes) {
        this.#fail(this.#at, `more than ${this.#limits.attributes} attributes of one element`, "too-large");
      }
      const from = this.#at;
      const called = this.#name(from, "an attribute's name");
      const valueStart = this.#openQuote(called);
      const plain = this.#value(text.charCodeAt(valueStart - 1));
      const valueEnd = this.#at - 1;
      if (called.written === "xmlns" || called.prefix === "xmlns") {
        if (declarations === NO_DECLARATIONS) declarations = [];
        declarations.push(this.#declaration(called, start, from, text.slice(valueStart, valueEnd), declarations));
      } else {
        if (attributes === NO_ATTRIBUTES) attributes = [];
        attributes.push({
          name: called,
          namespace: "",
          start: from - start,
          valueStart: valueStart - start,
          valueEnd: valueEnd - start,
          plain,
        });
      }
    }
    if (attributes.length > 0) this.#resolve(attributes, start);
    const namespace = name.prefix === "xmlns" ? undefined : this.#scope.namespaceOf(name.prefix);
    if (namespace === undefined) this.#fail(start, `the prefix ${shown(name.prefix)} is not declared`);
    return { name, namespace, attributes, declarations, head: this.#at - start };
  }

  /** The start tag read last was `<a/>`. */
  get empty(): boolean {
    return this.#tagEnd === "empty";
  }

  get atEnd(): boolean {
    return this.#at === this.#text.length;
  }

  #declaration(
    called: XmlName,
    start: number,
    from: number,
    raw: string,
    before: readonly DeclarationShape[],
  ): DeclarationShape {
    const prefix = called.prefix === "" ? "" : called.local;
    const namespace = namespaceIn(raw);
    const fault = declarationFault(prefix, namespace);
    if (fault !== null) this.#fail(from, fault);
    if (before.length > 0 && isRepeated(before, prefix)) this.#fail(from, `${shown(called.written)} is given twice`);
    this.#scope.declare(prefix, namespace);
    return { prefix, namespace, start: from - start, end: this.#at - start };
  }

  /** Gives attributes their namespaces; none may be there twice (XML 1.0 §3.1, Namespaces in XML 1.0 §6.3). */
  #resolve(attributes: WrittenAttribute[], start: number): void {
    const seen = attributes.length > 8 ? new Set<string>() : null;
    for (let i = 0; i < attributes.length; i++) {
      const attribute = attributes[i];
      const { prefix, local, written } = attribute.name;
      if (prefix !== "") {
        const namespace = this.#scope.namespaceOf(prefix);
        if (namespace === undefined) this.#fail(start + attribute.start, `the prefix ${shown(prefix)} is not declared`);
        attribute.namespace = namespace;
      }
      let twice = false;
      if (seen !== null) {
        const key = `${local} ${attribute.namespace}`;
        twice = seen.has(key);
        seen.add(key);
      } else {
        for (let j = 0; j < i && !twice; j++) {
          twice = attributes[j].name.local === local && attributes[j].namespace === attribute.namespace;
        }
      }
      if (twice) this.#fail(start + attribute.start, `the attribute ${shown(written)} is given twice`);
    }
  }

  /** Passes `=` and the opening quote; gives the place behind it. */
  #openQuote(name: XmlName): number {
    this.#blanks();
    if (this.#text.charCodeAt(this.#at) !== 61) {
      this.#fail(this.#at, `no = behind the attribute ${shown(name.written)}`);
    }
    this.#at++;
    this.#blanks();
    const quote = this.#text.charCodeAt(this.#at);
    if (quote !== 34 && quote !== 39) this.#fail(this.#at, `the value of ${shown(name.written)} is not in quotes`);
    return ++this.#at;
  }

  /** Passes an attribute's value and its closing quote; true where the value is what is written. */
  #value(quote: number): boolean {
    const text = this.#text;
    const start = this.#at;
    let plain = true;
    let at = start;
    for (;;) {
      const code = text.charCodeAt(at);
      if (code === quote) break;
      if (code === AMPERSAND) {
        plain = false;
        at = this.#reference(at);
        continue;
      }
      if (code === LT) this.#fail(at, "< in an attribute's value");
      if (code < 32) plain = false;
      else if (code !== code) this.#fail(start, "an attribute's value that is not closed");
      at++;
    }
    this.#at = at + 1;
    return plain;
  }

  /** Passes character data up to a `<` or the end. */
  #characters(into: Open): void {
    const text = this.#text;
    let at = this.#at;
    for (;;) {
      const code = text.charCodeAt(at);
      if (code > 32) {
        if (code === LT) break;
        into.blank = false;
        if (code === AMPERSAND) {
          into.plain = false;
          at = this.#reference(at);
          continue;
        }
        if (code === BRACKET && text.startsWith("]]>", at)) this.#fail(at, "]]> in text");
      } else if (code === CR) into.plain = false;
      else if (code !== code) break;
      at++;
    }
    this.#at = at;
  }

  #reference(at: number): number {
    const end = referenceEnd(this.#text, at);
    if (end < 0) this.#fail(at, "& that begins no character reference or built-in entity");
    return end;
  }

  #close(open: Open): ElementShape {
    const text = this.#text;
    const at = this.#at;
    const { written } = open.tag.name;
    let end = at + 2 + written.length;
    if (!text.startsWith(written, at + 2) || text.charCodeAt(end) !== GT) {
      const name = this.#name(at + 2, "an element's name");
      if (name.written !== written) {
        this.#fail(at, `</${shown(name.written)}> where </${shown(written)}> belongs`);
      }
      this.#blanks();
      end = this.#at;
      if (text.charCodeAt(end) !== GT) this.#fail(end, `no > behind </${shown(written)}`);
    }
    this.#at = end + 1;
    return new ElementShape(open.tag, open, at - open.start - open.tag.head, this.#at - at, open.elements + 1);
  }

  /** Comments and CDATA; everything else that begins with `<!` is refused. */
  #declared(into: Open, outside: boolean): void {
    const text = this.#text;
    const at = this.#at;
    if (text.startsWith("<!--", at)) {
      const end = text.indexOf("--", at + 4);
      if (end < 0) this.#fail(at, "a comment that is not closed");
      if (text.charCodeAt(end + 2) !== GT) this.#fail(end, "-- in a comment");
      this.#at = end + 3;
    } else if (text.startsWith("<![CDATA[", at)) {
      if (outside) this.#failText(at);
      const end = text.indexOf("]]>", at + 9);
      if (end < 0) this.#fail(at, "a CDATA section that is not closed");
      into.blank = false;
      this.#at = end + 3;
    } else if (text.startsWith("<!DOCTYPE", at)) this.#fail(at, "a document type; it is not taken");
    else this.#fail(at, "<! that begins no comment or CDATA section");
    into.plain = false;
  }

  #instruction(): void {
    const text = this.#text;
    const at = this.#at;
    const end = plainNameEnd(text, at + 2);
    if (end < 0) this.#fail(at, "a processing instruction without a target");
    if (end === at + 5 && /^xml$/i.test(text.slice(at + 2, end))) {
      this.#fail(at, "an XML declaration that is malformed or not at the very beginning");
    }
    const close = text.indexOf("?>", end);
    if (close < 0) this.#fail(at, "a processing instruction that is not closed");
    if (close > end && !isXmlBlank(text.charCodeAt(end))) {
      this.#fail(end, "no white space behind an instruction's target");
    }
    this.#at = close + 2;
  }

  #name(at: number, what: string): XmlName {
    const name = nameAt(this.#text, at);
    if (name === null) this.#fail(at, `${what} belongs here`);
    this.#at = at + name.written.length;
    return name;
  }

  /** Passes white space; true where there was some. */
  #blanks(): boolean {
    const start = this.#at;
    while (isXmlBlank(this.#text.charCodeAt(this.#at))) this.#at++;
    return this.#at > start;
  }

  #failText(at: number): never {
    let first = at;
    while (isXmlBlank(this.#text.charCodeAt(first))) first++;
    this.#fail(first, "text outside of the root element");
  }

  #fail(at: number, what: string, kind: XmlProblem["kind"] = "not-well-formed"): never {
    throw new XmlProblem(kind, `${placeOf(this.#text, at)}: ${what}`);
  }
}

/** `line 3, column 7`; columns count UTF-16 units. */
function placeOf(text: string, at: number): string {
  const end = Math.min(at, text.length);
  let line = 1, lineStart = text.charCodeAt(0) === 0xfeff ? 1 : 0;
  for (let i = 0; i < end; i++) {
    const code = text.charCodeAt(i);
    if (code === 10 || (code === CR && text.charCodeAt(i + 1) !== 10)) {
      line++;
      lineStart = i + 1;
    }
  }
  return `line ${line}, column ${Math.max(end - lineStart, 0) + 1}`;
}

function shown(name: string): string {
  return name.length <= 60 ? name : `${name.slice(0, 60).toWellFormed()}…`;
}

function isRepeated(before: readonly DeclarationShape[], prefix: string): boolean {
  return before.some((declaration) => declaration.prefix === prefix);
}

const NO_ATTRIBUTES: WrittenAttribute[] = [];
const NO_DECLARATIONS: DeclarationShape[] = [];
// Most elements have none.
const NO_CHILDREN: ElementShape[] = [];
const NO_STARTS: number[] = [];
const NO_TAG: StartTagShape = {
  name: { written: "", prefix: "", local: "" },
  namespace: "",
  attributes: NO_ATTRIBUTES,
  declarations: NO_DECLARATIONS,
  head: 0,
};

function newOpen(tag: StartTagShape, start: number, mark: number): Open & ContentShape {
  return { tag, start, children: NO_CHILDREN, starts: NO_STARTS, plain: true, blank: true, elements: 0, mark };
}

function add(to: Open, child: ElementShape, start: number, origin: number): void {
  if (to.children === NO_CHILDREN) {
    to.children = [child];
    to.starts = [start - origin];
  } else {
    to.children.push(child);
    to.starts.push(start - origin);
  }
  to.elements += child.elements;
}
