import type { XmlDocument } from "../../transport/xml/mod.ts";
import type { NodeSelector } from "../../transport/xcap/mod.ts";
import type { DocumentKey, Principal } from "./usage.ts";
import type { DocumentVersion } from "./xdm_events.ts";

/** Conditions of a request (RFC 4825 §7.11, RFC 9110 §13), entity tags without quotes; `*` is any. */
export interface Conditions {
  readonly ifMatch: readonly string[] | null;
  readonly ifNoneMatch: readonly string[] | null;
}

/** What was asked for, of which version. */
export interface Found {
  readonly etag: string;
  readonly modifiedAt: number;
  readonly mediaType: string;
  readonly body: string;
}

/** The client has that version already. */
export interface NotModified {
  readonly notModified: true;
  readonly etag: string;
}

/** What a write did. */
export interface Written {
  readonly created: boolean;
  /** Of the whole document; null where the document is gone. */
  readonly etag: string | null;
}

/**
 * The XDM servers of the box behind one interface (RFC 4825 §8): what the Aggregation Proxy calls for XCAP clients, and what
 * roles of the box call to read and change documents. Everything rejects with XcapProblem. Changes of one owner's documents are
 * carried out one after the other.
 */
export interface DocumentService {
  get(
    by: Principal,
    key: DocumentKey,
    selector: NodeSelector | null,
    conditions: Conditions,
  ): Promise<Found | NotModified>;
  put(
    by: Principal,
    key: DocumentKey,
    selector: NodeSelector | null,
    content: { readonly mediaType: string; readonly octets: Uint8Array },
    conditions: Conditions,
  ): Promise<Written>;
  remove(by: Principal, key: DocumentKey, selector: NodeSelector | null, conditions: Conditions): Promise<Written>;
  /** A document as services of the box see it, parsed and shared; null where there is none. */
  read(key: DocumentKey): Promise<DocumentVersion | null>;
  /** The same where it happens to be in memory; undefined where only `read` can tell. */
  peek(key: DocumentKey): DocumentVersion | null | undefined;
  /**
   * For services: makes the document anew from what it is, in turn with all other writers, and writes it with the usage's checks.
   * `edit` gives the whole new text, or null to leave it as it is; it may be called again after a conflict.
   */
  update(
    by: Principal,
    key: DocumentKey,
    edit: (now: XmlDocument | null) => string | null,
  ): Promise<Written | "unchanged">;
  /** Where the document is whose service has this URI (folded); undefined where nobody has. */
  byServiceUri(uri: string): DocumentKey | undefined;
}
