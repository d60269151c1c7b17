import { layoutOf } from "./document_layout.ts";
import { ParsedDocument } from "./parsed_document.ts";
import { splicedLayout } from "./splice.ts";
import type { XmlDocument } from "./xml_node.ts";

/**
 * The document with `[start, end)` of its text replaced. Throws XmlProblem where the result is not well-formed or over a limit, RangeError for
 * places that are none. Costs less than reading the whole text where the cut is inside one element (or replaces it). No method: who only reads
 * documents, as the portal's page does, does without it.
 */
export function splicedDocument(document: XmlDocument, start: number, end: number, insert: string): XmlDocument {
  if (!(document instanceof ParsedDocument)) throw new TypeError("a document that was not read here");
  const { layout } = document, { text, limits } = layout;
  if (!(start >= 0 && start <= end && end <= text.length)) {
    throw new RangeError(`a cut from ${start} to ${end} of ${text.length} characters`);
  }
  const cut = { start, end, insert };
  return new ParsedDocument(
    splicedLayout(layout, cut) ?? layoutOf(text.slice(0, start) + insert + text.slice(end), limits),
  );
}
