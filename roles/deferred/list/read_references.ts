import {
  parseXmlOctets,
  xmlAttribute,
  type XmlDocument,
  type XmlElement,
  type XmlLimits,
  XmlProblem,
} from "../../../transport/xml/mod.ts";
import { DEFERRED_LIST_TYPE, DEFERRED_NAMESPACE, HISTORY_LIST_TYPE, HISTORY_NAMESPACE } from "./list_names.ts";

/** A list that names messages; a client may send back the one it was told. */
const LIMITS: XmlLimits = { characters: 1_048_576, depth: 16, elements: 40_000, attributes: 32 };

/** References of one list. */
export const MOST_REFERENCES = 2000;

/** True for a body that can name messages, by its media type without parameters. */
export function namesMessages(type: string): boolean {
  return type === DEFERRED_LIST_TYPE || type === HISTORY_LIST_TYPE;
}

/**
 * The references that a list names, each once, in its order; empty where it names none. Throws SyntaxError, with a reason for
 * people, for what is no such list.
 */
export function readReferences(octets: Uint8Array): string[] {
  const { root } = wellFormed(octets);
  if (!isOurs(root) || (root.name !== "deferred-list" && root.name !== "history-list")) {
    throw new SyntaxError("the body's root is neither deferred-list nor history-list");
  }
  const references = new Set<string>();
  for (const child of root.children) {
    // `history`, or the bare reference that some clients write (oma-reference §5.8).
    if (!isOurs(child)) continue;
    const reference = child.name === "history"
      ? referenceOf(child)
      : child.name === "history-reference"
      ? child.text.trim()
      : null;
    if (reference === null) continue;
    if (reference === "") throw new SyntaxError("a history has no history-reference");
    references.add(reference);
    if (references.size > MOST_REFERENCES) throw new SyntaxError(`more than ${MOST_REFERENCES} references`);
  }
  return [...references];
}

/** The reference of a `history`, an attribute or a child; "" for none. */
export function referenceOf(history: XmlElement): string {
  const child = history.children.find((one) => one.name === "history-reference" && isOurs(one));
  return xmlAttribute(history, "history-reference") ?? child?.text.trim() ?? "";
}

function isOurs({ namespace }: XmlElement): boolean {
  return namespace === HISTORY_NAMESPACE || namespace === DEFERRED_NAMESPACE;
}

function wellFormed(octets: Uint8Array): XmlDocument {
  try {
    return parseXmlOctets(octets, LIMITS);
  } catch (error) {
    if (error instanceof XmlProblem) throw new SyntaxError(`the list cannot be read: ${error.message}`);
    throw error;
  }
}
