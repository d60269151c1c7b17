import { trimmed } from "../sip/mod.ts";

/** The letters behind a backslash (RFC 3862 §2.3). */
const LETTERS: ReadonlyMap<string, string> = new Map([["b", "\b"], ["t", "\t"], ["n", "\n"], ["r", "\r"]]);
const ESCAPED: ReadonlyMap<string, string> = new Map([["\b", "\\b"], ["\t", "\\t"], ["\n", "\\n"], ["\r", "\\r"]]);

/**
 * The text that a header's value stands for (RFC 3862 §2.3.1): escapes undone; an unknown one gives the character behind the
 * backslash, a backslash at the end nothing.
 */
export function unescapeCpim(value: string): string {
  if (!value.includes("\\")) return value;
  return value.replace(/\\(?:u([0-9A-Fa-f]{4})|([\s\S])|$)/g, (_, hex?: string, character?: string) => {
    if (hex !== undefined) return String.fromCharCode(parseInt(hex, 16));
    return character === undefined ? "" : LETTERS.get(character) ?? character;
  });
}

/** Text as a header's value (§2.3.1): what must be escaped is, nothing else. Not for strings in quotes. */
export function escapeCpim(text: string): string {
  return text.replace(/[\x00-\x1f\x7f\\]/g, escaped);
}

/** Text as a string in double quotes (§3.6, String). */
export function quoteCpim(text: string): string {
  return `"${text.replace(/[\x00-\x1f\x7f\\"]/g, escaped)}"`;
}

function escaped(c: string): string {
  if (c === "\\" || c === '"') return `\\${c}`;
  return ESCAPED.get(c) ?? `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

/** A name and a URI, as in From, To, cc (§4.1). */
export interface CpimAddress {
  /** "" for none; any Unicode. */
  readonly name: string;
  readonly uri: string;
}

/** TOKENCHAR of §3.6: no control characters, no separators. */
const FORMAL_NAME = /^[^\x00-\x20\x7f()<>@,;:\\"/[\]?={}]+(?: [^\x00-\x20\x7f()<>@,;:\\"/[\]?={}]+)*$/;
const STRING = /^"((?:[^"\\]|\\[\s\S])*)" *</;

/**
 * Reads `[ Formal-name ] "<" URI ">"`. A URI without brackets, which some clients write, is taken too. Throws SyntaxError
 * when there is no URI.
 */
export function parseCpimAddress(value: string): CpimAddress {
  const quoted = STRING.exec(value);
  const open = quoted !== null ? quoted[0].length - 1 : value.indexOf("<");
  if (open < 0) return { name: "", uri: checkedUri(value.trim()) };
  const close = value.indexOf(">", open);
  if (close < 0 || value.slice(close + 1).trim() !== "") throw new SyntaxError("a CPIM address without its closing >");
  const name = unescapeCpim(quoted !== null ? quoted[1] : trimmed(value, 0, open));
  return { name, uri: checkedUri(value.slice(open + 1, close)) };
}

/** The address as a header's value: the name bare where it consists of tokens, else in quotes. */
export function cpimAddressText({ name, uri }: CpimAddress): string {
  // What would end the brackets, or the line, cannot stand in a URI.
  const safe = uri.replace(/[\x00-\x20<>\x7f]/g, "");
  if (name === "") return `<${safe}>`;
  return `${FORMAL_NAME.test(name) ? name : quoteCpim(name)} <${safe}>`;
}

const ABSOLUTE_URI = /^[A-Za-z][A-Za-z0-9+.-]*:[^\x00-\x20<>\x7f]+$/;

function checkedUri(text: string): string {
  if (!ABSOLUTE_URI.test(text)) throw new SyntaxError("a CPIM address without a URI");
  return text;
}
