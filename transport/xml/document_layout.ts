import type { ElementShape } from "./element_shape.ts";
import type { XmlLimits } from "./xml_node.ts";
import { XmlScanner } from "./xml_scanner.ts";

/** A document as it was read: its text and where the parts of it are. */
export interface DocumentLayout {
  readonly text: string;
  readonly limits: XmlLimits;
  readonly prologEnd: number;
  readonly root: ElementShape;
  readonly rootStart: number;
}

/** XML 1.0 §2.8. The encoding is the second group or the third. */
const DECLARATION =
  /\ufeff?<\?xml[ \t\r\n]+version[ \t\r\n]*=[ \t\r\n]*(?:"1\.[0-9]+"|'1\.[0-9]+')(?:[ \t\r\n]+encoding[ \t\r\n]*=[ \t\r\n]*(?:"([A-Za-z][A-Za-z0-9._-]*)"|'([A-Za-z][A-Za-z0-9._-]*)'))?(?:[ \t\r\n]+standalone[ \t\r\n]*=[ \t\r\n]*(?:"(?:yes|no)"|'(?:yes|no)'))?[ \t\r\n]*\?>/y;

/** The XML declaration at the beginning of `text`: where it ends, and the encoding it names ("" for none). */
export function xmlDeclaration(text: string): { readonly end: number; readonly encoding: string } {
  DECLARATION.lastIndex = 0;
  const found = DECLARATION.exec(text);
  if (found === null) return { end: text.charCodeAt(0) === 0xfeff ? 1 : 0, encoding: "" };
  return { end: found[0].length, encoding: found[1] ?? found[2] ?? "" };
}

/** Reads a whole document. Throws XmlProblem. */
export function layoutOf(text: string, limits: XmlLimits): DocumentLayout {
  const scanner = new XmlScanner(text, limits);
  const prologEnd = xmlDeclaration(text).end;
  scanner.skip(prologEnd);
  const { children, starts } = scanner.content(true);
  return { text, limits, prologEnd, root: children[0], rootStart: prologEnd + starts[0] };
}
