import { utf8 } from "../../foundation/mod.ts";
import { escapeXml, SMALL_XML, xmlChild, type XmlElement, xmlTrim } from "../xml/mod.ts";
import type { XmlReader } from "./xml_reader.ts";

const decoder = new TextDecoder("utf-8", { fatal: true });

/**
 * The root of a body of UTF-8 XML, read by `xml`. Size and document types are checked before the reader sees it, so that a
 * reader that would expand entities (a browser's own) gets none. Throws SyntaxError.
 */
export function readXmlBody(body: Uint8Array, xml: XmlReader): XmlElement {
  if (body.length > SMALL_XML.characters) throw new SyntaxError(`XML of more than ${SMALL_XML.characters} octets`);
  let text: string;
  try {
    text = decoder.decode(body);
  } catch {
    throw new SyntaxError("XML that is not UTF-8");
  }
  if (/<!DOCTYPE/i.test(text)) throw new SyntaxError("XML with a document type");
  return xml.read(text);
}

/** The text of the first child of a name, without the white space around it; undefined when there is none. */
export function xmlChildText(parent: XmlElement, namespace: string, name: string): string | undefined {
  const child = xmlChild(parent, namespace, name);
  return child && xmlTrim(child.text);
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
