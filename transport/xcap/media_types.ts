import type { NodeSelector } from "./selector.ts";

/** Media types of XCAP (RFC 4825 §15.2, RFC 5874 §8.1). */
export const XCAP_ELEMENT = "application/xcap-el+xml";
export const XCAP_ATTRIBUTE = "application/xcap-att+xml";
export const XCAP_NAMESPACES = "application/xcap-ns+xml";
export const XCAP_ERROR = "application/xcap-error+xml";
export const XCAP_CAPS = "application/xcap-caps+xml";
export const XCAP_DIFF = "application/xcap-diff+xml";

/** What the body of a request or an answer for this node is. */
export function mediaTypeOf(selector: NodeSelector): string {
  if (selector.node.kind === "element") return XCAP_ELEMENT;
  return selector.node.kind === "attribute" ? XCAP_ATTRIBUTE : XCAP_NAMESPACES;
}
