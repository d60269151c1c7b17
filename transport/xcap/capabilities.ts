import { escapeXml } from "../xml/mod.ts";

export const XCAP_CAPS_NAMESPACE = "urn:ietf:params:xml:ns:xcap-caps";

/** What a server can do: names of application usages, of extensions, and namespaces it can check. */
export interface Capabilities {
  readonly auids: readonly string[];
  readonly extensions: readonly string[];
  readonly namespaces: readonly string[];
}

/**
 * The document `xcap-caps/global/index` (RFC 4825 §12). Its own usage and namespace, which must be listed, are added where
 * the lists leave them out; what is listed twice stands once.
 */
export function capabilitiesDocument({ auids, extensions, namespaces }: Capabilities): string {
  return `<?xml version="1.0" encoding="UTF-8"?>
<xcap-caps xmlns="${XCAP_CAPS_NAMESPACE}">
${list("auids", "auid", ["xcap-caps", ...auids])}
${list("extensions", "extension", extensions)}
${list("namespaces", "namespace", [XCAP_CAPS_NAMESPACE, ...namespaces])}
</xcap-caps>
`;
}

function list(name: string, item: string, values: readonly string[]): string {
  let text = `  <${name}>`;
  for (const value of new Set(values)) text += `\n    <${item}>${escapeXml(value)}</${item}>`;
  return `${text}\n  </${name}>`;
}
