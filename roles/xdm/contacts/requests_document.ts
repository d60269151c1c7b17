import { escapeXml, xmlAttribute, xmlChildren, type XmlDocument } from "../../../transport/xml/mod.ts";
import type { DocumentKey } from "../usage.ts";
import { IDENTIFIERS, NS } from "../usages/identifiers.ts";
import { type ContactRequest, readContactRequests } from "../usages/own_readers.ts";
import { edited, removed } from "./list_edit.ts";

const CR = NS.contactRequests;

/** The document with a user's requests that wait. Only this room writes it. */
export function requestsKey(owner: string): DocumentKey {
  const { auid, document } = IDENTIFIERS.contactRequests;
  return { auid, owner, name: document };
}

/** The request that somebody has made to the owner and that waits; undefined where there is none. */
export function requestOf(
  document: XmlDocument | null,
  aor: string,
  direction: ContactRequest["direction"],
): ContactRequest | undefined {
  if (document === null) return undefined;
  return readContactRequests(document).find((one) => one.aor === aor && one.direction === direction);
}

const asking = new WeakMap<XmlDocument, ReadonlySet<string>>();

/** Who waits for the owner's word. Read once for each version: messages ask for it. */
export function askersOf(document: XmlDocument): ReadonlySet<string> {
  let askers = asking.get(document);
  if (askers === undefined) {
    const incoming = readContactRequests(document).filter(({ direction }) => direction === "incoming");
    asking.set(document, askers = new Set(incoming.map(({ aor }) => aor)));
  }
  return askers;
}

/** The text with one more request. `uri`: as it is shown. */
export function withRequest(
  document: XmlDocument | null,
  request: Omit<ContactRequest, "aor"> & { readonly uri: string },
): string {
  const text =
    `  <contact-request id="${request.id}" uri="${escapeXml(request.uri)}" direction="${request.direction}"` +
    ` requested="${new Date(request.requestedAt).toISOString()}">` +
    (request.displayName === "" ? "" : `<display-name>${escapeXml(request.displayName)}</display-name>`) +
    (request.message === "" ? "" : `<message>${escapeXml(request.message)}</message>`) +
    "</contact-request>\n";
  if (document === null || document.root.selfClosing) {
    return `<?xml version="1.0" encoding="UTF-8"?>\n<contact-requests xmlns="${CR}">\n${text}</contact-requests>\n`;
  }
  const at = document.root.contentEnd;
  return edited(document.text, [{ start: at, end: at, insert: text }]);
}

/** The text without a request; null where it is not there. */
export function withoutRequest(document: XmlDocument | null, id: string): string | null {
  const gone = document === null
    ? []
    : xmlChildren(document.root, CR, "contact-request").filter((element) => xmlAttribute(element, "id") === id);
  return gone.length === 0 ? null : edited(document!.text, gone.map((element) => removed(document!, element)));
}
