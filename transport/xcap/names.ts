import { isXmlBlank } from "../xml/mod.ts";

const START =
  "A-Z_a-z\\u{C0}-\\u{D6}\\u{D8}-\\u{F6}\\u{F8}-\\u{2FF}\\u{370}-\\u{37D}\\u{37F}-\\u{1FFF}\\u{200C}-\\u{200D}\\u{2070}-\\u{218F}" +
  "\\u{2C00}-\\u{2FEF}\\u{3001}-\\u{D7FF}\\u{F900}-\\u{FDCF}\\u{FDF0}-\\u{FFFD}\\u{10000}-\\u{EFFFF}";
const REST = `${START}\\-.0-9\\u{B7}\\u{300}-\\u{36F}\\u{203F}-\\u{2040}`;
const NC_NAME = new RegExp(`[${START}][${REST}]*`, "uy");

/** Where the NCName (Namespaces in XML §3) that begins at `at` ends; `at` where none does. */
export function ncNameEnd(text: string, at: number): number {
  NC_NAME.lastIndex = at;
  return NC_NAME.test(text) ? NC_NAME.lastIndex : at;
}

/** A name as it is written. */
export function qName({ prefix, name }: { readonly prefix: string; readonly name: string }): string {
  return prefix === "" ? name : `${prefix}:${name}`;
}

/** Where the white space begins that ends at `at`. */
export function blankStart(text: string, at: number): number {
  while (isXmlBlank(text.charCodeAt(at - 1))) at--;
  return at;
}

/** Where the white space ends that begins at `at`. */
export function blankEnd(text: string, at: number): number {
  while (isXmlBlank(text.charCodeAt(at))) at++;
  return at;
}
