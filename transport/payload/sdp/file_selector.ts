import { isToken, quote, unquote } from "../../sip/mod.ts";
import { digits } from "../digits.ts";
import { parseMediaType } from "../media_type.ts";
import { decodeFilenameString, encodeFilenameString } from "./filename_string.ts";

/** One hash of a file's whole content (RFC 5547 §6). */
export interface FileHash {
  /** IANA's name, lower-case: `sha-1`, `sha-256` … */
  readonly algorithm: string;
  /** Octets in upper-case hexadecimal with colons: `72:24:5F…`. */
  readonly value: string;
}

/** What an offer says of a file (RFC 5547 §5, §6): every selector that is there must fit. */
export interface FileSelector {
  /** The name as people wrote it: any Unicode, quotes and per cent signs. Not fit for a file system: see `localFileName`. */
  readonly name?: string;
  /** Octets of the whole file, without any wrapper. */
  readonly size?: number;
  /** As in a Content-Type header, lower-case type: `text/plain;charset=utf-8`. */
  readonly type?: string;
  /** More than one where several algorithms were used. */
  readonly hashes: readonly FileHash[];
}

/** Hashes one selector may have, and parameters of its type: more is refused. */
export const FILE_SELECTOR_LIMITS = { hashes: 8, typeParams: 16 } as const;

const HASH = /^([^:]+):([0-9A-Fa-f]{2}(?::[0-9A-Fa-f]{2})*)$/;

/**
 * Reads the value of `a=file-selector` (octets as text). "" gives a selector that selects nothing and only says that RFC 5547 is
 * understood (§8.5). Selectors of other names are passed over. Throws SyntaxError for a selector that is malformed or given
 * twice.
 */
export function parseFileSelector(value: string): FileSelector {
  let name: string | undefined, size: number | undefined, type: string | undefined;
  const hashes: FileHash[] = [];
  for (let at = 0; at < value.length;) {
    if (value[at] === " ") {
      at++;
      continue;
    }
    const end = selectorEnd(value, at);
    const colon = value.indexOf(":", at);
    if (colon < 0 || colon >= end) throw new SyntaxError("a file selector without a colon");
    const text = value.slice(colon + 1, end);
    switch (value.slice(at, colon)) {
      case "name":
        if (name !== undefined) throw new SyntaxError("a file selector with two names");
        if (!/^"[^"]+"$/.test(text)) throw new SyntaxError("the name in a file selector is not in quotes, or empty");
        name = decodeFilenameString(text.slice(1, -1));
        break;
      case "size":
        if (size !== undefined) throw new SyntaxError("a file selector with two sizes");
        size = digits(text, Number.MAX_SAFE_INTEGER);
        if (size < 0) throw new SyntaxError("the size in a file selector is no number, or too large");
        break;
      case "type":
        if (type !== undefined) throw new SyntaxError("a file selector with two types");
        type = readType(text);
        break;
      case "hash":
        if (hashes.length === FILE_SELECTOR_LIMITS.hashes) {
          throw new SyntaxError("a file selector with too many hashes");
        }
        hashes.push(readHash(text));
    }
    at = end;
  }
  return { ...(name !== undefined && { name }), ...(size !== undefined && { size }), ...(type && { type }), hashes };
}

/** The value of `a=file-selector`; "" for an empty one. */
export function writeFileSelector(selector: FileSelector): string {
  const parts: string[] = [];
  if (selector.name) parts.push(`name:"${encodeFilenameString(selector.name)}"`);
  if (selector.type !== undefined) parts.push(`type:${writeType(selector.type)}`);
  if (selector.size !== undefined) parts.push(`size:${selector.size}`);
  for (const { algorithm, value } of selector.hashes) parts.push(`hash:${algorithm}:${value}`);
  return parts.join(" ");
}

/** True for a selector that selects nothing: a mere sign that file transfer is understood (§8.5). */
export function isEmptySelector(selector: FileSelector): boolean {
  const { name, size, type, hashes } = selector;
  return name === undefined && size === undefined && type === undefined && hashes.length === 0;
}

/** A digest as a selector writes it: `72:24:5F…`. */
export function hashText(digest: Uint8Array): string {
  return Array.from(digest, (octet) => octet.toString(16).padStart(2, "0").toUpperCase()).join(":");
}

/** Behind the selector that begins at `at`: at a blank outside of quotes. */
function selectorEnd(value: string, at: number): number {
  let quoted = false;
  for (; at < value.length; at++) {
    const c = value[at];
    if (c === '"') quoted = !quoted;
    else if (c === " " && !quoted) break;
  }
  if (quoted) throw new SyntaxError("a file selector with a quote that is not closed");
  return at;
}

function readHash(text: string): FileHash {
  const found = HASH.exec(text);
  if (found === null || !isToken(found[1])) throw new SyntaxError("the hash in a file selector is malformed");
  return { algorithm: found[1].toLowerCase(), value: found[2].toUpperCase() };
}

/**
 * `type/subtype;name="value"` with the escapes of file names in values (§6), as a Content-Type would have it. Values without
 * quotes, which some clients write, are read too.
 */
function readType(text: string): string {
  const semi = text.indexOf(";");
  let type = parseMediaType(semi < 0 ? text : text.slice(0, semi)).essence;
  let count = 0;
  for (let at = semi < 0 ? text.length : semi; at < text.length;) {
    const [piece, name, quoted, plain] = TYPE_PARAM.exec(text.slice(at)) ?? [];
    if (piece === undefined) throw new SyntaxError("the type in a file selector has a malformed parameter");
    if (++count > FILE_SELECTOR_LIMITS.typeParams) {
      throw new SyntaxError("the type in a file selector has too many parameters");
    }
    const value = quoted === undefined ? plain : decodeFilenameString(quoted);
    type += `;${name.toLowerCase()}=${isToken(value) ? value : quote(value)}`;
    at += piece.length;
  }
  return type;
}

const TYPE_PARAM = /^;([^=;"\s]+)=(?:"([^"]*)"|([^;"\s]+))/;

function writeType(type: string): string {
  const { essence, params } = parseMediaType(type);
  let text = essence;
  for (const [name, value] of params) text += `;${name}="${encodeFilenameString(unquote(value))}"`;
  return text;
}
