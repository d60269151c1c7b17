/** RFC 4975 §9 allows 4 to 32 characters; shorter ones are met and do no harm but to their sender. */
export const LONGEST_TID = 32;
const LONGEST_MESSAGE_ID = 255;
const LONGEST_METHOD = 32;

// Which octets may stand in a transaction id: 2 anywhere (letters and digits), 1 behind the first character.
const IDENT = new Uint8Array(256);
for (const c of "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789") IDENT[c.charCodeAt(0)] = 2;
for (const c of ".-+%=_~") IDENT[c.charCodeAt(0)] = 1;

/** True where `text[from, to)` can be a transaction id: it begins with a letter or digit, so an end-line has 7 hyphens. */
export function isTid(text: string, from: number, to: number): boolean {
  if (to - from < 1 || to - from > LONGEST_TID || IDENT[text.charCodeAt(from)] !== 2) return false;
  for (let i = from + 1; i < to; i++) if (!(IDENT[text.charCodeAt(i)] > 0)) return false;
  return true;
}

/** `1*UPALPHA`. */
export function isMethod(text: string): boolean {
  return text.length <= LONGEST_METHOD && /^[A-Z]+$/.test(text);
}

/** One or more URIs with single blanks between them; what a URI is their reader says. */
export function isPath(text: string): boolean {
  return /^[!-~]+(?: [!-~]+)*$/.test(text);
}

/** URIs in a path. */
export function urisIn(path: string): number {
  let count = 1;
  for (let at = path.indexOf(" "); at >= 0; at = path.indexOf(" ", at + 1)) count++;
  return count;
}

/** The grammar says 4 to 32 characters of `ident`; UUIDs in braces and mail-like ids are met. */
export function isMessageId(text: string): boolean {
  return text.length <= LONGEST_MESSAGE_ID && /^[!-~]+$/.test(text);
}

/** `text[from, to)` without blanks and tabs at its ends. A regular expression that does it takes a square of their number. */
export function trimmed(text: string, from: number, to: number): string {
  while (from < to && isBlank(text.charCodeAt(from))) from++;
  while (to > from && isBlank(text.charCodeAt(to - 1))) to--;
  return text.slice(from, to);
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09;
}

/** No control character but the tab, and no blank at either end. */
export function isCleanValue(text: string): boolean {
  return !/[\x00-\x08\x0a-\x1f\x7f]/.test(text) && !/^[ \t]|[ \t]$/.test(text);
}

/** A Byte-Range as it was read (RFC 4975 §7.1.1): `*` is -1. */
export interface ByteRange {
  start: number;
  end: number;
  total: number;
}

// 15 digits: the sums of two such numbers are still exact.
const RANGE = /^([0-9]{1,15})-([0-9]{1,15}|\*)\/([0-9]{1,15}|\*)$/;

/**
 * Null for what is no Byte-Range. The first octet is 1, and an end just before the start says that there is no octet
 * (`1-0/0`). An end behind the total is taken: the receiver counts what came anyway (§7.3.1).
 */
export function parseByteRange(text: string): ByteRange | null {
  const found = RANGE.exec(text);
  if (found === null) return null;
  const start = Number(found[1]);
  const end = found[2] === "*" ? -1 : Number(found[2]);
  const total = found[3] === "*" ? -1 : Number(found[3]);
  if (start < 1 || (end >= 0 && end < start - 1) || (total >= 0 && total < start - 1)) return null;
  return { start, end, total };
}

/** `namespace SP status-code [SP comment]` of a REPORT (§7.1.2); null for what is none. */
export function parseStatus(text: string): { namespace: string; status: number; comment: string } | null {
  const found = /^([0-9]{3}) ([0-9]{3})(?: ([^\x00-\x08\x0a-\x1f\x7f]*))?$/.exec(text);
  return found === null ? null : { namespace: found[1], status: Number(found[2]), comment: found[3] ?? "" };
}
