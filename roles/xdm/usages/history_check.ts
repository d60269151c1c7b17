import { xmlAttribute, type XmlDocument, type XmlElement } from "../../../transport/xml/mod.ts";
import type { Principal } from "../usage.ts";
import { constraintFailure, mustDiffer, overLimit, placeOf } from "./breach.ts";
import { COUNTS, IDENTIFIERS, NS } from "./identifiers.ts";

/** What the user may write, by the element it stands in (oma-reference §5.8); names without a namespace are in that of the element. */
const FREE: Readonly<Record<string, readonly { readonly name: string; readonly namespace?: string }[]>> = {
  history: [{ name: "subject" }, { name: "expiry" }],
  conference: [{ name: "recording-name" }],
  // OMA's grammar has none there.
  pager: [{ name: "recording-name", namespace: NS.history }],
};

const ALLOWED = "allowed: subject, recording-name and expiry, and to remove a history";

/**
 * Metadata of what the box keeps: services write them; the user changes names and expiry, and removes what is to go. Throws
 * XcapProblem 409. Takes time linear in the two documents.
 */
export function checkHistory(document: XmlDocument, before: XmlDocument | null, by: Principal): void {
  const histories = historiesOf(document.root);
  if (histories.length > COUNTS.histories) {
    throw overLimit(`${placeOf(document.root)}: more than ${COUNTS.histories} entries.`);
  }
  mustDiffer(histories, "history-reference", IDENTIFIERS.convHistory.namespace);
  if (by.kind !== "user") return;
  if (before === null) {
    throw constraintFailure(`${placeOf(document.root)}: only the server begins this document; ${ALLOWED}.`);
  }
  if (!isSameTag(document.root, before.root)) {
    throw constraintFailure(`${placeOf(document.root)}: the root is not the user's to change; ${ALLOWED}.`);
  }
  const rest = document.root.children;
  let at = 0;
  for (const was of before.root.children) {
    const now = rest[at];
    const difference = now === undefined ? was : firstDifference(now, was);
    if (difference === null) {
      at++;
    } else if (was.name !== "history") {
      throw constraintFailure(`${placeOf(was)}: it is not the user's to remove; ${ALLOWED}.`);
    } else if (now !== undefined && isSameHistory(now, was)) {
      throw constraintFailure(`${placeOf(difference)}: it is not the user's to change; ${ALLOWED}.`);
    }
    // Else it is a history that is gone: the next one is compared with the same place.
  }
  if (at < rest.length) {
    throw constraintFailure(`${placeOf(rest[at])}: only the server adds or moves entries; ${ALLOWED}.`);
  }
}

function historiesOf(root: XmlElement): XmlElement[] {
  return root.children.filter((child) => child.name === "history");
}

function isSameHistory(one: XmlElement, other: XmlElement): boolean {
  return one.name === "history" && referenceOf(one) === referenceOf(other);
}

/** The reference of a history, which may be an attribute or a child; "" for none. */
export function referenceOf(history: XmlElement): string {
  const child = history.children.find((element) => element.name === "history-reference");
  return xmlAttribute(history, "history-reference") ?? child?.text.trim() ?? "";
}

/** The first element in `one` that is not as it was, what is free left out; null where there is none. */
function firstDifference(one: XmlElement, other: XmlElement): XmlElement | null {
  if (!isSameTag(one, other) || one.text.trim() !== other.text.trim()) return one;
  const free = FREE[one.name] ?? [];
  const fixed = (child: XmlElement) =>
    !free.some(({ name, namespace = one.namespace }) => child.name === name && child.namespace === namespace);
  const now = one.children.filter(fixed), then = other.children.filter(fixed);
  // Where the grammar lets in any element of another namespace, it counts none of them.
  if (one.children.length - now.length > free.length) return one;
  for (let i = 0; i < now.length; i++) {
    if (i >= then.length) return now[i];
    const difference = firstDifference(now[i], then[i]);
    if (difference !== null) return difference;
  }
  return now.length < then.length ? one : null;
}

function isSameTag(one: XmlElement, other: XmlElement): boolean {
  if (one.name !== other.name || one.namespace !== other.namespace) return false;
  if (one.attributes.length !== other.attributes.length) return false;
  return other.attributes.every(({ name, namespace, value }) => xmlAttribute(one, name, namespace) === value);
}
