import type { BodyPart } from "./multipart.ts";
import {
  COPY_CONTROL_NAMESPACE,
  type CopyControl,
  RESOURCE_LISTS_NAMESPACE,
  RESOURCE_LISTS_TYPE,
  type UriListEntry,
} from "./uri_list.ts";
import { xmlDocument, xmlMarkup } from "./xml_body.ts";

/** Who stands for those whose addresses are not shown (RFC 5364 §4). */
export const ANONYMOUS_RECIPIENT = "sip:anonymous@anonymous.invalid";

/** The dispositions of lists that ask for something, and of those that tell of it (RFC 5363 §4.1, RFC 5364 §7). */
export const RECIPIENT_LIST = "recipient-list";
export const RECIPIENT_LIST_HISTORY = "recipient-list-history";

const PRECEDENCE: readonly CopyControl[] = ["to", "cc", "bcc"];

/**
 * Each recipient once, in the order in which they came (RFC 5363 §4.1). Of what is said several times the first counts, of copy control
 * the highest: `to`, `cc`, `bcc` (RFC 5364 §4); what is anonymous once stays so.
 */
export function collapsedRecipients(entries: Iterable<UriListEntry>): UriListEntry[] {
  const found = new Map<string, UriListEntry>();
  for (const entry of entries) {
    const before = found.get(entry.address);
    found.set(entry.address, before === undefined ? entry : both(before, entry));
  }
  return [...found.values()];
}

function both(first: UriListEntry, second: UriListEntry): UriListEntry {
  // A tag that is not there is no tag to be higher or lower than another.
  const tagged = [first, second].filter(({ isTagged }) => isTagged).map(({ copyControl }) => copyControl);
  return {
    ...first,
    displayName: first.displayName === "" ? second.displayName : first.displayName,
    copyControl: PRECEDENCE.find((level) => tagged.includes(level)) ?? "bcc",
    isTagged: tagged.length > 0,
    anonymize: first.anonymize || second.anonymize,
  };
}

/** What of a recipient is written. */
export interface WrittenRecipient {
  readonly uri: string;
  readonly displayName?: string;
  readonly copyControl?: CopyControl;
  readonly anonymize?: boolean;
  readonly count?: number;
}

/** A body of `application/resource-lists+xml` with one list. */
export function writeUriList(recipients: Iterable<WrittenRecipient>): Uint8Array {
  const entries = Array.from(recipients, ({ uri, displayName, copyControl, anonymize, count }) =>
    xmlMarkup(
      "entry",
      {
        uri,
        "cp:copyControl": copyControl,
        "cp:anonymize": anonymize === true ? "true" : undefined,
        "cp:count": count?.toString(),
      },
      displayName === undefined || displayName === "" ? undefined : xmlMarkup("display-name", {}, displayName),
    ));
  const namespaces = { xmlns: RESOURCE_LISTS_NAMESPACE, "xmlns:cp": COPY_CONTROL_NAMESPACE };
  return xmlDocument(xmlMarkup("resource-lists", namespaces, xmlMarkup("list", {}, ...entries)));
}

/**
 * The list that recipients get: of those to whom it went openly, with the anonymous ones as a number (RFC 5364 §6). `bcc` is left out
 * for everybody, as is whatever the sender wrote for us alone: names, headers, methods. Null where nobody is to be seen.
 */
export function recipientHistory(recipients: Iterable<UriListEntry>): Uint8Array | null {
  const all = collapsedRecipients(recipients);
  const written: WrittenRecipient[] = [];
  for (const copyControl of ["to", "cc"] as const) {
    let count = 0;
    for (const entry of all) {
      if (entry.copyControl !== copyControl) continue;
      if (entry.anonymize) count++;
      else written.push({ uri: entry.address, copyControl });
    }
    if (count > 0) written.push({ uri: ANONYMOUS_RECIPIENT, copyControl, count });
  }
  return written.length === 0 ? null : writeUriList(written);
}

/** The same as a part of a multipart body. Who does not know it is not to fail for it (RFC 5364 §7). */
export function recipientHistoryPart(recipients: Iterable<UriListEntry>): BodyPart | null {
  const body = recipientHistory(recipients);
  return body === null ? null : { headers: HISTORY_HEADERS, body };
}

const HISTORY_HEADERS = [
  ["Content-Type", RESOURCE_LISTS_TYPE],
  ["Content-Disposition", `${RECIPIENT_LIST_HISTORY}; handling=optional`],
] as const;
