import type { XmlElement } from "../xml/mod.ts";

/** A node of an element's content where it stands: a text with its CDATA sections is one node (XPath 1.0 §5.7). */
export interface ContentNode {
  readonly kind: "element" | "text" | "comment" | "instruction";
  readonly start: number;
  /** Behind its last character. */
  readonly end: number;
  readonly element: XmlElement | null;
  /** Of a processing instruction; else "". */
  readonly target: string;
}

/** All nodes of an element's content. */
export function contentNodes(text: string, element: XmlElement): ContentNode[] {
  return nodesBetween(text, element.contentStart, element.contentEnd, element.children);
}

/** All nodes of `[start, end)`, which holds these elements. */
export function nodesBetween(
  text: string,
  start: number,
  end: number,
  elements: readonly XmlElement[],
): ContentNode[] {
  const nodes: ContentNode[] = [];
  let at = start;
  for (const element of elements) {
    gapNodes(nodes, text, at, element.start);
    nodes.push({ kind: "element", start: element.start, end: element.end, element, target: "" });
    at = element.end;
  }
  gapNodes(nodes, text, at, end);
  return nodes;
}

/** Nodes that are no elements; the text is known to be well-formed. */
function gapNodes(nodes: ContentNode[], text: string, from: number, to: number): void {
  let at = from, textStart = from;
  const flush = (end: number) => {
    if (end > textStart) nodes.push({ kind: "text", start: textStart, end, element: null, target: "" });
  };
  while (at < to) {
    const markup = text.indexOf("<", at);
    if (markup < 0 || markup >= to) break;
    if (text.startsWith("<![CDATA[", markup)) {
      at = text.indexOf("]]>", markup) + 3;
      continue;
    }
    flush(markup);
    const isComment = text.startsWith("<!--", markup);
    at = isComment ? text.indexOf("-->", markup + 4) + 3 : text.indexOf("?>", markup) + 2;
    const target = isComment ? "" : /^[^\s?]+/.exec(text.slice(markup + 2, at))?.[0] ?? "";
    nodes.push({ kind: isComment ? "comment" : "instruction", start: markup, end: at, element: null, target });
    textStart = at;
  }
  flush(to);
}
