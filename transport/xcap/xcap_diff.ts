import { escapeXml } from "../xml/mod.ts";
import type { Namespaces, PatchOperation } from "./patch_operation.ts";

export const XCAP_DIFF_NAMESPACE = "urn:ietf:params:xml:ns:xcap-diff";

/**
 * What became of one resource (RFC 5874 §3). `sel` are URIs relative to the XCAP root, percent-encoded, as subscribers wrote
 * them.
 */
export type XcapChange =
  | {
    readonly kind: "document";
    readonly sel: string;
    /** Without quotes; null: there is none before (it is new, or just exists), none after (it was removed). */
    readonly previousEtag: string | null;
    readonly newEtag: string | null;
    /**
     * Operations that make the one of the other, `not changed` where only the entity tag is new, null to say that it must be
     * fetched.
     */
    readonly body: readonly PatchOperation[] | "not changed" | null;
  }
  | {
    readonly kind: "element";
    readonly sel: string;
    readonly exists: boolean;
    /** As it stands in its document; null: not shown. */
    readonly content: string | null;
    /** In scope where it stands in its document. */
    readonly namespaces: Namespaces;
  }
  | {
    readonly kind: "attribute";
    readonly sel: string;
    /** Its value; null: it does not exist. */
    readonly value: string | null;
  };

/** The `application/xcap-diff+xml` document of these changes, in their order. `root` is the XCAP root URI. */
export function xcapDiff(root: string, changes: readonly XcapChange[]): string {
  const prefix = freePrefix(changes);
  let text = '<?xml version="1.0" encoding="UTF-8"?>\n';
  text += `<${prefix}:xcap-diff xmlns:${prefix}="${XCAP_DIFF_NAMESPACE}" xcap-root="${escapeXml(root)}"`;
  if (changes.length === 0) return text + "/>\n";
  text += ">\n";
  for (const change of changes) text += changeElement(prefix, change) + "\n";
  return `${text}</${prefix}:xcap-diff>\n`;
}

function changeElement(prefix: string, change: XcapChange): string {
  const name = `${prefix}:${change.kind}`;
  let start = `<${name} sel="${escapeXml(change.sel)}"`;
  switch (change.kind) {
    case "document": {
      if (change.newEtag !== null) start += ` new-etag="${escapeXml(change.newEtag)}"`;
      if (change.previousEtag !== null) start += ` previous-etag="${escapeXml(change.previousEtag)}"`;
      if (change.body === null) return start + "/>";
      if (change.body === "not changed" || change.body.length === 0) {
        return `${start}><${prefix}:body-not-changed/></${name}>`;
      }
      let operations = "";
      for (const operation of change.body) operations += operationElement(prefix, operation);
      return `${start}>${operations}</${name}>`;
    }
    case "element":
      if (!change.exists) return start + ' exists="0"/>';
      if (change.content === null) return start + "/>";
      return `${start}${declarations(change.namespaces)}>${change.content}</${name}>`;
    case "attribute":
      if (change.value === null) return start + ' exists="0"/>';
      return `${start}>${escapeXml(change.value)}</${name}>`;
  }
}

/**
 * Each operation declares what it needs itself: content and selectors are read with the namespaces in scope here (RFC 5261
 * §4.2).
 */
function operationElement(prefix: string, operation: PatchOperation): string {
  const name = `${prefix}:${operation.kind}`;
  let start = `<${name} sel="${escapeXml(operation.sel)}"`;
  if (operation.kind === "remove") {
    if (operation.ws !== null) start += ` ws="${operation.ws}"`;
    return start + declarations(operation.namespaces) + "/>";
  }
  if (operation.kind === "add") {
    if (operation.pos !== null) start += ` pos="${operation.pos}"`;
    if (operation.type !== null) start += ` type="${escapeXml(operation.type)}"`;
  }
  return `${start}${declarations(operation.namespaces)}>${operation.content}</${name}>`;
}

function declarations(namespaces: Namespaces): string {
  let text = "";
  for (const [prefix, namespace] of namespaces) {
    if (prefix !== "xml") text += ` xmlns${prefix === "" ? "" : ":" + prefix}="${escapeXml(namespace)}"`;
  }
  return text;
}

/** One for our own elements that no content needs. */
function freePrefix(changes: readonly XcapChange[]): string {
  const taken = new Set<string>();
  for (const change of changes) {
    if (change.kind === "element") { for (const prefix of change.namespaces.keys()) taken.add(prefix); }
    if (change.kind !== "document" || change.body === null || change.body === "not changed") continue;
    for (const { namespaces } of change.body) for (const prefix of namespaces.keys()) taken.add(prefix);
  }
  let prefix = "d";
  for (let i = 1; taken.has(prefix); i++) prefix = `d${i}`;
  return prefix;
}
