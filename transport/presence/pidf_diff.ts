import { patch, type PatchOperation } from "../xcap/mod.ts";
import { escapeXml, parseXml, type XmlLimits } from "../xml/mod.ts";
import { ownPrefixNamed } from "./names.ts";
import { linesOf, type ViewPart } from "./view_parts.ts";

/** Our own texts are read again without limits but the memory that they already have. */
export const OWN_LIMITS: XmlLimits = { characters: Infinity, depth: 64, elements: Infinity, attributes: Infinity };

/**
 * The operations of a `pidf-diff` (RFC 5262 §4) that make one view of another, in the scope of our prefixes with `p` for those
 * of the diff itself. Their selectors go by `*` and positions, so they fit `presence` and `pidf-full` alike. Null where
 * operations cannot tell it. `declarations` are those of the roots of both views.
 *
 * Only what differs is read: the parts between those that both begin with and those that both end with.
 */
export function pidfDiffBody(
  declarations: string,
  before: readonly ViewPart[],
  after: readonly ViewPart[],
): string | null {
  const most = Math.min(before.length, after.length);
  let head = 0, tail = 0;
  while (head < most && before[head].text === after[head].text) head++;
  while (tail < most - head && before[before.length - 1 - tail].text === after[after.length - 1 - tail].text) tail++;
  // One element stands for all at the beginning, so that something can be put behind it.
  const start = `<presence${declarations}>\n${head === 0 ? "" : "<note/>\n"}`;
  const read = (parts: readonly ViewPart[]) =>
    parseXml(`${start}${linesOf(parts, head, parts.length - tail)}</presence>`, OWN_LIMITS);
  const operations = patch(read(before), read(after));
  if (operations === null) return null;
  let body = "";
  for (const operation of operations) {
    // Replacing the root is what `pidf-full` is for.
    if (operation.sel === "*" && (operation.kind === "replace" || head > 0)) return null;
    const foreign = foreignDeclarations(operation);
    if (foreign === null) return null;
    const sel = head === 0 ? operation.sel : operation.sel.replace(/[0-9]+/, (at) => `${Number(at) + head - 1}`);
    body += element({ ...operation, sel }, foreign) + "\n";
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
