import { concatBytes, EMPTY, fromLatin1, toLatin1 } from "../../../foundation/mod.ts";
import type { BodyReader, FindableMessage } from "../../../storage/mod.ts";
import { boundaryOf, CPIM_TYPE, mediaType, parseMediaType } from "../../../transport/payload/mod.ts";
import { ALONE, foldedCode, PARTS } from "./folding.ts";
import { DEPTH, type InnerBody, innerBody, innerPart, partsOf, pieceDecoder, plainOf } from "./message_text.ts";
import { composed } from "./words.ts";

/** Octets in which the text of a wrapped body, or of one in parts, has to begin. */
const HEAD = 64 * 1024;
/** Where a text has no blank for so long it is cut elsewhere; as much of a tag that does not end is waited for. */
const RUN = 4096;
/** Jamo that are put together with what stands before them. */
const JOINING = /[\u1160-\u11ff]/;

/** Where the text of a body is. */
interface TextPlace {
  readonly contentType: string;
  /** As far as it is there. */
  readonly text: Uint8Array;
  /** What ends it; empty where the body does. */
  readonly delimiter: Uint8Array;
}

/** Is given a text piece by piece, `at` characters behind its beginning. False: it needs no more. */
export type TextSink = (text: string, at: number) => boolean;

/**
 * The text of a body that comes in pieces: without its wrapper, of several parts the first that is text, decoded, composed, of HTML the
 * words. No word is cut, but where there is no end of one for thousands of characters. Memory is that of the pieces.
 */
export class LongText implements BodyReader {
  readonly #message: FindableMessage;
  readonly #sink: TextSink;
  /** What came before it is known where the text begins. */
  #head: Uint8Array[] = [];
  #headOctets = 0;
  #decoder: TextDecoder | null = null;
  #html = false;
  #delimiter: Uint8Array = EMPTY;
  /** May be the beginning of the delimiter. */
  #held: Uint8Array = EMPTY;
  #text = "";
  #at = 0;
  #over = false;

  private constructor(message: FindableMessage, sink: TextSink) {
    this.#message = message;
    this.#sink = sink;
  }

  /** Null where the type says that it is no text. */
  static of(message: FindableMessage, sink: TextSink): LongText | null {
    const { contentType, coded } = innerBody(message, EMPTY);
    const essence = mediaType(contentType);
    const mayBe = essence === CPIM_TYPE || /^(?:text|multipart)\//.test(essence);
    if (!mayBe || (coded && essence !== CPIM_TYPE)) return null;
    const text = new LongText(message, sink);
    if (essence.startsWith("text/")) text.#begin({ contentType, text: EMPTY, delimiter: EMPTY });
    return text;
  }

  take(octets: Uint8Array): boolean {
    if (this.#decoder !== null) return this.#octets(octets, false);
    this.#head.push(octets.slice());
    this.#headOctets += octets.length;
    return this.#headOctets < HEAD || this.#findText();
  }

  end(): void {
    if (this.#over || (this.#decoder === null && !this.#findText())) return;
    this.#octets(EMPTY, true);
  }

  #findText(): boolean {
    const place = textPlace(innerBody(this.#message, concatBytes(this.#head)), EMPTY, DEPTH);
    this.#head = [];
    if (place === null) return false;
    this.#begin(place);
    return this.#octets(place.text, false);
  }

  #begin({ contentType, delimiter }: TextPlace): void {
    this.#decoder = pieceDecoder(contentType);
    this.#html = mediaType(contentType) === "text/html";
    this.#delimiter = delimiter;
  }

  /** False where no more is needed: the text is over, or whoever is given it has enough. */
  #octets(octets: Uint8Array, last: boolean): boolean {
    if (this.#over) return false;
    const { text, ends, held } = upTo(this.#delimiter, concatBytes([this.#held, octets]), last);
    this.#held = held;
    this.#over = ends || last;
    this.#text += this.#decoder!.decode(text, { stream: !this.#over });
    if (!this.#give()) this.#over = true;
    return !this.#over;
  }

  #give(): boolean {
    const end = this.#over ? this.#text.length : cutOf(this.#text, this.#html);
    if (end === 0) return true;
    const raw = this.#text.slice(0, end);
    this.#text = this.#text.slice(end);
    const text = this.#html ? plainOf(composed(raw)) : composed(raw);
    const at = this.#at;
    this.#at += text.length;
    return this.#sink(text, at);
  }
}

/** Null where there is no text, as far as the body is there. */
function textPlace(
  { contentType, body, coded }: Omit<InnerBody, "messageId">,
  delimiter: Uint8Array,
  depth: number,
): TextPlace | null {
  if (coded) return null;
  const essence = mediaType(contentType);
  if (essence.startsWith("text/")) return { contentType, text: body, delimiter };
  if (!essence.startsWith("multipart/") || depth === 0) return null;
  const own = delimiterOf(contentType);
  if (own === null) return null;
  for (const part of partsThere(contentType, body, own)) {
    const place = textPlace(innerPart(part.part), own, depth - 1);
    if (place === null) continue;
    // What stands behind a part that is closed is not of it.
    return part.isOpen ? place : { ...place, text: concatBytes([place.text, place.delimiter]) };
  }
  return null;
}

/** The parts of a body of which the beginning is there; the last one may go on. */
function partsThere(contentType: string, body: Uint8Array, delimiter: Uint8Array) {
  for (const octets of [body, body.subarray(0, lastIndexOf(body, delimiter))]) {
    // What is there of the last part counts as a part: a delimiter behind it makes it one.
    const closed = concatBytes([octets, delimiter, CLOSE]);
    const end = closed.byteOffset + octets.length;
    const parts = partsOf(contentType, closed).map((part) => ({
      part,
      isOpen: octets === body && part.body.byteOffset + part.body.length === end,
    }));
    // None: its last part ends inside of its head, perhaps.
    if (parts.length > 0) return parts;
  }
  return [];
}

function lastIndexOf(octets: Uint8Array, wanted: Uint8Array): number {
  return Math.max(0, toLatin1(octets).lastIndexOf(toLatin1(wanted)));
}

const CLOSE = fromLatin1("--\r\n");

function delimiterOf(contentType: string): Uint8Array | null {
  try {
    return fromLatin1(`\r\n--${boundaryOf(parseMediaType(contentType))}`);
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

/** What stands before a delimiter; without `last`, what may be the beginning of one is held. */
function upTo(delimiter: Uint8Array, octets: Uint8Array, last: boolean) {
  if (delimiter.length === 0) return { text: octets, ends: false, held: EMPTY };
  const [first] = delimiter;
  for (let at = octets.indexOf(first); at >= 0; at = octets.indexOf(first, at + 1)) {
    let same = 1;
    while (same < delimiter.length && octets[at + same] === delimiter[same]) same++;
    const text = octets.subarray(0, at);
    if (same === delimiter.length) return { text, ends: true, held: EMPTY };
    if (at + same === octets.length && !last) return { text, ends: false, held: octets.slice(at) };
  }
  return { text: octets, ends: false, held: EMPTY };
}

/** Where a text that goes on may be cut: behind a blank, or else where another word begins, never in a tag; 0 for nowhere yet. */
function cutOf(text: string, html: boolean): number {
  const at = wordEnd(text);
  if (!html || at === 0) return at;
  const tag = text.lastIndexOf("<", at - 1);
  return tag > text.lastIndexOf(">", at - 1) && at - tag < RUN ? tag : at;
}

function wordEnd(text: string): number {
  const { length } = text;
  const least = Math.max(0, length - RUN);
  for (let at = length; at > least; at--) if (isBlank(text.charCodeAt(at - 1))) return at;
  if (least === 0) return 0;
  // A script without blanks, or no text for people.
  for (let at = length - 1; at > least; at--) if (partsAt(text, at)) return at;
  return length;
}

function partsAt(text: string, at: number): boolean {
  const code = text.codePointAt(at)!;
  if (isLowHalf(code) || JOINING.test(text[at])) return false;
  const folded = foldedCode(code);
  return folded >= ALONE || (folded === PARTS && code < 0x80);
}

function isBlank(code: number): boolean {
  return code === 0x20 || (code >= 9 && code <= 13) || code === 0x3000;
}

function isLowHalf(code: number): boolean {
  return code >= 0xdc00 && code <= 0xdfff;
}
