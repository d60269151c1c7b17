import { utf8 } from "../../foundation/mod.ts";
import { XML_LIMITS, type XmlElement, type XmlReader } from "./xml_reader.ts";

const decoder = new TextDecoder("utf-8", { fatal: true });
const XML_CHARACTERS = /[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu;

/**
 * The root of a body of UTF-8 XML, read by `xml`. Size and document types are checked before the reader sees it, so that a
 * reader that would expand entities (a browser's own) gets none. Throws SyntaxError.
 */
export function readXmlBody(body: Uint8Array, xml: XmlReader): XmlElement {
  if (body.length > XML_LIMITS.characters) throw new SyntaxError(`XML of more than ${XML_LIMITS.characters} octets`);
  let text: string;
  try {
    text = decoder.decode(body);
  } catch {
    throw new SyntaxError("XML that is not UTF-8");
  }
  if (/<!DOCTYPE/i.test(text)) throw new SyntaxError("XML with a document type");
  return xml.read(text);
}

/** The first child of a name; undefined when there is none. */
export function xmlChild(parent: XmlElement, namespace: string, name: string): XmlElement | undefined {
  return parent.children.find((child) => child.name === name && child.namespace === namespace);
}

/** The text of the first child of a name, without the white space around it; undefined when there is none. */
export function xmlChildText(parent: XmlElement, namespace: string, name: string): string | undefined {
  const child = xmlChild(parent, namespace, name);
  return child && xmlTrim(child.text);
}

/** An attribute's value; `namespace` "" for one without a prefix. */
export function xmlAttribute(element: XmlElement, name: string, namespace = ""): string | undefined {
  return element.attributes.find((attribute) => attribute.name === name && attribute.namespace === namespace)?.value;
}

/** Text without XML's white space around it. */
export function xmlTrim(text: string): string {
  let start = 0, end = text.length;
  while (start < end && isXmlBlank(text.charCodeAt(start))) start++;
  while (end > start && isXmlBlank(text.charCodeAt(end - 1))) end--;
  return text.slice(start, end);
}

function isXmlBlank(code: number): boolean {
  return code === 32 || code === 9 || code === 13 || code === 10;
}

/** Markup, made by `xmlMarkup` alone, so that text is never taken for it. */
export class XmlMarkup {
  readonly markup: string;
  constructor(markup: string) {
    this.markup = markup;
  }
}

/**
 * An element to be written. `name` and attribute names are ours, prefix included; values and text are anybody's and escaped. An
 * attribute or child that is undefined is left out.
 */
export function xmlMarkup(
  name: string,
  attributes: Readonly<Record<string, string | undefined>>,
  ...content: readonly (XmlMarkup | string | undefined)[]
): XmlMarkup {
  let markup = `<${name}`;
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== undefined) markup += ` ${key}="${escapeXml(value)}"`;
  }
  const inner = content.map((part) => part instanceof XmlMarkup ? part.markup : escapeXml(part ?? "")).join("");
  return new XmlMarkup(inner === "" ? `${markup}/>` : `${markup}>${inner}</${name}>`);
}

/** A document with this root as UTF-8 octets. */
export function xmlDocument(root: XmlMarkup): Uint8Array {
  return utf8(`<?xml version="1.0" encoding="UTF-8"?>\n${root.markup}\n`);
}

/** Text for an element or an attribute; what XML cannot hold (control characters, half of a pair) becomes U+FFFD. */
export function escapeXml(text: string): string {
  return text.replace(XML_CHARACTERS, "\ufffd").replace(
    /[&<>"'\t\n\r]/g,
    (c) => `&#${c.charCodeAt(0)};`,
  );
}
