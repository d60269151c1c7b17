import {
  escapeXml,
  namespacesInScope,
  XML_NAMESPACE,
  type XmlAttribute,
  type XmlElement,
  xmlTrim,
} from "../xml/mod.ts";
import { type OwnPrefix, ownPrefix, ownPrefixNamed } from "./names.ts";

const XSI_NAMESPACE = "http://www.w3.org/2001/XMLSchema-instance";

/**
 * Writes elements of other documents so that they can stand anywhere below our prefixes (see `OWN_SCOPE`) and so that what says
 * the same is the same text: our prefixes, no white space between elements or around text, no comments. Elements of namespaces
 * that we have no prefix for, and those that mix text with elements, stay as they are and bring the declarations they need.
 */
export class OwnText {
  readonly #source: string;
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
    const scope = new Map(element.parent === null ? [] : namespacesInScope(element.parent));
    // Without a default namespace around it, an element without a prefix has none; with us it would be PIDF's.
    if (!scope.has("")) scope.set("", "");
    let declarations = "";
    for (const [prefix, namespace] of scope) {
      if (element.declarations.some((one) => one.prefix === prefix)) continue;
      if (prefix === "" ? !hasDefault(element) : !raw.includes(`${prefix}:`)) continue;
      const own = ownPrefixNamed(prefix);
      if (own !== undefined && own.namespace === namespace) this.#bits |= own.bit;
      else declarations += ` xmlns${prefix === "" ? "" : ":" + prefix}="${escapeXml(namespace)}"`;
    }
    this.#text += `<${name}${declarations}${raw.slice(1 + name.length)}`;
  }
}

/** With the colon, "" for none; null where only a declaration of its own would do. */
function attributePrefix({ namespace }: XmlAttribute): string | null {
  if (namespace === "") return "";
  if (namespace === XML_NAMESPACE) return "xml:";
  const own = ownPrefix(namespace);
  // The default namespace is not for attributes.
  return own === undefined || own.prefix === "" ? null : `${own.prefix}:`;
}

/** Whether it or something in it stands in the default namespace that is around it. */
function hasDefault(element: XmlElement): boolean {
  if (element.declarations.some(({ prefix }) => prefix === "")) return false;
  return element.prefix === "" || element.children.some(hasDefault);
}
