import { fromLatin1, toLatin1, utf8 } from "../../../foundation/mod.ts";

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * The text that a `filename-string` (RFC 5547 §6) stands for: per cent escapes undone, then UTF-8. A `%` without two hexadecimal
 * digits is one, since clients forget to escape it; octets that are no UTF-8 are taken as ISO 8859-1, as old clients meant them.
 */
export function decodeFilenameString(octets: string): string {
  const plain = octets.includes("%")
    ? octets.replace(/%([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)))
    : octets;
  try {
    return decoder.decode(fromLatin1(plain));
  } catch {
    return plain;
  }
}

/**
 * Text as a `filename-string`, octets as characters: UTF-8, with escapes for what the syntax does not allow (NUL, CR, LF, `"`,
 * `%`), for other control characters, and for `/` and `\`, which some system takes for folders (§6).
 */
export function encodeFilenameString(text: string): string {
  const octets = utf8(text);
  return toLatin1(octets).replace(
    /[\x00-\x1f"%/\\\x7f]/g,
    (c) => `%${c.charCodeAt(0).toString(16).padStart(2, "0").toUpperCase()}`,
  );
}
