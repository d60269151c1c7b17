import type { FindableMessage, HistoryMessage } from "../../../storage/mod.ts";
import {
  type BodyPart,
  CPIM_TYPE,
  cpimContentType,
  imdnHeaders,
  mediaType,
  mediaTypeParam,
  mimeHeader,
  parseMediaType,
  parseMultipart,
  partHeader,
  tryParseCpim,
} from "../../../transport/payload/mod.ts";
import { composed } from "./words.ts";

/** Bodies within each other that are looked into: a wrapper, its multipart body, a part of that. */
export const DEPTH = 3;
const decoders = new Map<string, TextDecoder>();
const UTF8 = decoderOf("utf-8");

/** A body without its wrapper: the content of `message/cpim`, or what came. */
export interface InnerBody {
  readonly contentType: string;
  readonly body: Uint8Array;
  /** It is coded (compressed, base64): its octets are not its text. */
  readonly coded: boolean;
  /** Message-ID of RFC 5438; "" where its wrapper has none, or there is none. */
  readonly messageId: string;
}

/** What a person reads or opens of a message. `body`: of a large one its beginning, as far as it is there. */
export function innerBody(message: Pick<HistoryMessage, "contentType" | "headers">, body: Uint8Array): InnerBody {
  const { contentType } = message;
  const coded = /^content-encoding[ \t]*:[ \t]*(?![ \t]|identity[ \t]*$)/im.test(message.headers);
  if (coded || mediaType(contentType) !== CPIM_TYPE) return { contentType, body, coded, messageId: "" };
  const cpim = tryParseCpim(body);
  if (cpim === null) return { contentType, body, coded: true, messageId: "" };
  return {
    contentType: cpimContentType(cpim),
    body: cpim.body,
    coded: isCoded((name) => mimeHeader(cpim.contentHeaders, name)),
    messageId: imdnHeaders(cpim).messageId ?? "",
  };
}

/** The text of a message, composed; null where it is none. Of several parts the first that is text. */
export function textOf(message: FindableMessage): string | null {
  return message.content === null ? firstText(innerBody(message, message.body), DEPTH) : null;
}

/** All that a message can be found by: its text, and the name of its file. */
export function textsOf(message: FindableMessage): string[] {
  const text = textOf(message);
  const texts = text === null ? [] : [text];
  if (message.file !== "") texts.push(composed(message.file));
  return texts;
}

/** The octets of a message that is nothing but text in UTF-8; null for all others. */
export function plainOctets({ contentType, headers, file, body, content }: FindableMessage): Uint8Array | null {
  return headers === "" && file === "" && content === null && isPlainText(contentType) ? body : null;
}

/** What they say, or what they end with, from a character on that begins one; composed. */
export function textOfOctets(octets: Uint8Array): string {
  return composed(UTF8.decode(octets));
}

/** Decodes a text of this type that comes in pieces. */
export function pieceDecoder(contentType: string): TextDecoder {
  return new TextDecoder(decoderFor(contentType).encoding);
}

function firstText({ contentType, body, coded }: Omit<InnerBody, "messageId">, depth: number): string | null {
  if (coded || body.length === 0) return null;
  const essence = mediaType(contentType);
  if (essence.startsWith("text/")) {
    const text = composed(decoded(contentType, body));
    return essence === "text/html" ? plainOf(text) : text;
  }
  if (!essence.startsWith("multipart/") || depth === 0) return null;
  for (const part of partsOf(contentType, body)) {
    const text = firstText(innerPart(part), depth - 1);
    if (text !== null) return text;
  }
  return null;
}

/** A multipart's part as what may be a text. */
export function innerPart(part: BodyPart): Omit<InnerBody, "messageId"> {
  return {
    contentType: partHeader(part, "Content-Type") ?? "text/plain",
    body: part.body,
    coded: isCoded((name) => partHeader(part, name)),
  };
}

function isCoded(header: (name: string) => string | undefined): boolean {
  const transfer = header("Content-Transfer-Encoding")?.trim().toLowerCase() ?? "8bit";
  return !/^(?:7bit|8bit|binary)$/.test(transfer) ||
    (header("Content-Encoding")?.trim().toLowerCase() ?? "identity") !== "identity";
}

/** Its parts; none where it is not what its type says. */
export function partsOf(contentType: string, body: Uint8Array): BodyPart[] {
  try {
    return parseMultipart(contentType, body);
  } catch (error) {
    if (error instanceof SyntaxError) return [];
    throw error;
  }
}

/** Text in the character set that its type says; UTF-8 where it says none, or one that nobody knows. */
function decoded(contentType: string, body: Uint8Array): string {
  return (contentType.includes(";") ? decoderFor(contentType) : UTF8).decode(body);
}

/** Messages one after the other mostly have one type. */
let lastType = "";
let lastDecoder = UTF8;

let plainType = "text/plain";
let isPlain = true;

function isPlainText(contentType: string): boolean {
  if (contentType !== plainType) {
    const essence = mediaType(contentType);
    isPlain = essence.startsWith("text/") && essence !== "text/html" &&
      (!contentType.includes(";") || decoderFor(contentType) === UTF8);
    plainType = contentType;
  }
  return isPlain;
}

function decoderFor(contentType: string): TextDecoder {
  if (contentType !== lastType) {
    lastDecoder = decoderOf(charsetOf(contentType));
    lastType = contentType;
  }
  return lastDecoder;
}

function charsetOf(contentType: string): string {
  try {
    return mediaTypeParam(parseMediaType(contentType), "charset").toLowerCase();
  } catch (error) {
    if (error instanceof SyntaxError) return "utf-8";
    throw error;
  }
}

function decoderOf(label: string): TextDecoder {
  // What is called ASCII and has other octets is UTF-8 by all odds; the standard would have it be windows-1252.
  if (label === "" || label === "us-ascii" || label === "ascii" || label === "utf-8") label = "utf8";
  let decoder = decoders.get(label);
  if (decoder !== undefined) return decoder;
  try {
    decoder = new TextDecoder(label);
  } catch (error) {
    if (error instanceof RangeError) return UTF8;
    throw error;
  }
  // As many as there are names of character sets, a few hundred.
  decoders.set(label, decoder);
  return decoder;
}

const ENTITIES: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'", nbsp: " " };

/** The words of HTML, without its tags. For looking, never to be shown as HTML. */
export function plainOf(html: string): string {
  return html.replace(/<[^<>]*>/g, " ").replace(
    /&(?:#([0-9]{1,7})|#x([0-9a-f]{1,6})|([a-z]{2,5}));/gi,
    (all, ten, hex, name) => {
      if (name !== undefined) return ENTITIES[name.toLowerCase()] ?? all;
      const code = ten !== undefined ? Number(ten) : parseInt(hex, 16);
      return code > 0 && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff) ? String.fromCodePoint(code) : " ";
    },
  );
}
