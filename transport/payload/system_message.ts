import { utf8 } from "../../foundation/mod.ts";
import { xmlAttribute, xmlChild, xmlChildren, type XmlElement, xmlTrim } from "../xml/mod.ts";
import { dateTimeText } from "./cpim_writer.ts";
import { mediaType } from "./media_type.ts";
import { buildMultipart, parseMultipart, partHeader } from "./multipart.ts";
import { readXmlBody, xmlDocument, xmlMarkup } from "./xml_body.ts";
import { strictXml, type XmlReader } from "./xml_reader.ts";

export const SYSTEM_MESSAGE_TYPE = "application/vnd.oma.im.system-message+xml";
export const SYSTEM_MESSAGE_NAMESPACE = "urn:parley:xml:system-message";

/** Characters of the text (SMSG-6 asks for 128, and for 512 where possible), of an id, of a label; options of one message. */
export const SYSTEM_MESSAGE_LIMITS = { text: 2000, id: 64, label: 100, options: 10 } as const;

/** One of the answers that a system message allows (SMSG-3). */
export interface SystemOption {
  readonly id: string;
  /** One line, as people read it. */
  readonly label: string;
}

/** How many options there are: none, two, or three and more (SMSG-3). */
export type SystemAnswerMode = "none" | "two" | "many";

/** What the service says to a user (oma-reference §3.7). */
export interface SystemMessageBody {
  /** What an answer refers to. */
  readonly id: string;
  readonly text: string;
  /** Wall time in ms after which no answer is taken; null for no end. Whole seconds go over the wire. */
  readonly expires: number | null;
  /** Until it is answered the service is closed to the user (SMSG-4). */
  readonly blocking: boolean;
  readonly answer: SystemAnswerMode;
  readonly options: readonly SystemOption[];
}

/** What a user answers: the message's id, and the id of an option. */
export interface SystemAnswer {
  readonly ref: string;
  readonly option: string;
}

const ID = /^[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?$/;
/** xs:dateTime with a zone, years of four digits. */
const DATE_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/;

/** The mode that so many options are. Throws RangeError for one, and for more than are allowed. */
export function systemAnswerMode(options: number): SystemAnswerMode {
  if (options === 0) return "none";
  if (options === 2) return "two";
  if (options > 2 && options <= SYSTEM_MESSAGE_LIMITS.options) return "many";
  throw new RangeError(`${options} options; allowed: none, or 2 to ${SYSTEM_MESSAGE_LIMITS.options}`);
}

/** Whether a text can be the id of a message or an option: letters, digits, and `. _ -` inside. */
export function isSystemId(text: string): boolean {
  return text.length <= SYSTEM_MESSAGE_LIMITS.id && ID.test(text);
}

/** Reads the XML of a message. Throws SyntaxError with what is wrong, also where it contradicts itself. */
export function parseSystemMessage(body: Uint8Array, xml: XmlReader = strictXml): SystemMessageBody {
  const root = rootOf(body, "system-message", xml);
  const options = xmlChildren(root, SYSTEM_MESSAGE_NAMESPACE, "option").map(readOption);
  if (new Set(options.map(({ id }) => id)).size < options.length) throw new SyntaxError("two options with one id");
  const answer = modeOf(options.length);
  const said = xmlAttribute(root, "answer") ?? "";
  if (said !== answer) {
    throw new SyntaxError(`answer="${shown(said)}" with ${options.length} options; it would be "${answer}"`);
  }
  const blocking = readFlag(xmlAttribute(root, "blocking") ?? "false");
  if (blocking && answer === "none") throw new SyntaxError("a blocking system-message without options");
  return {
    id: readId(root, "id"),
    text: readText(root),
    expires: readTime(xmlAttribute(root, "expires")),
    blocking,
    answer,
    options,
  };
}

/** Writes the XML of a message. */
export function writeSystemMessage(message: SystemMessageBody): Uint8Array {
  const { id, text, expires, blocking, answer, options } = message;
  return xmlDocument(xmlMarkup(
    "system-message",
    {
      xmlns: SYSTEM_MESSAGE_NAMESPACE,
      id,
      expires: expires === null ? undefined : dateTimeText(wholeSeconds(expires)),
      blocking: String(blocking),
      answer,
    },
    xmlMarkup("text", {}, text),
    ...options.map((option) => xmlMarkup("option", { id: option.id }, option.label)),
  ));
}

/** Reads the XML of an answer. Throws SyntaxError with what is wrong. */
export function parseSystemAnswer(body: Uint8Array, xml: XmlReader = strictXml): SystemAnswer {
  const root = rootOf(body, "system-answer", xml);
  return { ref: readId(root, "ref"), option: readId(root, "option") };
}

/** Writes the XML of an answer; it goes to `sip:system@domain` in a MESSAGE of type `SYSTEM_MESSAGE_TYPE`. */
export function writeSystemAnswer({ ref, option }: SystemAnswer): Uint8Array {
  return xmlDocument(xmlMarkup("system-answer", { xmlns: SYSTEM_MESSAGE_NAMESPACE, ref, option }));
}

/** The message in words, for clients that know only text: what is said, the options by number, and how to answer. */
export function systemMessageText({ text, expires, blocking, options }: SystemMessageBody): string {
  if (options.length === 0) return text;
  const numbered = options.map(({ label }, i) => `${i + 1}. ${label}`).join("\n");
  const until = expires === null
    ? ""
    : ` until ${dateTimeText(wholeSeconds(expires)).replace("T", " ").slice(0, 19)} UTC`;
  const closed = blocking ? " The service is closed to you before that." : "";
  return `${text}\n\n${numbered}\n\nTo answer, reply with the number${until}.${closed}`;
}

/** The body of the MESSAGE and its Content-Type: in words first, then for clients that show choices (RFC 2046 §5.1.4). */
export function systemMessageParts(
  message: SystemMessageBody,
): { readonly contentType: string; readonly body: Uint8Array } {
  return buildMultipart("alternative", [
    { headers: [["Content-Type", "text/plain;charset=UTF-8"]], body: utf8(systemMessageText(message)) },
    { headers: [["Content-Type", SYSTEM_MESSAGE_TYPE]], body: writeSystemMessage(message) },
  ]);
}

/**
 * The message in what a MESSAGE carries: as the body itself, or among the parts of multipart/alternative. Null where there is none.
 * Throws SyntaxError where there is one that cannot be read.
 */
export function findSystemMessage(
  contentType: string,
  body: Uint8Array,
  xml: XmlReader = strictXml,
): SystemMessageBody | null {
  const type = mediaType(contentType);
  if (type === SYSTEM_MESSAGE_TYPE) return parseSystemMessage(body, xml);
  if (type !== "multipart/alternative") return null;
  const part = parseMultipart(contentType, body)
    .find((one) => mediaType(partHeader(one, "Content-Type") ?? "") === SYSTEM_MESSAGE_TYPE);
  return part === undefined ? null : parseSystemMessage(part.body, xml);
}

function rootOf(body: Uint8Array, name: string, xml: XmlReader): XmlElement {
  const root = readXmlBody(body, xml);
  if (root.name === name && root.namespace === SYSTEM_MESSAGE_NAMESPACE) return root;
  throw new SyntaxError(
    `the root is "${shown(root.name)}" in "${shown(root.namespace)}"; wanted: ${name} in ` +
      SYSTEM_MESSAGE_NAMESPACE,
  );
}

function readId(element: XmlElement, attribute: string): string {
  const id = xmlAttribute(element, attribute);
  if (id === undefined) throw new SyntaxError(`a ${element.name} without ${attribute}`);
  if (!isSystemId(id)) throw new SyntaxError(`${attribute}="${shown(id)}" of ${element.name} is no id`);
  return id;
}

function readOption(element: XmlElement): SystemOption {
  const label = xmlTrim(element.text);
  const { label: most } = SYSTEM_MESSAGE_LIMITS;
  if (label === "" || label.length > most) throw new SyntaxError(`a label of ${label.length} characters; 1 to ${most}`);
  return { id: readId(element, "id"), label };
}

function readText(root: XmlElement): string {
  const text = xmlChild(root, SYSTEM_MESSAGE_NAMESPACE, "text")?.text ?? "";
  const { text: most } = SYSTEM_MESSAGE_LIMITS;
  if (text === "" || text.length > most) throw new SyntaxError(`a text of ${text.length} characters; 1 to ${most}`);
  return text;
}

function readFlag(text: string): boolean {
  if (text === "true" || text === "1") return true;
  if (text === "false" || text === "0") return false;
  throw new SyntaxError(`blocking="${shown(text)}"; wanted: true or false`);
}

function readTime(text: string | undefined): number | null {
  if (text === undefined) return null;
  const at = DATE_TIME.test(text) ? Date.parse(text) : NaN;
  if (Number.isNaN(at)) throw new SyntaxError(`expires="${shown(text)}" is no time with a zone`);
  return at;
}

function modeOf(options: number): SystemAnswerMode {
  try {
    return systemAnswerMode(options);
  } catch (error) {
    throw new SyntaxError((error as RangeError).message, { cause: error });
  }
}

/** Never later than the moment meant. */
function wholeSeconds(at: number): number {
  return Math.floor(at / 1000) * 1000;
}

function shown(text: string): string {
  return text.slice(0, 80);
}
