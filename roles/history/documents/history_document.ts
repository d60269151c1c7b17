import { Buffer } from "node:buffer";
import type { HistoryParty, Recording } from "../../../storage/mod.ts";
import { HISTORY_ACTION_NAMESPACE, HISTORY_LIST_NAMESPACE } from "../../../transport/payload/mod.ts";
import { escapeXml } from "../../../transport/xml/mod.ts";

/** Conversations of one document: as many as its usage allows (`COUNTS.histories` of roles/xdm). */
export const MOST_LISTED = 2000;
/** Octets of one document: what is read and edited within some ten milliseconds. */
export const MOST_OCTETS = 1_048_576;
/** Of one conversation; the first that were seen. */
const MOST_PARTIES = 100;
const END = "</history-list>\n";

/** A user's recordings as a document. */
export interface MadeDocument {
  readonly text: string;
  /** Octets of it. */
  readonly size: number;
}

/**
 * The list of recorded conversations (oma-reference §5.8), the latest first. Where there is no room for all, the latest are listed,
 * and the root says how many there are in all. What the owner may write is always there, if empty: a client replaces it where it
 * stands (RFC 4825 §8.2.3 puts what is new behind everything else).
 */
export function historyDocument(recordings: readonly Recording[]): MadeDocument {
  const elements: string[] = [];
  let size = 0;
  for (const recording of recordings) {
    const element = historyElement(recording);
    const octets = Buffer.byteLength(element);
    if (elements.length === MOST_LISTED || size + octets > MOST_OCTETS) break;
    size += octets;
    elements.push(element);
  }
  const head = rootTag(elements.length < recordings.length ? countsOf(recordings) : "");
  return { text: head + elements.join("") + END, size: head.length + size + END.length };
}

function rootTag(attributes: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n<history-list xmlns="${HISTORY_LIST_NAMESPACE}" ` +
    `xmlns:p="${HISTORY_ACTION_NAMESPACE}"${attributes}>\n`;
}

function countsOf(recordings: readonly Recording[]): string {
  const octets = recordings.reduce((sum, recording) => sum + recording.octets, 0);
  return ` p:conversations="${recordings.length}" p:octets="${octets}"`;
}

function historyElement(recording: Recording): string {
  const { reference, kind, subject, startedAt, expiresAt, messages, octets, open } = recording;
  const expiry = expiresAt === Infinity ? "" : `<expiry>${dateTime(expiresAt)}</expiry>`;
  return `  <history history-reference="${escapeXml(reference)}"><size>${octets}</size>${expiry}` +
    `<subject>${escapeXml(subject)}</subject><date>${dateTime(startedAt).slice(0, 10)}</date>` +
    (kind === "pager" || kind === "large" ? pagerElement(recording) : conferenceElement(recording)) +
    `<p:kind>${kind}</p:kind><p:messages>${messages}</p:messages>${open ? "<p:open/>" : ""}</history>\n`;
}

/** By MESSAGE: from its owner to whom it was with, whoever spoke first. OMA's grammar has no place for a name and an end here. */
function pagerElement({ owner, with: peer, parties, group, name, startedAt, endedAt }: Recording): string {
  const from = parties[0]?.uri ?? owner;
  return `<pager><time-stamp>${dateTime(startedAt)}</time-stamp><from>${escapeXml(from)}</from>` +
    `<to>${escapeXml(peer)}</to><auth-id>${escapeXml(owner)}</auth-id>` +
    `${partiesElement("recipient-list", group, parties.slice(1))}` +
    `<p:recording-name>${escapeXml(name)}</p:recording-name><p:time-end>${dateTime(endedAt)}</p:time-end></pager>`;
}

function conferenceElement({ parties, group, name, startedAt, endedAt }: Recording): string {
  return `<conference><time-start>${dateTime(startedAt)}</time-start><time-end>${dateTime(endedAt)}</time-end>` +
    `<recording-name>${escapeXml(name)}</recording-name>${partiesElement("conf-list", group, parties)}</conference>`;
}

function partiesElement(name: string, group: HistoryParty, parties: readonly HistoryParty[]): string {
  const uri = group.uri === "" ? "" : ` group-uri="${escapeXml(group.uri)}"`;
  const title = group.name === "" ? "" : ` group-display-name="${escapeXml(group.name)}"`;
  return `<${name}${uri}${title}>${parties.slice(0, MOST_PARTIES).map(entryElement).join("")}</${name}>`;
}

function entryElement({ uri, name }: HistoryParty): string {
  const shown = name === "" ? "" : `<display-name>${escapeXml(name)}</display-name>`;
  return `<entry uri="${escapeXml(uri)}">${shown}</entry>`;
}

function dateTime(at: number): string {
  return new Date(at).toISOString();
}
