import { HISTORY_ACTION_NAMESPACE, HISTORY_LIST_NAMESPACE, historyReferenceOf } from "../transport/payload/mod.ts";
import { xmlAttribute, xmlChild, xmlChildren, type XmlElement, xmlTrim } from "../transport/xml/mod.ts";
import type { Party } from "./inbox.ts";

/** A recorded conversation, as the service lists it (oma-reference §5.8). */
export interface ListedRecording {
  /** Its place in the list from 1 on, the latest first: another one as soon as something is recorded. */
  readonly number: number;
  /** What it is fetched and deleted by. */
  readonly reference: string;
  /** `pager`, `large`, `session`, `file`, `room`; "" where it is not told. */
  readonly kind: string;
  /** As its owner calls it, folders before it; "" for none. */
  readonly name: string;
  /** The room, or else the others; empty where they are not told. */
  readonly with: readonly Party[];
  /** -1 where it is not told. */
  readonly messages: number;
  /** When it began, wall time ms; NaN where it is not told. */
  readonly since: number;
  /** It is still recorded. */
  readonly open: boolean;
}

/** Of one whose element was too large to be told. */
export function unknownRecording(number: number, reference: string): ListedRecording {
  return { number, reference, kind: "", name: "", with: [], messages: -1, since: NaN, open: false };
}

/** Reads a `history`. `own`: its owner's address, who is not told among the others. Throws SyntaxError where it has no reference. */
export function listedRecording(history: XmlElement, number: number, own: string): ListedRecording {
  const reference = historyReferenceOf(history);
  if (reference === "") throw new SyntaxError("a history without its reference");
  const said = oma(history, "pager") ?? oma(history, "conference");
  const list = said && (oma(said, "recipient-list") ?? oma(said, "conf-list"));
  const messages = Number(xmlTrim(ours(history, "messages")?.text ?? "-1"));
  return {
    number,
    reference,
    kind: xmlTrim(ours(history, "kind")?.text ?? ""),
    name: said === undefined ? "" : (oma(said, "recording-name") ?? ours(said, "recording-name"))?.text ?? "",
    with: said === undefined || list === undefined ? [] : othersOf(said, list, own),
    messages: Number.isSafeInteger(messages) ? messages : -1,
    since: said === undefined
      ? NaN
      : Date.parse(xmlTrim((oma(said, "time-stamp") ?? oma(said, "time-start"))?.text ?? "")),
    open: ours(history, "open") !== undefined,
  };
}

function othersOf(said: XmlElement, list: XmlElement, own: string): Party[] {
  const group = xmlAttribute(list, "group-uri") ?? "";
  if (group !== "") return [{ uri: group, name: xmlAttribute(list, "group-display-name") ?? "" }];
  const others = xmlChildren(list, HISTORY_LIST_NAMESPACE, "entry")
    .map((entry) => ({ uri: xmlAttribute(entry, "uri") ?? "", name: oma(entry, "display-name")?.text ?? "" }))
    .filter(({ uri }) => uri !== "" && uri.toLowerCase() !== own.toLowerCase());
  const to = xmlTrim(oma(said, "to")?.text ?? "");
  return others.length > 0 || to === "" ? others : [{ uri: to, name: "" }];
}

function oma(element: XmlElement, name: string): XmlElement | undefined {
  return xmlChild(element, HISTORY_LIST_NAMESPACE, name);
}

function ours(element: XmlElement, name: string): XmlElement | undefined {
  return xmlChild(element, HISTORY_ACTION_NAMESPACE, name);
}
