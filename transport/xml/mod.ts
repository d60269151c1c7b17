/**
 * XML 1.0 with namespaces where every part is known by its place in the text, so that an edit leaves the rest as it was; and
 * grammars to check documents with. Pure. Sources: XML 1.0, Namespaces in XML 1.0, XML Schema Part 1 and 2.
 */
export * from "./xml_node.ts";
export type * from "./grammar.ts";
