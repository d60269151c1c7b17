import {
  HISTORY_ACTION_NAMESPACE,
  HISTORY_LIST_NAMESPACE,
  historyReferenceOf,
} from "../../../transport/payload/mod.ts";
import { xmlChild, xmlCollapsed, type XmlDocument, type XmlElement, xmlTrim } from "../../../transport/xml/mod.ts";
import { tidyName } from "../search/folders.ts";
import type { RecordingChange } from "./recording_change.ts";

/** What a writer did to a document. */
export interface DocumentChanges {
  /** By reference. */
  readonly changed: ReadonlyMap<string, RecordingChange>;
  /** References whose `history` is not there any more, in their order. */
  readonly removed: readonly string[];
  /** There is a `history` that was not there before. */
  readonly added: boolean;
}

/** Compares what owners may change; the usage's own check has found that nothing else is different, or the writer is no user. */
export function changesBetween(before: XmlDocument, after: XmlDocument | null): DocumentChanges {
  const rest = new Map<string, XmlElement>();
  for (const child of after?.root.children ?? []) if (isHistory(child)) rest.set(historyReferenceOf(child), child);
  const changed = new Map<string, RecordingChange>();
  const removed: string[] = [];
  for (const was of before.root.children) {
    if (!isHistory(was)) continue;
    const reference = historyReferenceOf(was);
    const now = rest.get(reference);
    rest.delete(reference);
    if (now === undefined) removed.push(reference);
    else if (textOf(now, after!) !== textOf(was, before)) {
      const change = changeBetween(was, now);
      if (change !== null) changed.set(reference, change);
    }
  }
  return { changed, removed, added: rest.size > 0 };
}

function isHistory({ name, namespace }: XmlElement): boolean {
  return name === "history" && namespace === HISTORY_LIST_NAMESPACE;
}

function textOf({ start, end }: XmlElement, { text }: XmlDocument): string {
  return text.slice(start, end);
}

function changeBetween(was: XmlElement, now: XmlElement): RecordingChange | null {
  const [name, subject, expiresAt] = [nameIn(now), subjectIn(now), expiryIn(now)];
  const change = {
    ...(name !== nameIn(was) && { name }),
    ...(subject !== subjectIn(was) && { subject }),
    ...(expiresAt !== expiryIn(was) && { expiresAt }),
  };
  return Object.keys(change).length === 0 ? null : change;
}

/** In conversations by MESSAGE the name is an element of our own. */
function nameIn(history: XmlElement): string {
  const conference = xmlChild(history, HISTORY_LIST_NAMESPACE, "conference");
  const said = conference ?? xmlChild(history, HISTORY_LIST_NAMESPACE, "pager");
  if (said === undefined) return "";
  const namespace = conference === undefined ? HISTORY_ACTION_NAMESPACE : HISTORY_LIST_NAMESPACE;
  return tidyName(xmlCollapsed(xmlChild(said, namespace, "recording-name")?.text ?? ""));
}

function subjectIn(history: XmlElement): string {
  return xmlCollapsed(xmlChild(history, HISTORY_LIST_NAMESPACE, "subject")?.text ?? "");
}

/** Without one it never expires. What names no time zone is UTC. NaN for a moment that no clock here can tell. */
function expiryIn(history: XmlElement): number {
  const text = xmlTrim(xmlChild(history, HISTORY_LIST_NAMESPACE, "expiry")?.text ?? "");
  if (text === "") return Infinity;
  return Date.parse(/(?:Z|[+-][0-9]{2}:[0-9]{2})$/.test(text) ? text : `${text}Z`);
}
