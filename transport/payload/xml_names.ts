import type { XmlAttribute } from "./xml_reader.ts";

/** A character that XML 1.0 §2.2 does not know. */
export const NOT_XML = /[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/u;

const XML_NAMESPACE = "http://www.w3.org/XML/1998/namespace";
const XMLNS_NAMESPACE = "http://www.w3.org/2000/xmlns/";
const ENTITIES: ReadonlyMap<string, string> = new Map([["lt", "<"], ["gt", ">"], ["amp", "&"], ["quot", '"'], [
  "apos",
  "'",
]]);

/** Prefixes that are declared, the innermost first. */
export interface XmlScope {
  readonly prefixes: ReadonlyMap<string, string>;
  readonly outer: XmlScope | null;
}

/** Takes in one declaration (Namespaces in XML 1.0 §3). Throws SyntaxError for one that is given twice or not allowed. */
export function declarePrefix(declared: Map<string, string>, prefix: string, uri: string): void {
  const reserved = uri === XMLNS_NAMESPACE || prefix === "xmlns" || (prefix === "xml") !== (uri === XML_NAMESPACE);
  if (reserved || declared.has(prefix) || (prefix !== "" && uri === "")) {
    throw new SyntaxError("an XML namespace declaration that is not allowed");
  }
  declared.set(prefix, uri);
}

/** The namespace of a prefix; that of elements without one for "". Throws SyntaxError for a prefix that is not declared. */
export function resolvePrefix(scope: XmlScope | null, prefix: string): string {
  for (let at = scope; at !== null; at = at.outer) {
    const uri = at.prefixes.get(prefix);
    if (uri !== undefined) return uri;
  }
  if (prefix === "xml") return XML_NAMESPACE;
  if (prefix !== "") throw new SyntaxError("an XML prefix that is not declared");
  return "";
}

/** Attributes with their namespaces. Throws SyntaxError where two are one (Namespaces in XML 1.0 §6.3). */
export function resolveAttributes(
  scope: XmlScope | null,
  written: readonly (readonly [string, string])[],
): XmlAttribute[] {
  const seen = new Set<string>();
  return written.map(([qualified, value]) => {
    const colon = qualified.indexOf(":");
    const namespace = colon < 0 ? "" : resolvePrefix(scope, qualified.slice(0, colon));
    const name = qualified.slice(colon + 1);
    const key = `${name} ${namespace}`;
    if (seen.has(key)) throw new SyntaxError("an XML attribute that is given twice");
    seen.add(key);
    return { namespace, name, value };
  });
}

/** Text with its character references and built-in entities replaced. Throws SyntaxError for any other reference. */
export function expandReferences(text: string): string {
  if (!text.includes("&")) return text;
  return text.replace(/&([^;&]{0,12};)?/g, (_, body: string | undefined) => {
    const name = body?.slice(0, -1) ?? "";
    const character = ENTITIES.get(name) ?? referenced(name);
    if (character === undefined || NOT_XML.test(character)) {
      throw new SyntaxError("an XML reference that is not allowed");
    }
    return character;
  });
}

function referenced(name: string): string | undefined {
  const hex = /^#x([0-9A-Fa-f]{1,8})$/.exec(name);
  const decimal = /^#([0-9]{1,8})$/.exec(name);
  const code = hex !== null ? parseInt(hex[1], 16) : decimal !== null ? Number(decimal[1]) : -1;
  return code >= 0 && code <= 0x10ffff ? String.fromCodePoint(code) : undefined;
}
