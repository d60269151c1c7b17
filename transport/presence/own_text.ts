import { escapeXml, XML_NAMESPACE, type XmlAttribute, type XmlElement, xmlTrim } from "../xml/mod.ts";
import { type OwnPrefix, ownPrefix, ownPrefixNamed } from "./names.ts";

const XSI_NAMESPACE = "http://www.w3.org/2001/XMLSchema-instance";

/**
 * Writes elements of other documents so that they can stand anywhere below our prefixes (see `OWN_SCOPE`) and so that what says
 * the same is the same text: our prefixes, no white space between elements or around text, no comments. Elements of namespaces
 * that we have no prefix for, and those that mix text with elements, stay as they are and bring the declarations they need.
 */
export class OwnText {
  readonly #source: string;
  readonly #scopes = new Map<XmlElement, Scope | null>();
  #text = "";
  #bits = 0;

  constructor(source: string) {
    this.#source = source;
  }

  /** What was written last. */
  get text(): string {
    return this.#text;
  }

  /** Our namespaces that it needs. */
  get bits(): number {
    return this.#bits;
  }

  write(element: XmlElement): void {
    this.#text = "";
    this.#bits = 0;
    this.#element(element);
  }

  #element(element: XmlElement): void {
    const own = ownPrefix(element.namespace);
    if (own === undefined || !this.#known(element, own)) this.#foreign(element);
  }

  /** False, with nothing written, where the element must stay as it is. */
  #known(element: XmlElement, own: OwnPrefix): boolean {
    const { attributes, children } = element;
    if (children.length > 0 && xmlTrim(element.text) !== "") return false;
    let tag = own.prefix === "" ? `<${element.name}` : `<${own.prefix}:${element.name}`;
    let bits = own.bit;
    for (const attribute of attributes) {
      const prefix = attributePrefix(attribute);
      if (prefix === null) {
        // Where documents keep their schemas is of no interest to anybody.
        if (attribute.namespace === XSI_NAMESPACE && attribute.name.endsWith("chemaLocation")) continue;
        return false;
      }
      if (prefix !== "" && prefix !== "xml:") bits |= ownPrefix(attribute.namespace)!.bit;
      tag += ` ${prefix}${attribute.name}="${this.#value(attribute)}"`;
    }
    this.#bits |= bits;
    const content = children.length === 0 ? this.#content(element) : "";
    if (children.length === 0 && content === "") {
      this.#text += `${tag}/>`;
      return true;
    }
    this.#text += `${tag}>${content}`;
    for (const child of children) this.#element(child);
    this.#text += own.prefix === "" ? `</${element.name}>` : `</${own.prefix}:${element.name}>`;
    return true;
  }

  /** Text of an element without children, as markup. */
  #content({ contentStart, contentEnd, text }: XmlElement): string {
    const raw = xmlTrim(this.#source.slice(contentStart, contentEnd));
    return raw.includes("<") ? escapeXml(xmlTrim(text)) : raw;
  }

  #value({ valueStart, valueEnd, value }: XmlAttribute): string {
    const raw = this.#source.slice(valueStart, valueEnd);
    return /[">\t\n\r]/.test(raw) ? escapeXml(value) : raw;
  }

  #foreign(element: XmlElement): void {
    const raw = this.#source.slice(element.start, element.end);
    const name = element.prefix === "" ? element.name : `${element.prefix}:${element.name}`;
    const scope = element.parent === null ? null : this.#scopeOf(element.parent);
    const own = new Set(element.declarations.map(({ prefix }) => prefix));
    let declarations = "";
    for (const prefix of prefixesIn(raw)) if (!own.has(prefix)) declarations += this.#declaration(prefix, scope);
    // Without a default namespace around it, an element without a prefix has none; with us it would be PIDF's.
    if (hasDefault(element)) declarations += this.#declaration("", scope);
    this.#text += `<${name}${declarations}${raw.slice(1 + name.length)}`;
  }

  /** What must be said of a prefix so that it means with us what it means there; "" where nothing. */
  #declaration(prefix: string, scope: Scope | null): string {
    let around = scope;
    while (around !== null && !around.declared.has(prefix)) around = around.outer;
    if (around === null && prefix !== "") return "";
    const namespace = around === null ? "" : around.declared.get(prefix)!;
    const own = ownPrefixNamed(prefix);
    if (own !== undefined && own.namespace === namespace) {
      this.#bits |= own.bit;
      return "";
    }
    return ` xmlns${prefix === "" ? "" : ":" + prefix}="${escapeXml(namespace)}"`;
  }

  #scopeOf(element: XmlElement): Scope | null {
    let scope = this.#scopes.get(element);
    if (scope !== undefined) return scope;
    const outer = element.parent === null ? null : this.#scopeOf(element.parent);
    const { declarations } = element;
    scope = declarations.length === 0
      ? outer
      : { declared: new Map(declarations.map(({ prefix, namespace }) => [prefix, namespace])), outer };
    this.#scopes.set(element, scope);
    return scope;
  }
}

/** Declarations of one element, and those around it. */
interface Scope {
  readonly declared: ReadonlyMap<string, string>;
  readonly outer: Scope | null;
}

/** With the colon, "" for none; null where only a declaration of its own would do. */
function attributePrefix({ namespace }: XmlAttribute): string | null {
  if (namespace === "") return "";
  if (namespace === XML_NAMESPACE) return "xml:";
  const own = ownPrefix(namespace);
  // The default namespace is not for attributes.
  return own === undefined || own.prefix === "" ? null : `${own.prefix}:`;
}

/** All words before colons: prefixes of names, and what in texts and values may be meant as one. */
function prefixesIn(raw: string): Set<string> {
  const found = new Set<string>();
  let from = 0;
  for (let colon = raw.indexOf(":"); colon >= 0; colon = raw.indexOf(":", from)) {
    let start = colon;
    while (start > from && isNameCode(raw.charCodeAt(start - 1))) start--;
    if (start < colon) found.add(raw.slice(start, colon));
    from = colon + 1;
  }
  return found;
}

function isNameCode(code: number): boolean {
  return (code >= 97 && code <= 122) || (code >= 65 && code <= 90) || (code >= 45 && code <= 57 && code !== 47) ||
    code === 95 || code >= 128;
}

/** Whether it or something in it stands in the default namespace that is around it. */
function hasDefault(element: XmlElement): boolean {
  if (element.declarations.some(({ prefix }) => prefix === "")) return false;
  return element.prefix === "" || element.children.some(hasDefault);
}
