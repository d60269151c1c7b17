/**
 * Who learns what becomes of documents: the `xcap-diff` event package (RFC 5875 over RFC 5874, RFC 5839 and RFC 6665) and its OMA
 * predecessor `ua-profile`.
 */
export { DocumentEvents, type DocumentEventsParts } from "./document_events.ts";
