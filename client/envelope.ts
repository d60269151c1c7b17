import { utf8 } from "../foundation/mod.ts";
import {
  CPIM_TYPE,
  type CpimAddress,
  cpimContentType,
  cpimDateTime,
  cpimFrom,
  type CpimHead,
  type CpimMessage,
  dateTimeText,
  type DispositionRequest,
  type Imdn,
  IMDN_TYPE,
  imdnHeaders,
  imdnNamespace,
  imdnRequest,
  imdnsOf,
  IS_COMPOSING_TYPE,
  type IsComposing,
  isImdn,
  newImdnMessageId,
  parseCpim,
  parseImdn,
  parseIsComposing,
  writeCpim,
  type XmlReader,
} from "../transport/payload/mod.ts";

export const TEXT = "text/plain;charset=UTF-8";

/** What a message of ours is wrapped with. */
export interface Wrapping {
  readonly from: CpimAddress;
  readonly to: string;
  /** Wall time, ms since the epoch. */
  readonly now: number;
  readonly contentType: string;
  /** What the recipient is asked to tell (RFC 5438 §7.1.1.3). */
  readonly requests: readonly DispositionRequest[];
  readonly id?: string;
}

/** Content as a `message/cpim` body (RFC 3862) with its Message-ID. */
export function wrapped(body: Uint8Array, wrapping: Wrapping): { readonly id: string; readonly body: Uint8Array } {
  const id = wrapping.id ?? newImdnMessageId();
  const parts = {
    from: wrapping.from,
    to: [{ name: "", uri: wrapping.to }],
    dateTime: dateTimeText(wrapping.now),
    namespaces: [imdnNamespace],
    extensions: imdnRequest(id, wrapping.requests),
    contentHeaders: [["Content-Type", wrapping.contentType]] as const,
  };
  return { id, body: writeCpim(parts, body) };
}

/** Text as octets and its type. */
export function textBody(text: string): Uint8Array {
  return utf8(text);
}

/** A body that came in, without what it was wrapped in. */
export type Opened =
  | {
    readonly kind: "content";
    /** Null where it was not wrapped: then nobody asked for notifications. */
    readonly head: CpimHead | null;
    readonly id: string;
    readonly from: CpimAddress | null;
    readonly sentAt: string;
    readonly contentType: string;
    /** A view into what was opened. */
    readonly body: Uint8Array;
  }
  | { readonly kind: "notifications"; readonly list: readonly Imdn[] }
  /** `from`: null where it was not wrapped. */
  | { readonly kind: "composing"; readonly status: IsComposing; readonly from: CpimAddress | null }
  | { readonly kind: "unreadable"; readonly reason: string };

/** Takes a body apart. Never throws: what cannot be read says why. */
export function opened(contentType: string, body: Uint8Array, xml: XmlReader): Opened {
  try {
    const type = essence(contentType);
    if (type === CPIM_TYPE) return fromCpim(parseCpim(body), xml);
    if (type === IMDN_TYPE) return { kind: "notifications", list: [parseImdn(body, xml)] };
    if (type === IS_COMPOSING_TYPE) return { kind: "composing", status: parseIsComposing(body, xml), from: null };
    return { kind: "content", head: null, id: "", from: null, sentAt: "", contentType, body };
  } catch (error) {
    if (error instanceof SyntaxError) return { kind: "unreadable", reason: error.message };
    throw error;
  }
}

function fromCpim(message: CpimMessage, xml: XmlReader): Opened {
  if (isImdn(message)) return { kind: "notifications", list: imdnsOf(message, xml) };
  const contentType = cpimContentType(message);
  if (essence(contentType) === IS_COMPOSING_TYPE) {
    return { kind: "composing", status: parseIsComposing(message.body, xml), from: cpimFrom(message) ?? null };
  }
  return {
    kind: "content",
    head: message,
    id: imdnHeaders(message).messageId ?? "",
    from: cpimFrom(message) ?? null,
    sentAt: cpimDateTime(message) ?? "",
    contentType,
    body: message.body,
  };
}

/** `Text/Plain; charset=utf-8` as `text/plain`. */
export function essence(contentType: string): string {
  const semicolon = contentType.indexOf(";");
  return (semicolon < 0 ? contentType : contentType.slice(0, semicolon)).trim().toLowerCase();
}

const decoders = new Map<string, TextDecoder>();

/** A body of text as Unicode; "" for what is no text. An unknown charset is read as UTF-8. */
export function textOf(contentType: string, body: Uint8Array): string {
  if (!essence(contentType).startsWith("text/")) return "";
  const charset = (/;\s*charset\s*=\s*"?([A-Za-z0-9._-]{1,40})/i.exec(contentType)?.[1] ?? "utf-8").toLowerCase();
  let decoder = decoders.get(charset);
  if (decoder === undefined) {
    decoder = decoderOf(charset);
    if (decoders.size < 32) decoders.set(charset, decoder);
  }
  return decoder.decode(body);
}

function decoderOf(charset: string): TextDecoder {
  try {
    return new TextDecoder(charset);
  } catch (error) {
    if (error instanceof RangeError) return new TextDecoder();
    throw error;
  }
}
