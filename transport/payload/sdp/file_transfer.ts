import { mediaTypeParam, parseMediaType } from "../media_type.ts";
import type { FileOffer } from "./file_offer.ts";
import type { FileSelector } from "./file_selector.ts";

/** What is known of a file at hand. A property that is not known fits no selector that names it. */
export type FileProperties = FileSelector;

/** True where a file fits each of the selectors (RFC 5547 §5). A selector of several hashes fits by those we computed. */
export function selectsFile(selector: FileSelector, file: FileProperties): boolean {
  if (selector.name !== undefined && selector.name !== file.name) return false;
  if (selector.size !== undefined && selector.size !== file.size) return false;
  if (selector.type !== undefined && (file.type === undefined || !sameType(selector.type, file.type))) return false;
  return selector.hashes.length === 0 || hashesFit(selector, file) === true;
}

/** Which selectors two descriptions contradict each other in; null where they can be of one file. */
export function selectorConflict(a: FileSelector, b: FileSelector): "name" | "size" | "type" | "hash" | null {
  if (a.name !== undefined && b.name !== undefined && a.name !== b.name) return "name";
  if (a.size !== undefined && b.size !== undefined && a.size !== b.size) return "size";
  if (a.type !== undefined && b.type !== undefined && !sameType(a.type, b.type)) return "type";
  return hashesFit(a, b) === false ? "hash" : null;
}

/**
 * The file of an answer that accepts (RFC 5547 §8.3): name, type, size, hashes, id and range mirrored; icon, disposition and
 * dates are the offerer's own.
 */
export function acceptedFile(offered: FileOffer): FileOffer {
  const { selector, transferId, range } = offered;
  return { selector, ...(transferId !== undefined && { transferId }), ...(range && { range }) };
}

/**
 * A file's name as this machine may use it (RFC 5547 §6): no folders, no control characters, nothing that a common file system
 * takes for something else, at most 200 octets of UTF-8; `file` where nothing is left.
 */
export function localFileName(name: string): string {
  let safe = withoutTail(
    name.normalize("NFC").replace(/[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069"*/:<>?\\|]/g, "_")
      .replace(/[\ud800-\udfff]/gu, "_")
      .replace(/^[. ]+/, ""),
  );
  if (/^(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\.|$)/i.test(safe)) safe = `_${safe}`;
  const dot = safe.lastIndexOf(".");
  const extension = dot > 0 && safe.length - dot <= 16 ? safe.slice(dot) : "";
  const stem = cut(safe.slice(0, safe.length - extension.length), 200 - octetsOf(extension));
  return withoutTail(stem + extension) || "file";
}

/** True or false where hashes of one algorithm can be compared, undefined where none can. */
function hashesFit(a: FileSelector, b: FileSelector): boolean | undefined {
  let fit: boolean | undefined;
  for (const { algorithm, value } of a.hashes) {
    const other = b.hashes.filter((hash) => hash.algorithm === algorithm);
    if (other.length === 0) continue;
    if (!other.some((hash) => hash.value === value)) return false;
    fit = true;
  }
  return fit;
}

/** The same type, and the same values of those parameters that both have. */
function sameType(a: string, b: string): boolean {
  const left = parseMediaType(a), right = parseMediaType(b);
  if (left.essence !== right.essence) return false;
  for (const name of left.params.keys()) {
    if (
      right.params.has(name) && mediaTypeParam(left, name).toLowerCase() !== mediaTypeParam(right, name).toLowerCase()
    ) return false;
  }
  return true;
}

/** Without dots and blanks at the end, which some file systems drop. */
function withoutTail(name: string): string {
  let end = name.length;
  while (end > 0 && (name[end - 1] === "." || name[end - 1] === " ")) end--;
  return name.slice(0, end);
}

function octetsOf(text: string): number {
  return new TextEncoder().encode(text).length;
}

/** Whole characters up to so many octets. */
function cut(text: string, octets: number): string {
  let kept = "", used = 0;
  for (const character of text) {
    used += octetsOf(character);
    if (used > octets) break;
    kept += character;
  }
  return kept;
}
