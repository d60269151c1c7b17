import { createHash } from "node:crypto";
import { select, type XcapChange } from "../../../transport/xcap/mod.ts";
import { namespacesInScope, type XmlDocument } from "../../../transport/xml/mod.ts";
import type { DocumentKey } from "../usage.ts";
import { type Selection } from "./selection.ts";

/** What a subscriber has been told, or would be told, in full. */
export interface WatchState {
  /** By the documents' names. */
  readonly documents: Map<string, { readonly key: DocumentKey; readonly sel: string; readonly etag: string }>;
  /** Elements and attributes that are there, by what they are called, with a digest of their content. */
  readonly nodes: Map<string, string>;
}

/** The entity-tag of a state (RFC 5839 §6.1), whatever the order of what was subscribed to (RFC 5875 §4.7). */
export function stateTag({ documents, nodes }: WatchState): string {
  const lines: string[] = [];
  for (const { sel, etag } of documents.values()) lines.push(`d ${sel} ${etag}`);
  for (const [sel, digest] of nodes) lines.push(`n ${sel} ${digest}`);
  return digestOf(lines.sort().join("\n"));
}

/** An element or attribute as it is told of (RFC 5875 §4.7), and the digest of what it says. */
export interface NodeContent {
  readonly change: XcapChange;
  readonly digest: string;
  /** Characters, roughly. */
  readonly size: number;
}

const NO_NAMESPACES: ReadonlyMap<string, string> = new Map();

/**
 * What a selection names in a document; null where it names nothing. Elements longer than `most` characters are said to be there,
 * without content (RFC 5875 §4.7); there is no way to say that of an attribute, so longer ones are not told of.
 */
export function nodeContent(
  document: XmlDocument,
  selection: Extract<Selection, { kind: "node" }>,
  defaultNamespace: string,
  most: number,
): NodeContent | null {
  const { sel } = selection;
  const selected = select(document, selection.selector, defaultNamespace);
  if (selected === null || selected.kind === "namespaces") return null;
  if (selected.kind === "attribute") {
    const { value } = selected.attribute;
    if (value.length > most) return null;
    return { change: { kind: "attribute", sel, value }, digest: digestOf(value), size: sel.length + value.length };
  }
  const { element } = selected;
  const content = document.text.slice(element.start, element.end);
  const namespaces = element.parent === null ? NO_NAMESPACES : namespacesInScope(element.parent);
  const shown = content.length <= most;
  return {
    change: { kind: "element", sel, exists: true, content: shown ? content : null, namespaces },
    // The same text says something else where its prefixes do.
    digest: digestOf(`${[...namespaces].join(" ")}\n${content}`),
    size: sel.length + (shown ? content.length : 0),
  };
}

/** That an element or attribute is not there (any more). */
export function absent({ sel, selector }: Extract<Selection, { kind: "node" }>): XcapChange {
  if (selector.node.kind === "attribute") return { kind: "attribute", sel, value: null };
  return { kind: "element", sel, exists: false, content: null, namespaces: NO_NAMESPACES };
}

function digestOf(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 24);
}
