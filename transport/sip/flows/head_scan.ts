const CR = 13, LF = 10, SP = 32, HTAB = 9, COLON = 58;

/** The header is not there. */
export const NO_LENGTH = -1;
/** The header is there and says nothing usable: not a number, or two that differ. */
export const BAD_LENGTH = -2;

/**
 * Where the head that begins at `from` ends: the index after its empty line, or -1. Looks at every fourth octet only, and
 * never at what `searched` says was searched before.
 */
export function findHeadEnd(bytes: Uint8Array, from: number, end: number, searched = from): number {
  // `at` is where the last LF of CR LF CR LF could be.
  let at = Math.max(from + 3, searched);
  while (at < end) {
    const c = bytes[at];
    if (c === LF) {
      if (bytes[at - 1] === CR && bytes[at - 2] === LF && bytes[at - 3] === CR) return at + 1;
      at += 2;
    } else if (c === CR) at += 1;
    else at += 4;
  }
  return -1;
}

/**
 * The Content-Length of a head (latin1 text), folded or compact as it may be; `NO_LENGTH`, or `BAD_LENGTH`. Two that agree
 * are taken here and refused by the message's own check; two that differ would let a sender smuggle a message.
 */
export function contentLength(head: string): number {
  let length = NO_LENGTH;
  let at = nextLine(head, 0);
  const last = head.length - 2;
  while (at < last) {
    const c = head.charCodeAt(at) | 32;
    if (c === 99 || c === 108) {
      const value = lengthAt(head, at);
      if (value !== NO_LENGTH) {
        if (length !== NO_LENGTH && length !== value) return BAD_LENGTH;
        length = value;
      }
    }
    at = nextLine(head, at);
    if (at === 0) break;
  }
  return length;
}

/** Behind the next CRLF; 0 where there is none. Looking for one character is several times faster than for two. */
function nextLine(head: string, at: number): number {
  do at = head.indexOf("\n", at) + 1; while (at > 0 && head.charCodeAt(at - 2) !== CR);
  return at;
}

const NAME = "content-length";

/** The value where the line at `at` is a Content-Length line; else `NO_LENGTH`. */
function lengthAt(head: string, at: number): number {
  let i = at + 1;
  if ((head.charCodeAt(at) | 32) === 99) {
    for (let n = 1; n < NAME.length; n++, i++) {
      const c = head.charCodeAt(i);
      if ((n === 7 ? c : c | 32) !== NAME.charCodeAt(n)) return NO_LENGTH;
    }
  }
  i = skipBlanks(head, i);
  if (head.charCodeAt(i) !== COLON) return NO_LENGTH;
  i = skipFolded(head, i + 1);
  let value = 0;
  const digits = i;
  for (let c = head.charCodeAt(i); c >= 48 && c <= 57; c = head.charCodeAt(++i)) {
    value = value * 10 + c - 48;
    if (i - digits >= 10) return BAD_LENGTH;
  }
  if (i === digits) return BAD_LENGTH;
  i = skipFolded(head, i);
  return head.charCodeAt(i) === CR ? value : BAD_LENGTH;
}

function skipBlanks(head: string, i: number): number {
  for (let c = head.charCodeAt(i); c === SP || c === HTAB; c = head.charCodeAt(++i));
  return i;
}

/** Over blanks and over line ends that a blank follows (RFC 3261 §7.3.1). */
function skipFolded(head: string, i: number): number {
  for (;;) {
    i = skipBlanks(head, i);
    const next = head.charCodeAt(i + 2);
    if (head.charCodeAt(i) !== CR || (next !== SP && next !== HTAB)) return i;
    i += 2;
  }
}
