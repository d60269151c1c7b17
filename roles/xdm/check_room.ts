import { Buffer } from "node:buffer";
import { type Documents, MAX_DOCUMENT_OCTETS } from "../../storage/mod.ts";
import { XcapProblem } from "../../transport/xcap/mod.ts";
import type { XmlDocument } from "../../transport/xml/mod.ts";
import type { DocumentKey, Usage } from "./usage.ts";
import type { XdmSettings } from "./xdm_settings.ts";

/**
 * Whether a user's document, as it is to be, has room: by its own size, and by the number and size of what the user has already.
 * What grows no larger always has. Throws XcapProblem: 413 for one that is too large, else OMA's local-constraint-failure.
 *
 * @param before what is there now
 */
export function checkRoom(
  { auid, limits }: Usage,
  key: DocumentKey,
  before: object | null,
  document: XmlDocument,
  { settings, documents }: { readonly settings: XdmSettings; readonly documents: Documents },
): void {
  const octets = Buffer.byteLength(document.text);
  const size = documents.find(key.auid, key.owner, key.name)?.size ?? 0;
  // Also where the operator allows less than there is: an entry can still be taken out.
  if (before !== null && octets <= size) return;
  const most = Math.min(limits.octets, settings.max_document);
  if (octets > most) throw tooMuch(413, `A document of ${auid} may have ${most} octets, not ${octets}.`);
  const totals = documents.totals(key.owner);
  if (before === null) {
    const own = documents.list(key.owner, auid).length;
    if (own >= limits.documents) throw tooMuch(409, `You may have ${limits.documents} documents of ${auid}.`);
    if (totals.count >= settings.max_documents) {
      throw tooMuch(409, `You may have ${settings.max_documents} documents.`);
    }
  }
  const total = totals.octets + octets - size;
  if (total > settings.max_total) {
    throw tooMuch(
      409,
      `Your documents may have ${settings.max_total} octets together; with this they would have ${total}.`,
    );
  }
}

/** What others than users write needs to have room in the store alone. Throws XcapProblem 413. */
export function checkStorable({ text }: XmlDocument): void {
  const octets = Buffer.byteLength(text);
  if (octets <= MAX_DOCUMENT_OCTETS) return;
  throw tooMuch(413, `A document may have ${MAX_DOCUMENT_OCTETS} octets in this store, not ${octets}.`);
}

function tooMuch(status: 409 | 413, message: string): XcapProblem {
  return new XcapProblem(
    status,
    message,
    status === 409 ? { element: "local", alternatives: [], description: message } : null,
  );
}
