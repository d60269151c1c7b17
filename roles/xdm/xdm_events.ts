import type { XmlDocument } from "../../transport/xml/mod.ts";
import type { DocumentKey, Principal } from "./usage.ts";

/** A document as it is after a change. */
export interface DocumentVersion {
  readonly etag: string;
  readonly document: XmlDocument;
}

/** One committed change of one document. */
export interface DocumentChange {
  readonly key: DocumentKey;
  /** Null: it is new. */
  readonly before: DocumentVersion | null;
  /** Null: it was removed. */
  readonly after: DocumentVersion | null;
  readonly by: Principal;
}

/** What others learn of XDM. Listeners run after the commit and before the answer: what they hold is never older than the answer. */
export interface XdmEvents {
  documentChanged: DocumentChange;
  /** A document that a role makes of what it keeps (`ServedDocuments`) is another one, or gone; whoever wants it reads it. */
  documentRemade: { readonly key: DocumentKey };
}
