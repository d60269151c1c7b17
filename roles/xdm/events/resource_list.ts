import { parseXmlOctets, SMALL_XML, xmlAttribute, type XmlDocument, XmlProblem } from "../../../transport/xml/mod.ts";
import { readSelection, type UriReading } from "./read_selection.ts";
import { type Selection, SelectionProblem } from "./selection.ts";
import { IDENTIFIERS, NS } from "../usages/identifiers.ts";

/** URIs in the list of one SUBSCRIBE. */
export const MOST_ENTRIES = 100;

/**
 * The resources that the body of a SUBSCRIBE lists (RFC 5875 §4.4): the URIs of the entries in flat lists. What else stands there
 * is left out, and what is named twice is watched once. Throws SelectionProblem.
 */
export function readResourceList(contentType: string, body: Uint8Array, reading: UriReading): Selection[] {
  const { mediaType } = IDENTIFIERS.resourceLists;
  if (contentType !== mediaType) throw new SelectionProblem(415, `Resources are listed in ${mediaType}`);
  const { root } = parsed(body);
  if (root.name !== "resource-lists" || root.namespace !== NS.resourceLists) {
    throw new SelectionProblem(400, `The body is <${root.name.slice(0, 40)}>, not <resource-lists>`);
  }
  const selections: Selection[] = [];
  const seen = new Set<string>();
  let number = 0;
  for (const list of root.children) {
    if (list.name !== "list" || list.namespace !== NS.resourceLists) continue;
    for (const entry of list.children) {
      if (entry.name !== "entry" || entry.namespace !== NS.resourceLists) continue;
      if (++number > MOST_ENTRIES) throw new SelectionProblem(403, `More Than ${MOST_ENTRIES} Resources`);
      const uri = xmlAttribute(entry, "uri")?.trim() ?? "";
      if (uri === "") throw new SelectionProblem(400, `Entry ${number} has no uri`);
      for (const selection of entrySelections(uri, number, reading)) {
        if (seen.has(selection.sel)) continue;
        seen.add(selection.sel);
        selections.push(selection);
      }
    }
  }
  if (selections.length === 0) throw new SelectionProblem(400, "The list names no resource");
  return selections;
}

function entrySelections(uri: string, number: number, reading: UriReading): Selection[] {
  try {
    return readSelection(uri, reading);
  } catch (error) {
    if (!(error instanceof SelectionProblem)) throw error;
    throw new SelectionProblem(error.status, `Entry ${number}: ${error.message}`);
  }
}

function parsed(body: Uint8Array): XmlDocument {
  try {
    return parseXmlOctets(body, SMALL_XML);
  } catch (error) {
    if (!(error instanceof XmlProblem)) throw error;
    throw new SelectionProblem(400, `Resource list: ${error.message}`);
  }
}
