import { patch, type PatchOperation } from "../xcap/mod.ts";
import { escapeXml, type XmlDocument } from "../xml/mod.ts";
import { ownPrefixNamed } from "./names.ts";

/**
 * The operations of a `pidf-diff` (RFC 5262 §4) that make one of our texts of another, in the scope of our prefixes with `p`
 * for those of the diff itself. Their selectors go by `*` and positions, so they fit `presence` and `pidf-full` alike. Null
 * where operations cannot tell it.
 */
export function pidfDiffBody(before: XmlDocument, after: XmlDocument): string | null {
  const operations = patch(before, after);
  if (operations === null) return null;
  let body = "";
  for (const operation of operations) {
    // Replacing the root is what `pidf-full` is for.
    if (operation.sel === "*" && operation.kind === "replace") return null;
    const declarations = foreignDeclarations(operation);
    if (declarations === null) return null;
    body += element(operation, declarations) + "\n";
  }
  return body;
}

function element(operation: PatchOperation, declarations: string): string {
  const { kind } = operation;
  const start = `<p:${kind} sel="${escapeXml(operation.sel)}"`;
  if (kind === "remove") return `${start}${operation.ws === null ? "" : ` ws="${operation.ws}"`}${declarations}/>`;
  let where = "";
  if (kind === "add") {
    if (operation.pos !== null) where += ` pos="${operation.pos}"`;
    if (operation.type !== null) where += ` type="${escapeXml(operation.type)}"`;
  }
  return `${start}${where}${declarations}>${operation.content}</p:${kind}>`;
}

/** What is in scope in the target and not in the diff; null where that takes our own prefix. */
function foreignDeclarations({ namespaces }: PatchOperation): string | null {
  let text = "";
  for (const [prefix, namespace] of namespaces) {
    if (prefix === "xml" || ownPrefixNamed(prefix)?.namespace === namespace) continue;
    if (prefix === "p") return null;
    text += ` xmlns${prefix === "" ? "" : ":" + prefix}="${escapeXml(namespace)}"`;
  }
  return text;
}
