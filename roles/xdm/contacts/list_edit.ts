import { escapeXml, xmlAttribute, xmlChild, type XmlDocument, type XmlElement } from "../../../transport/xml/mod.ts";
import { RL } from "./contact_lists.ts";

// Edits of documents of lists as text: what is not touched stays as its owner wrote it.

const EMPTY_LISTS = `<?xml version="1.0" encoding="UTF-8"?>\n<resource-lists xmlns="${RL}">\n</resource-lists>\n`;

/** One place of a text that becomes another. */
export interface TextEdit {
  readonly start: number;
  readonly end: number;
  readonly insert: string;
}

/** The text after edits that do not overlap. */
export function edited(text: string, edits: readonly TextEdit[]): string {
  let made = "", at = 0;
  for (const { start, end, insert } of edits.toSorted((a, b) => a.start - b.start || a.end - b.end)) {
    made += text.slice(at, start) + insert;
    at = end;
  }
  return made + text.slice(at);
}

/** A document with no lists in it. */
export function emptyLists(): string {
  return EMPTY_LISTS;
}

/** An entry for `parent`, in whose prefix it is written. */
export function entryText(parent: XmlElement, uri: string, name: string): string {
  const [entry, display] = [named(parent, "entry"), named(parent, "display-name")];
  const start = `<${entry} uri="${escapeXml(uri)}"`;
  return name === "" ? `${start}/>` : `${start}><${display}>${escapeXml(name)}</${display}></${entry}>`;
}

/** A list for `parent`, with what stands in it. */
export function listText(
  parent: XmlElement,
  name: string,
  displayName: string,
  entries: readonly { readonly uri: string; readonly name: string }[],
): string {
  const [list, display] = [named(parent, "list"), named(parent, "display-name")];
  const indent = `${indentOf(parent)}  `;
  const inner = [
    ...(displayName === "" ? [] : [`<${display}>${escapeXml(displayName)}</${display}>`]),
    ...entries.map((one) => entryText(parent, one.uri, one.name)),
  ].map((text) => `\n${indent}  ${text}`).join("");
  const start = `<${list} name="${escapeXml(name)}"`;
  return inner === "" ? `${start}/>` : `${start}>${inner}\n${indent}</${list}>`;
}

/** Puts text behind the last list or entry of a list, or of the root: other schemas' elements stay behind them (RFC 4826 §3.2). */
export function appended(document: XmlDocument, parent: XmlElement, insert: string): TextEdit {
  const indent = indentOf(parent);
  const text = `\n${indent}  ${insert}`;
  if (parent.selfClosing) {
    const name = named(parent, parent.name);
    return { start: parent.end - 2, end: parent.end, insert: `>${text}\n${indent}</${name}>` };
  }
  const last = parent.children.findLast((child) => child.namespace === RL);
  if (last !== undefined) return { start: last.end, end: last.end, insert: text };
  const onOneLine = parent.contentStart === parent.contentEnd;
  const at = parent.contentStart;
  if (onOneLine) return { start: at, end: at, insert: `${text}\n${indent}` };
  return { start: at, end: at, insert: document.text.charCodeAt(at) === 10 ? text : `${text}\n${indent}` };
}

/** Takes an element out, with the white space before it. */
export function removed(document: XmlDocument, element: XmlElement): TextEdit {
  let start = element.start;
  const floor = element.parent?.contentStart ?? 0;
  while (start > floor && " \t\r\n".includes(document.text[start - 1])) start--;
  return { start, end: element.end, insert: "" };
}

/** Gives an attribute of the element another value. */
export function attributeSet(element: XmlElement, name: string, value: string): TextEdit {
  const attribute = element.attributes.find((one) => one.name === name && one.namespace === "");
  if (attribute !== undefined) {
    return { start: attribute.valueStart, end: attribute.valueEnd, insert: escapeXml(value) };
  }
  const at = element.start + 1 + named(element, element.name).length;
  return { start: at, end: at, insert: ` ${name}="${escapeXml(value)}"` };
}

/** Gives an entry or a list another display name; "" takes it away. Null where it has this one. */
export function displayNameSet(document: XmlDocument, element: XmlElement, name: string): TextEdit | null {
  const display = xmlChild(element, RL, "display-name");
  if ((display?.text.trim() ?? "") === name) return null;
  if (display !== undefined && name === "") return removed(document, display);
  const tag = named(element, "display-name");
  const text = `<${tag}>${escapeXml(name)}</${tag}>`;
  if (display !== undefined) return { start: display.start, end: display.end, insert: text };
  if (element.selfClosing) {
    return { start: element.end - 2, end: element.end, insert: `>${text}</${named(element, element.name)}>` };
  }
  return { start: element.contentStart, end: element.contentStart, insert: text };
}

/** A name as the prefix of this element has it. */
function named({ prefix }: XmlElement, name: string): string {
  return prefix === "" ? name : `${prefix}:${name}`;
}

function indentOf(element: XmlElement): string {
  let depth = 0;
  for (let at = element.parent; at !== null; at = at.parent) depth++;
  return "  ".repeat(depth);
}

/** Whether a list is of this name. */
export function isListNamed(element: XmlElement, name: string): boolean {
  return element.name === "list" && element.namespace === RL && xmlAttribute(element, "name") === name;
}
