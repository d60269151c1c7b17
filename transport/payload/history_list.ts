/**
 * Lists of what the box keeps, as requests carry them: references of what is to be brought or deleted, and the command to record a
 * conversation (oma-reference §3.4, §3.5, §5.8).
 */
import {
  parseXmlOctets,
  xmlAttribute,
  xmlChild,
  xmlCollapsed,
  type XmlElement,
  type XmlLimits,
  XmlProblem,
  xmlTrim,
} from "../xml/mod.ts";
import { xmlChildText, xmlDocument, xmlMarkup } from "./xml_body.ts";

export const HISTORY_LIST_TYPE = "application/vnd.oma.im.history-list+xml";
/** The same vocabulary under the name of its younger brother. */
export const DEFERRED_LIST_TYPE = "application/vnd.oma.im.deferred-list+xml";
export const HISTORY_LIST_NAMESPACE = "urn:oma:xml:im:history-list";
/** Taken beside the one above. */
export const DEFERRED_LIST_NAMESPACE = "urn:oma:xml:im:deferred-list";
/** Our own: the attribute `action`, and names where OMA's grammar has no place for them. */
export const HISTORY_ACTION_NAMESPACE = "urn:parley:xml:history";

/** The Info-Package of commands inside of a session (RFC 6086, oma-reference §3.5). */
export const HISTORY_INFO_PACKAGE = "oma-im-history";

/** References of one list. */
export const MOST_REFERENCES = 2000;
/** Characters of the name that a user gives to a recording, folders included. */
export const MOST_RECORDING_NAME = 256;

/** A client may send back the list it was told. */
const LIST_LIMITS: XmlLimits = { characters: 1_048_576, depth: 16, elements: 40_000, attributes: 32 };
const COMMAND_LIMITS: XmlLimits = { characters: 16_384, depth: 16, elements: 256, attributes: 32 };
/** Characters of a URI. */
const MOST_URI = 2048;

/** What names a conversation. */
export interface NamedConversation {
  /** A room, a group, or a session, by its URI. */
  readonly group?: string;
  /** The other one of two. One of the two is given, never both. */
  readonly party?: string;
}

/** A user has a conversation recorded, or no longer. */
export interface HistoryCommand {
  readonly action: "start" | "stop";
  readonly conversation: NamedConversation;
  /** For the recording, folders before it, parted by "/"; "" for none. */
  readonly name: string;
}

/** True for a body that can name what the box keeps, by its media type without parameters. */
export function namesKept(type: string): boolean {
  return type === DEFERRED_LIST_TYPE || type === HISTORY_LIST_TYPE;
}

/**
 * The references that a list names, each once, in its order; empty where it names none. Throws SyntaxError, with a reason for
 * people, for what is no such list.
 */
export function readReferences(octets: Uint8Array): string[] {
  const root = rootOf(octets, LIST_LIMITS);
  const references = new Set<string>();
  for (const child of root.children) {
    // `history`, or the bare reference that some clients write (oma-reference §5.8).
    if (!isOurs(child)) continue;
    const reference = child.name === "history"
      ? historyReferenceOf(child)
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

/** A list that names these. Throws RangeError for more than `MOST_REFERENCES`. */
export function writeReferences(references: readonly string[]): Uint8Array {
  if (references.length > MOST_REFERENCES) throw new RangeError(`more than ${MOST_REFERENCES} references`);
  const named = references.map((reference) => xmlMarkup("history", { "history-reference": reference }));
  return xmlDocument(xmlMarkup("history-list", { xmlns: HISTORY_LIST_NAMESPACE }, ...named));
}

/** The reference of a `history`, an attribute or a child; "" for none. */
export function historyReferenceOf(history: XmlElement): string {
  const child = history.children.find((one) => one.name === "history-reference" && isOurs(one));
  return xmlAttribute(history, "history-reference") ?? child?.text.trim() ?? "";
}

/** Reads the command that a body holds. Throws SyntaxError, with a reason for people, where it holds none. */
export function readHistoryCommand(octets: Uint8Array): HistoryCommand {
  const root = rootOf(octets, COMMAND_LIMITS);
  const histories = root.children.filter((child) => child.name === "history" && isOurs(child));
  if (histories.length !== 1) throw new SyntaxError("a command names one history");
  const [history] = histories;
  const action = xmlAttribute(history, "action", HISTORY_ACTION_NAMESPACE) ?? xmlAttribute(history, "action");
  if (action !== "start" && action !== "stop") throw new SyntaxError("the history's action must be start or stop");
  const said = history.children.find((child) =>
    isOurs(child) && (child.name === "conference" || child.name === "pager")
  );
  if (said === undefined) throw new SyntaxError("the history has neither conference nor pager");
  return { action, conversation: conversationOf(said), name: nameOf(said) };
}

/** The body of a command. Throws RangeError for a name that is too long. */
export function writeHistoryCommand({ action, conversation: { group, party }, name }: HistoryCommand): Uint8Array {
  if (name.length > MOST_RECORDING_NAME) throw new RangeError(`a name of more than ${MOST_RECORDING_NAME} characters`);
  const recording = (tag: string) => name === "" ? undefined : xmlMarkup(tag, {}, name);
  // OMA's grammar has a place for a recording's name in conferences alone.
  const said = group !== undefined
    ? xmlMarkup("conference", {}, recording("recording-name"), xmlMarkup("conf-list", { "group-uri": group }))
    : xmlMarkup(
      "pager",
      {},
      xmlMarkup("recipient-list", {}, xmlMarkup("entry", { uri: party })),
      recording("p:recording-name"),
    );
  const namespaces = { xmlns: HISTORY_LIST_NAMESPACE, "xmlns:p": HISTORY_ACTION_NAMESPACE };
  return xmlDocument(xmlMarkup("history-list", namespaces, xmlMarkup("history", { "p:action": action }, said)));
}

function conversationOf(said: XmlElement): NamedConversation {
  const list = said.children.find((child) =>
    isOurs(child) && (child.name === "conf-list" || child.name === "recipient-list")
  );
  if (list === undefined) throw new SyntaxError(`the ${said.name} has no list of who takes part`);
  const group = xmlTrim(xmlAttribute(list, "group-uri") ?? "");
  if (group !== "") return { group: uriOf(group) };
  const entries = list.children.filter((child) => child.name === "entry" && isOurs(child));
  if (entries.length !== 1) throw new SyntaxError(`the ${list.name} names neither a group-uri nor one entry`);
  const party = xmlTrim(xmlAttribute(entries[0], "uri") ?? "");
  if (party === "") throw new SyntaxError("the entry has no uri");
  return { party: uriOf(party) };
}

function uriOf(text: string): string {
  if (text.length > MOST_URI) throw new SyntaxError(`a uri of more than ${MOST_URI} characters`);
  return text;
}

function nameOf(said: XmlElement): string {
  const text = xmlChildText(said, said.namespace, "recording-name") ??
    xmlChild(said, HISTORY_ACTION_NAMESPACE, "recording-name")?.text ?? "";
  const name = xmlCollapsed(text);
  if (name.length > MOST_RECORDING_NAME) {
    throw new SyntaxError(`a recording-name of more than ${MOST_RECORDING_NAME} characters`);
  }
  return name;
}

function isOurs({ namespace }: XmlElement): boolean {
  return namespace === HISTORY_LIST_NAMESPACE || namespace === DEFERRED_LIST_NAMESPACE;
}

function rootOf(octets: Uint8Array, limits: XmlLimits): XmlElement {
  let root: XmlElement;
  try {
    ({ root } = parseXmlOctets(octets, limits));
  } catch (error) {
    if (error instanceof XmlProblem) throw new SyntaxError(`the list cannot be read: ${error.message}`);
    throw error;
  }
  if (isOurs(root) && (root.name === "deferred-list" || root.name === "history-list")) return root;
  throw new SyntaxError("the body's root is neither deferred-list nor history-list");
}
