/** For tests alone: documents by what they say. */
import { escapeXml, type XmlDocument, type XmlElement } from "../xml/mod.ts";
import { contentNodes, nodesBetween } from "./content_nodes.ts";
import { textValue } from "./locate.ts";
import { qName } from "./names.ts";

/**
 * The document as Canonical XML with comments would tell it from others: attributes and declarations sorted, texts expanded.
 */
export function canonical({ text, root, prologEnd }: XmlDocument): string {
  return nodesBetween(text, prologEnd, text.length, [root]).filter(({ kind }) => kind !== "text")
    .map((node) => node.element === null ? text.slice(node.start, node.end) : elementText(text, root)).join("\n");
}

function elementText(text: string, element: XmlElement): string {
  const declarations = element.declarations.map(({ prefix, namespace }) =>
    ` xmlns:${prefix}="${escapeXml(namespace)}"`
  );
  const attributes = element.attributes.map((one) => ` {${one.namespace}}${qName(one)}="${escapeXml(one.value)}"`);
  let result = `<${qName(element)}${declarations.sort().join("")}${attributes.sort().join("")}>`;
  for (const node of contentNodes(text, element)) {
    if (node.element !== null) result += elementText(text, node.element);
    else if (node.kind === "text") result += escapeXml(textValue(text.slice(node.start, node.end)));
    else result += text.slice(node.start, node.end).replace(/\r\n?/g, "\n");
  }
  return `${result}</${qName(element)}>`;
}
