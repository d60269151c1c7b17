import { detached } from "../../foundation/mod.ts";
import { expandedValue } from "./xml_text.ts";

/** A qualified name as written, in its parts. Names that were met lately are shared between documents. */
export interface XmlName {
  /** `p:entry`. */
  readonly written: string;
  /** "" for none. */
  readonly prefix: string;
  readonly local: string;
}

/** 1: may begin a name, 2: may stand in one (Namespaces in XML 1.0 §3, the ASCII part). */
const ASCII = new Uint8Array(128);
for (let code = 0; code < 128; code++) {
  const character = String.fromCharCode(code);
  ASCII[code] = /[A-Z_a-z]/.test(character) ? 3 : /[-.0-9]/.test(character) ? 2 : 0;
}

/** NCName with the characters of XML 1.0 §2.3. */
const NC_NAME =
  /[A-Z_a-z\u00C0-\u00D6\u00D8-\u00F6\u00F8-\u02FF\u0370-\u037D\u037F-\u1FFF\u200C\u200D\u2070-\u218F\u2C00-\u2FEF\u3001-\uD7FF\uF900-\uFDCF\uFDF0-\uFFFD\u{10000}-\u{EFFFF}][-.0-9A-Z_a-z\u00B7\u00C0-\u00D6\u00D8-\u00F6\u00F8-\u037D\u037F-\u1FFF\u200C\u200D\u203F\u2040\u2070-\u218F\u2C00-\u2FEF\u3001-\uD7FF\uF900-\uFDCF\uFDF0-\uFFFD\u{10000}-\u{EFFFF}]*/uy;

const COLON = 58;
/** Names met lately, by a hash of their characters; a slot is taken over by the next name that falls on it. */
const lately = new Array<XmlName | undefined>(512);
const LONGEST_KEPT = 64;

/** Where the name without a colon that begins at `at` ends; -1 where none begins. */
export function plainNameEnd(text: string, at: number): number {
  const first = text.charCodeAt(at);
  if (first < 128 && (ASCII[first] & 1) === 0) return -1;
  let end = at;
  for (;;) {
    const code = text.charCodeAt(end);
    if (!(code < 128)) break;
    if (ASCII[code] === 0) return end;
    end++;
  }
  if (end === text.length) return end > at ? end : -1;
  NC_NAME.lastIndex = at;
  return NC_NAME.test(text) ? NC_NAME.lastIndex : -1;
}

/** The qualified name that begins at `at`; null where none does. */
export function nameAt(text: string, at: number): XmlName | null {
  const first = text.charCodeAt(at);
  if (first < 128 && (ASCII[first] & 1) !== 0) {
    let hash = 0;
    let end = at;
    let colon = -1;
    let code = first;
    for (; code < 128; code = text.charCodeAt(++end)) {
      if (ASCII[code] === 0) {
        if (code !== COLON || colon >= 0 || (ASCII[text.charCodeAt(end + 1)] & 1) === 0) break;
        colon = end;
      }
      hash = (hash * 31 + code) | 0;
    }
    // All others the long way: what is not ASCII, and colons that belong to no name.
    if (code !== COLON && !(code >= 128)) return kept(text, at, end, colon, hash);
  }
  let end = plainNameEnd(text, at);
  if (end < 0) return null;
  let colon = -1;
  if (text.charCodeAt(end) === COLON) {
    colon = end;
    end = plainNameEnd(text, end + 1);
    if (end < 0) return null;
  }
  let hash = 0;
  for (let i = at; i < end; i++) hash = (hash * 31 + text.charCodeAt(i)) | 0;
  return kept(text, at, end, colon, hash);
}

function kept(text: string, at: number, end: number, colon: number, hash: number): XmlName {
  const slot = (hash ^ (hash >>> 9)) & 511;
  const known = lately[slot];
  if (known !== undefined && known.written.length === end - at && text.startsWith(known.written, at)) return known;
  const written = detached(text.slice(at, end));
  const name = colon < 0
    ? { written, prefix: "", local: written }
    : { written, prefix: written.slice(0, colon - at), local: written.slice(colon - at + 1) };
  if (written.length <= LONGEST_KEPT) lately[slot] = name;
  return name;
}

/** Namespaces met lately, by the way they are written. */
const namespaces = new Map<string, string>();
const MOST_NAMESPACES = 256, LONGEST_NAMESPACE = 128;

/** The namespace that a declaration's value means, in memory of its own. Those that were met lately are shared, as names are. */
export function namespaceIn(raw: string): string {
  const known = namespaces.get(raw);
  if (known !== undefined) return known;
  const namespace = detached(expandedValue(raw));
  if (raw.length > LONGEST_NAMESPACE) return namespace;
  if (namespaces.size === MOST_NAMESPACES) namespaces.clear();
  namespaces.set(namespace === raw ? namespace : detached(raw), namespace);
  return namespace;
}

/** Where the first character that XML 1.0 §2.2 does not know stands; -1 for none. */
export function foreignCharacter(text: string): number {
  const control = text.search(/[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/);
  if (text.isWellFormed()) return control;
  const lone = text.search(/\p{Surrogate}/u);
  return control < 0 ? lone : Math.min(control, lone);
}
