import { layoutOf, xmlDeclaration } from "./document_layout.ts";
import type { PrefixLookup } from "./namespace_scope.ts";
import { ParsedDocument } from "./parsed_document.ts";
import { PlacedElement } from "./placed_element.ts";
import { SMALL_XML, type XmlDocument, type XmlElement, type XmlLimits, XmlProblem } from "./xml_node.ts";
import { XmlScanner } from "./xml_scanner.ts";

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * Reads a document: XML 1.0 with namespaces, no document type. `text` is kept as it is, a byte order mark in front included; the
 * encoding that it declares does not matter any more. Throws XmlProblem.
 */
export function parseXml(text: string, limits: XmlLimits = SMALL_XML): XmlDocument {
  return new ParsedDocument(layoutOf(text, limits));
}

/**
 * Reads a document that came as octets: UTF-8, and where it declares an encoding, that one (RFC 4825 §8.2.2). The text is the
 * octets', a byte order mark included, so that the same octets go out again. Throws XmlProblem.
 */
export function parseXmlOctets(octets: Uint8Array, limits: XmlLimits = SMALL_XML): XmlDocument {
  const text = textOfXml(octets, limits);
  const { encoding } = xmlDeclaration(text);
  if (encoding !== "" && encoding.toLowerCase() !== "utf-8") {
    throw new XmlProblem(
      "not-utf-8",
      `line 1, column 1: the encoding ${encoding.slice(0, 40)} is declared; UTF-8 is taken`,
    );
  }
  return parseXml(text, limits);
}

/**
 * The text of octets that are XML: fatal UTF-8, nothing taken off. For bodies that are no whole document, too (fragments,
 * attributes' values). Throws XmlProblem.
 */
export function textOfXml(octets: Uint8Array, limits: XmlLimits = SMALL_XML): string {
  // No UTF-16 unit takes more than three octets of UTF-8.
  if (octets.length > limits.characters * 3) {
    throw new XmlProblem(
      "too-large",
      `${octets.length} octets of XML; at most ${limits.characters} characters are taken`,
    );
  }
  if (octets.length >= 2 && (octets[0] === 0 || octets[1] === 0)) {
    throw new XmlProblem("not-utf-8", "the octets look like UTF-16 or UTF-32; UTF-8 is taken");
  }
  try {
    return decoder.decode(octets);
  } catch {
    throw new XmlProblem("not-utf-8", "the octets are not UTF-8");
  }
}

/**
 * Reads the one element of a fragment (RFC 4825 §8.2.2), in the namespaces that `scope` says are in scope where it goes; white
 * space, comments and instructions may stand around it. Offsets are indexes into `text`. Throws XmlProblem.
 */
export function parseXmlFragment(text: string, scope: PrefixLookup, limits: XmlLimits = SMALL_XML): XmlElement {
  const scanner = new XmlScanner(text, limits, scope);
  const mark = text.charCodeAt(0) === 0xfeff ? 1 : 0;
  scanner.skip(mark);
  const { children, starts } = scanner.content(true);
  return new PlacedElement(null, children[0], mark + starts[0], text);
}
