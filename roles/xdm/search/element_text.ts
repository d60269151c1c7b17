import { escapeXml, type XmlElement } from "../../../transport/xml/mod.ts";

/** An element of a document as text of its own, with the namespaces that it needs; as deep as documents may be. */
export function elementText(element: XmlElement, scope = ""): string {
  const { name, namespace, children, text } = element;
  let tag = namespace === scope ? name : `${name} xmlns="${escapeXml(namespace)}"`;
  element.attributes.forEach((attribute, i) => {
    const value = escapeXml(attribute.value);
    if (attribute.namespace === "") tag += ` ${attribute.name}="${value}"`;
    else if (attribute.prefix === "xml") tag += ` xml:${attribute.name}="${value}"`;
    else tag += ` xmlns:a${i}="${escapeXml(attribute.namespace)}" a${i}:${attribute.name}="${value}"`;
  });
  if (children.length > 0) {
    return `<${tag}>${children.map((child) => elementText(child, namespace)).join("")}</${name}>`;
  }
  return text === "" ? `<${tag}/>` : `<${tag}>${escapeXml(text)}</${name}>`;
}
