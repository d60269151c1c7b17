/**
 * XML 1.0 with namespaces where every part is known by its place in the text, so that an edit leaves the rest as it was; and
 * grammars to check documents with. Pure. Sources: XML 1.0, Namespaces in XML 1.0, XML Schema Part 1 and 2.
 */
export * from "./xml_node.ts";
export { parseXml, parseXmlFragment, parseXmlOctets, textOfXml } from "./xml_parse.ts";
export { PLAIN_DONE, PLAIN_START, PLAIN_UNKNOWN, plainWord, PlainXml } from "./plain_xml.ts";
export { splicedDocument } from "./spliced_document.ts";
export { namespaceOf, namespacesInScope, xmlAttribute, xmlAttributeIs, xmlChild, xmlChildren } from "./xml_access.ts";
export { escapeXml, isXmlBlank, xmlCollapsed, xmlTrim } from "./xml_text.ts";
export { type PrefixLookup, XML_NAMESPACE } from "./namespace_scope.ts";
export type * from "./grammar.ts";
export {
  all,
  anyOf,
  ANYTHING,
  attribute,
  choice,
  element,
  elements,
  EMPTY,
  grammar,
  many,
  maybe,
  mixed,
  one,
  OTHER_NAMESPACES,
  type Part,
  sequence,
  some,
  text,
  times,
} from "./grammar_builders.ts";
export {
  ANY_URI,
  BASE64_BINARY,
  BOOLEAN,
  DATE,
  DATE_TIME,
  DECIMAL,
  DURATION,
  enumeration,
  HEX_BINARY,
  INTEGER,
  integerRange,
  LANGUAGE,
  list,
  NC_NAME,
  NON_NEGATIVE_INTEGER,
  ofLength,
  pattern,
  POSITIVE_INTEGER,
  Q_NAME,
  STRING,
  TIME,
  TOKEN,
  union,
} from "./simple_types.ts";
export { checkGrammar } from "./grammar_check.ts";
