/** The character classes of RFC 3261 §25.1, by table: one look-up an octet instead of a regular expression. */
const TOKEN = 1, BLANK = 2, DIGIT = 4, HOST = 8, CONTROL = 16, USER = 32, HEX = 64;

const classes = new Uint8Array(256);
mark("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-.!%*_+`'~", TOKEN);
mark(" \t", BLANK);
mark("0123456789", DIGIT);
// `_` is no host name, but stands in the names of many a private network.
mark("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._", HOST);
// `user` with `unreserved` and `user-unreserved`; `#` comes from telephones; octets above 127 are no URI, but names of users.
mark("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.!~*'()&=+$,;?/#", USER);
mark("0123456789ABCDEFabcdef", HEX);
for (let c = 0; c < 32; c++) classes[c] |= CONTROL;
classes[127] |= CONTROL;
for (let c = 128; c < 256; c++) classes[c] |= USER;

function mark(characters: string, bit: number): void {
  for (let i = 0; i < characters.length; i++) classes[characters.charCodeAt(i)] |= bit;
}

/** `token`: methods, header and parameter names, most parameter values. */
export function isTokenChar(code: number): boolean {
  return (classes[code] & TOKEN) !== 0;
}

/** SP or HTAB. */
export function isBlank(code: number): boolean {
  return (classes[code] & BLANK) !== 0;
}

export function isDigit(code: number): boolean {
  return (classes[code] & DIGIT) !== 0;
}

export function isHex(code: number): boolean {
  return (classes[code] & HEX) !== 0;
}

/** A letter, digit, `-`, `.` or `_` of a host name or an IPv4 address. */
export function isHostChar(code: number): boolean {
  return (classes[code] & HOST) !== 0;
}

/** A character of a URI's user part that needs no escape. */
export function isUserChar(code: number): boolean {
  return (classes[code] & USER) !== 0;
}

/** CTL of RFC 2234: 0 to 31 and 127. */
export function isControl(code: number): boolean {
  return (classes[code] & CONTROL) !== 0;
}

/** True for one or more token characters and nothing else. */
export function isToken(text: string): boolean {
  return text.length > 0 && tokenEnd(text, 0) === text.length;
}

/** Where the token that begins at `at` ends. */
export function tokenEnd(text: string, at: number): number {
  while (at < text.length && (classes[text.charCodeAt(at)] & TOKEN) !== 0) at++;
  return at;
}

/** The first position from `at` on that holds no blank. */
export function skipBlanks(text: string, at: number): number {
  while (at < text.length && (classes[text.charCodeAt(at)] & BLANK) !== 0) at++;
  return at;
}

/** Behind the quoted string that begins at `at` (a `"`); -1 when it is not closed. */
export function quotedEnd(text: string, at: number): number {
  for (let i = at + 1; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (c === 34) return i + 1;
    if (c === 92) i++;
  }
  return -1;
}

/** The inside of a quoted string, escapes undone; text that is not quoted comes back as it is. */
export function unquote(text: string): string {
  if (text.length < 2 || text.charCodeAt(0) !== 34 || text.charCodeAt(text.length - 1) !== 34) return text;
  const inner = text.slice(1, -1);
  return inner.includes("\\") ? inner.replace(/\\([\s\S])/g, "$1") : inner;
}

/** Text as a quoted string; what cannot stand in one (CR, LF, NUL) becomes a blank. */
export function quote(text: string): string {
  return `"${text.replace(/[\r\n\0]/g, " ").replace(/["\\]/g, "\\$&")}"`;
}

/**
 * The number that decimal digits between two positions stand for, leading zeros allowed; -1 when there is anything else or
 * nothing, or more than `max`.
 */
export function digits(text: string, start: number, end: number, max: number): number {
  if (start >= end) return -1;
  let value = 0;
  for (let i = start; i < end; i++) {
    const c = text.charCodeAt(i);
    if (c < 48 || c > 57) return -1;
    value = value * 10 + (c - 48);
    if (value > max) return -1;
  }
  return value;
}

const DELTA_MAX = 2 ** 32 - 1;

/**
 * `delta-seconds` (RFC 3261 §20.19): Expires, Min-Expires, Retry-After. A number above 2^32-1 is as good as that number;
 * text that is no number gives undefined, and the reader takes its default.
 */
export function deltaSeconds(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const end = tokenEnd(text, 0);
  for (let i = 0; i < end; i++) if (!isDigit(text.charCodeAt(i))) return undefined;
  // Retry-After may carry a comment and parameters behind the number (§20.33).
  const next = skipBlanks(text, end);
  if (end === 0 || (next < text.length && text[next] !== "(" && text[next] !== ";")) return undefined;
  return Math.min(Number(text.slice(0, end)), DELTA_MAX);
}

/** A `qvalue` (0 to 1, three decimals at most); undefined for anything else. */
export function qValue(text: string): number | undefined {
  return /^(?:0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)$/.test(text) ? Number(text) : undefined;
}

/**
 * What stands between two positions, without the blanks around it. Not `String.trim`: that takes 0xA0 for a blank, which is
 * the last octet of many a UTF-8 character.
 */
export function trimmed(text: string, start: number, end: number): string {
  while (start < end && isBlank(text.charCodeAt(start))) start++;
  while (end > start && isBlank(text.charCodeAt(end - 1))) end--;
  return text.slice(start, end);
}

/** A folded value on one line: each CRLF with the blanks around it is one blank (RFC 3261 §7.3.1). */
export function unfolded(text: string): string {
  let result = "";
  for (let at = 0; at <= text.length;) {
    const crlf = text.indexOf("\r\n", at);
    const end = crlf < 0 ? text.length : crlf;
    const piece = trimmed(text, at, end);
    if (piece !== "") result += result === "" ? piece : " " + piece;
    at = end + 2;
  }
  return result;
}

/** A value that stays on its line: CR and LF, by which a header of its own could be smuggled in, become blanks. */
export function oneLine(text: string): string {
  return text.includes("\n") || text.includes("\r") ? text.replace(/[\r\n]+/g, " ") : text;
}
