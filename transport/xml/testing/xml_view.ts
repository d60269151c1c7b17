import type { XmlDocument, XmlElement } from "../mod.ts";

/** `{ns}name[attributes]text(children)` */
export function shapeOf(element: XmlElement): string {
  const name = (namespace: string, local: string) => namespace === "" ? local : `{${namespace}}${local}`;
  const attributes = element.attributes.map((a) => `${name(a.namespace, a.name)}=${JSON.stringify(a.value)}`).join(",");
  const children = element.children.map(shapeOf).join();
  return `${name(element.namespace, element.name)}[${attributes}]${JSON.stringify(element.text)}(${children})`;
}

/** Everything that is known of an element and of what is below it, as plain values. */
export function viewOf(element: XmlElement): unknown {
  const { prefix, namespace, name, text, start, contentStart, contentEnd, end, selfClosing } = element;
  return {
    ...{ prefix, namespace, name, text, start, contentStart, contentEnd, end, selfClosing },
    attributes: element.attributes.map((attribute) => ({ ...attribute })),
    declarations: element.declarations.map((declaration) => ({ ...declaration })),
    children: element.children.map(viewOf),
    parents: element.children.every((child) => child.parent === element),
  };
}

export function documentView({ text, prologEnd, root }: XmlDocument): unknown {
  return { text, prologEnd, root: viewOf(root), orphan: root.parent === null };
}

/** An element and all below it, in document order. */
export function allOf(element: XmlElement): XmlElement[] {
  return [element, ...element.children.flatMap(allOf)];
}
