/**
 * XCAP without a server: URIs, node selectors, edits of documents, errors, xcap-diff and patch operations. Pure; the web
 * client will be built on it, too. Sources: RFC 4825, 5261, 5874, OMA XDM 2.0.
 */
export type * from "./selector.ts";
export * from "./xcap_problem.ts";
export * from "./media_types.ts";
export { nodeUri, parseXcapUri, URI_LIMITS, xcapUri } from "./xcap_uri.ts";
export { parseNodeSelector, SELECTOR_LIMITS } from "./parse_node_selector.ts";
export { parseXmlnsQuery, xmlnsQuery } from "./xmlns_query.ts";
export { selectorText } from "./selector_text.ts";
export { select, type Selected } from "./select.ts";
export { nodeContent } from "./node_content.ts";
export type { Edit, Edited, EditPlace } from "./edit.ts";
export { putNode, removeNode } from "./edit_node.ts";
export { putElement } from "./put_element.ts";
export { putAttribute } from "./put_attribute.ts";
export { type RemovalPlace, removeAttribute, removeElement } from "./remove.ts";
export { errorBody, parseErrorBody } from "./error_body.ts";
export { parseEntityTags } from "./conditions.ts";
export { type Capabilities, capabilitiesDocument, XCAP_CAPS_NAMESPACE } from "./capabilities.ts";
export {
  directoryDocument,
  type DirectoryEntry,
  type DirectoryFolder,
  IETF_DIRECTORY_NAMESPACE,
  OMA_DIRECTORY_NAMESPACE,
} from "./directory.ts";
export {
  type Namespaces,
  type PatchError,
  type PatchOperation,
  PatchProblem,
  readPatchOperations,
} from "./patch_operation.ts";
export { patch } from "./patch.ts";
export { applyPatch } from "./apply_patch.ts";
export { XCAP_DIFF_NAMESPACE, type XcapChange, xcapDiff } from "./xcap_diff.ts";
export { parseXcapDiff } from "./parse_xcap_diff.ts";
