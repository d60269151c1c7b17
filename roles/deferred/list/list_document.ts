import { Buffer } from "node:buffer";
import { HISTORY_LIST_NAMESPACE } from "../../../transport/payload/mod.ts";
import { escapeXml } from "../../../transport/xml/mod.ts";
import { DELIVERY_NAMESPACE } from "./list_names.ts";
import type { Mailbox, WaitingMessage } from "./mailbox.ts";

/** Messages of one list: what makes a document that is read and edited within a few milliseconds. */
export const MOST_LISTED = 1000;
const END = "</deferred-list>\n";

/**
 * The deferred list (oma-reference §5.8): the oldest thousand; where more wait, `messages` and `octets` on the root say how many, and
 * they move up as others go.
 */
export function listDocument(mailbox: Mailbox): string {
  const { messages } = mailbox;
  const listed = messages.slice(0, MOST_LISTED);
  return head(listed.length < messages.length ? countsOf(mailbox) : "") + listed.map(historyElement).join("") + END;
}

/**
 * The same for a body that may have so many octets: as many of the oldest as fit, and the counts where some do not; the document
 * itself has more. Null where not even the counts fit.
 */
export function boundedList(mailbox: Mailbox, most: number): string | null {
  const { messages } = mailbox;
  const elements: string[] = [], sizes: number[] = [];
  let size = head("").length + END.length;
  for (const message of messages) {
    const element = historyElement(message);
    const octets = Buffer.byteLength(element);
    if (size + octets > most || elements.length === MOST_LISTED) break;
    size += octets;
    elements.push(element);
    sizes.push(octets);
  }
  const isWhole = elements.length === messages.length;
  const counts = isWhole ? "" : countsOf(mailbox);
  size += counts.length;
  while (size > most && elements.pop() !== undefined) size -= sizes.pop()!;
  return size > most ? null : head(counts) + elements.join("") + END;
}

function countsOf({ messages }: Mailbox): string {
  const octets = messages.reduce((sum, message) => sum + message.octets, 0);
  return ` p:messages="${messages.length}" p:octets="${octets}"`;
}

function head(attributes: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n<deferred-list xmlns="${HISTORY_LIST_NAMESPACE}" ` +
    `xmlns:p="${DELIVERY_NAMESPACE}"${attributes}>\n`;
}

function historyElement(message: WaitingMessage): string {
  const { reference, status, mode, octets, expiresAt, subject, arrivedAt, from, to, authId } = message;
  const arrival = new Date(arrivedAt).toISOString();
  return `  <history history-reference="${reference}" p:status="${status}" p:mode="${mode}">` +
    `<size>${octets}</size><expiry>${new Date(expiresAt).toISOString()}</expiry>` +
    element("subject", subject) +
    `<date>${arrival.slice(0, 10)}</date>` +
    `<pager><time-stamp>${arrival}</time-stamp>` +
    `${element("from", from)}${element("to", to)}${element("auth-id", authId)}</pager></history>\n`;
}

function element(name: string, text: string): string {
  return text === "" ? "" : `<${name}>${escapeXml(text)}</${name}>`;
}
