/**
 * XCAP without a server: URIs, node selectors, edits of documents, errors, xcap-diff and patch operations. Pure; the web client
 * will be built on it, too. Sources: RFC 4825, 5261, 5874, OMA XDM 2.0.
 */
export type * from "./selector.ts";
export * from "./xcap_problem.ts";
