/**
 * MIME multipart bodies (RFC 2046 §5.1) over octets: parts are views into the body, nothing is decoded or copied.
 */
import { concatBytes, EMPTY, fromLatin1, randomToken } from "../../foundation/mod.ts";
import { type MediaType, mediaTypeParam, parseMediaType } from "./media_type.ts";
import { mimeHeader, mimeHeadText, readMimeHead } from "./mime_head.ts";

/** One part. */
export interface BodyPart {
  /** Header lines in order, names as written, values unfolded, octets as characters. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** The octets between the empty line and the next delimiter. */
  readonly body: Uint8Array;
}

/** Parts in one body, header lines in one part, octets in one part's head: more is refused. */
export interface MultipartLimits {
  readonly parts: number;
  readonly headers: number;
  readonly head: number;
}

export const MULTIPART_LIMITS: MultipartLimits = { parts: 64, headers: 32, head: 8192 };

/** What needs no quotes as the value of a parameter (RFC 2045 §5.1, RFC 3261 §25.1). */
const TOKEN = /^[\w.!%*+`'~-]+$/;
/** Characters a boundary may have (RFC 2046 §5.1.1, bchars); the last one is no blank. */
const BOUNDARY = /^[0-9A-Za-z'()+_,\-./:=? ]{0,69}[0-9A-Za-z'()+_,\-./:=?]$/;
const CR = 13, LF = 10, SP = 32, HTAB = 9, DASH = 45;
const CRLF = fromLatin1("\r\n");

/** The boundary a multipart Content-Type names. Throws SyntaxError when it names none, or is not multipart. */
export function boundaryOf(type: MediaType): string {
  if (!type.essence.startsWith("multipart/")) throw new SyntaxError(`${type.essence} is not multipart`);
  const boundary = mediaTypeParam(type, "boundary");
  if (!BOUNDARY.test(boundary)) throw new SyntaxError("a multipart type without a valid boundary");
  return boundary;
}

/**
 * The parts of a multipart body, preamble and epilogue left out. Throws SyntaxError without a first or a last delimiter, for
 * a part whose head is none, and above the limits.
 */
export function parseMultipart(contentType: string, body: Uint8Array, limits = MULTIPART_LIMITS): BodyPart[] {
  const delimiter = fromLatin1(`--${boundaryOf(parseMediaType(contentType))}`);
  const parts: BodyPart[] = [];
  let partAt = -1;
  for (let at = findDelimiter(body, delimiter, 0); at >= 0; at = findDelimiter(body, delimiter, at)) {
    // The line break before a delimiter belongs to it.
    if (partAt >= 0) {
      if (parts.length === limits.parts) throw new SyntaxError(`more than ${limits.parts} parts`);
      parts.push(parsePart(body.subarray(partAt, Math.max(partAt, at - 2)), limits));
    }
    const after = at + delimiter.length;
    if (body[after] === DASH && body[after + 1] === DASH) {
      if (parts.length === 0) throw new SyntaxError("a multipart body without parts");
      return parts;
    }
    at = partAt = lineEnd(body, after);
  }
  throw new SyntaxError(partAt < 0 ? "the boundary is not in the body" : "the last part is not closed");
}

/** The value of a part's header, by its name in any case; undefined when there is none. */
export function partHeader(part: BodyPart, name: string): string | undefined {
  return mimeHeader(part.headers, name);
}

/**
 * A body made of parts, and its Content-Type. The boundary is drawn anew until no part has it inside. `subtype` as in
 * `mixed`, `related` …
 */
export function buildMultipart(
  subtype: string,
  parts: readonly BodyPart[],
  boundary = freshBoundary(parts),
): { readonly contentType: string; readonly body: Uint8Array } {
  const pieces: Uint8Array[] = [];
  for (const { headers, body } of parts) {
    pieces.push(fromLatin1(`--${boundary}\r\n${mimeHeadText(headers)}\r\n`), body, CRLF);
  }
  pieces.push(fromLatin1(`--${boundary}--\r\n`));
  // Last, and bare where it may be: there are readers that take for the boundary whatever stands behind the equals sign.
  const named = TOKEN.test(boundary) ? boundary : `"${boundary}"`;
  return { contentType: `multipart/${subtype};boundary=${named}`, body: concatBytes(pieces) };
}

function freshBoundary(parts: readonly BodyPart[]): string {
  for (;;) {
    const boundary = randomToken(24);
    const octets = fromLatin1(boundary);
    if (!parts.some(({ body }) => indexOfBytes(body, octets, 0) >= 0)) return boundary;
  }
}

function parsePart(octets: Uint8Array, limits: MultipartLimits): BodyPart {
  const head = readMimeHead(octets, 0, limits);
  if (head !== null) return { headers: head.headers, body: octets.subarray(head.bodyAt) };
  // A part may end with its headers: no body, no empty line.
  if (octets.length > 0 && octets[octets.length - 1] !== LF) throw new SyntaxError("a part whose headers do not end");
  return { headers: readMimeHead(concatBytes([octets, CRLF]), 0, limits)!.headers, body: EMPTY };
}

/**
 * Where the next delimiter line begins: at the start of the body or behind CRLF, and followed by `--`, blanks or CRLF. -1
 * when there is none. (`--abc` does not stand at the beginning of `--abcd`.)
 */
function findDelimiter(body: Uint8Array, delimiter: Uint8Array, from: number): number {
  for (let at = indexOfBytes(body, delimiter, from); at >= 0; at = indexOfBytes(body, delimiter, at + 1)) {
    const begins = at === 0 || (at >= 2 && body[at - 1] === LF && body[at - 2] === CR);
    if (begins && (isClose(body, at + delimiter.length) || lineEnd(body, at + delimiter.length) >= 0)) return at;
  }
  return -1;
}

function isClose(body: Uint8Array, at: number): boolean {
  return body[at] === DASH && body[at + 1] === DASH;
}

/** Behind the blanks and the CRLF that begin at `at`; -1 when there is anything else. */
function lineEnd(body: Uint8Array, at: number): number {
  while (body[at] === SP || body[at] === HTAB) at++;
  return body[at] === CR && body[at + 1] === LF ? at + 2 : -1;
}

/** Linear for delimiters: they begin with two dashes and hold no line break, so candidates do not overlap for long. */
function indexOfBytes(body: Uint8Array, wanted: Uint8Array, from: number): number {
  const first = wanted[0];
  for (let at = body.indexOf(first, from); at >= 0; at = body.indexOf(first, at + 1)) {
    let i = 1;
    while (i < wanted.length && body[at + i] === wanted[i]) i++;
    if (i === wanted.length) return at;
  }
  return -1;
}
