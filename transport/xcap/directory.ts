import { escapeXml } from "../xml/mod.ts";

/** Namespaces of the same document: OMA's usage, and that of the IETF draft which some clients ask for. */
export const OMA_DIRECTORY_NAMESPACE = "urn:oma:xml:xdm:xcap-directory";
export const IETF_DIRECTORY_NAMESPACE = "urn:ietf:params:xml:ns:xcap-directory";

/** One document in a directory. */
export interface DirectoryEntry {
  /** Absolute URI. */
  readonly uri: string;
  /** Without quotes. */
  readonly etag: string;
  /** Milliseconds since 1970. */
  readonly modifiedAt: number;
  /** Octets. */
  readonly size: number;
}

/** A usage's documents, or why they cannot be listed: an HTTP status. */
export interface DirectoryFolder {
  readonly auid: string;
  readonly content: readonly DirectoryEntry[] | { readonly errorCode: number };
}

/** A user's directory of documents (OMA XDM 2.0 Core §6.7, `application/vnd.oma.xcap-directory+xml`). */
export function directoryDocument(folders: readonly DirectoryFolder[], namespace = OMA_DIRECTORY_NAMESPACE): string {
  let text = `<?xml version="1.0" encoding="UTF-8"?>\n<xcap-directory xmlns="${namespace}">\n`;
  for (const { auid, content } of folders) {
    text += `  <folder auid="${escapeXml(auid)}">\n`;
    if ("errorCode" in content) text += `    <error-code>${content.errorCode}</error-code>\n`;
    else for (const entry of content) text += `    ${entryElement(entry)}\n`;
    text += "  </folder>\n";
  }
  return text + "</xcap-directory>\n";
}

function entryElement({ uri, etag, modifiedAt, size }: DirectoryEntry): string {
  const when = new Date(modifiedAt).toISOString();
  return `<entry uri="${escapeXml(uri)}" etag="${escapeXml(etag)}" last-modified="${when}" size="${size}"/>`;
}
