import type { Contents, HistoryMessage } from "../../../storage/mod.ts";
import { CPIM_LIMITS, CPIM_TYPE, mediaType, readCpimHead } from "../../../transport/payload/mod.ts";
import { innerBody } from "../search/message_text.ts";

/** Contents of messages, as far as they are read here. */
export type ReadContents = Pick<Contents, "read" | "claim" | "release">;

/** Octets read at once: a multiple of three, so that base64 can be written piece by piece. */
const PIECE = 180_000;
/** Both heads of a CPIM wrapper. */
const HEADS = 2 * CPIM_LIMITS.head;

/** A body that is read piece by piece, however long. */
export interface MessageBody {
  readonly contentType: string;
  /** Its octets are not its text: compressed, or base64. */
  readonly coded: boolean;
  readonly octets: number;
  /** Message-ID of RFC 5438 in its wrapper; "" for none. */
  readonly messageId: string;
  /** From its beginning. Its content is held while it is being read. Rejects with StorageError where it is gone, and with DamageError. */
  pieces(): AsyncGenerator<Uint8Array>;
}

/** The body as it came. */
export function originalBody(message: HistoryMessage, contents: ReadContents): MessageBody {
  const { contentType, headers, body, content } = message;
  const { coded } = innerBody({ contentType: "application/octet-stream", headers }, body);
  const octets = content === null ? body.length : content.octets;
  return { contentType, coded, octets, messageId: "", pieces: () => piecesOf(message, contents, 0) };
}

/** What a person reads or opens: without the CPIM wrapper, where there is one that can be read. Rejects with StorageError, DamageError. */
export async function contentBody(message: HistoryMessage, contents: ReadContents): Promise<MessageBody> {
  const { content } = message;
  const wrapped = mediaType(message.contentType) === CPIM_TYPE;
  if (content === null) {
    const inner = innerBody(message, message.body);
    return { ...inner, octets: inner.body.length, pieces: () => only(inner.body) };
  }
  const whole = originalBody(message, contents);
  const begin = wrapped && !whole.coded ? await contents.read(content, 0, HEADS) : null;
  const bodyAt = begin === null ? 0 : headEnd(begin);
  if (begin === null || bodyAt === 0) return whole;
  const { contentType, coded, messageId } = innerBody(message, begin);
  return {
    contentType,
    coded,
    messageId,
    octets: content.octets - bodyAt,
    pieces: () => piecesOf(message, contents, bodyAt),
  };
}

/** Where the content begins; 0 where there is no wrapper that can be read. */
function headEnd(octets: Uint8Array): number {
  try {
    return readCpimHead(octets)?.bodyAt ?? 0;
  } catch (error) {
    if (error instanceof SyntaxError) return 0;
    throw error;
  }
}

async function* only(octets: Uint8Array): AsyncGenerator<Uint8Array> {
  if (octets.length > 0) yield octets;
}

async function* piecesOf({ body, content }: HistoryMessage, contents: ReadContents, from: number) {
  if (content === null) {
    if (body.length > from) yield body.subarray(from);
    return;
  }
  contents.claim(content);
  try {
    for (let at = from; at < content.octets;) {
      const piece = await contents.read(content, at, PIECE);
      if (piece.length === 0) return;
      yield piece;
      at += piece.length;
    }
  } finally {
    contents.release(content);
  }
}

/** What a generator makes, as a stream that makes it when it is read: nothing is begun for an answer that nobody reads. */
export function streamOf(pieces: AsyncGenerator<Uint8Array | string>): ReadableStream<Uint8Array<ArrayBuffer>> {
  const encoder = new TextEncoder();
  return new ReadableStream<Uint8Array<ArrayBuffer>>({
    pull: async (controller) => {
      const { done, value } = await pieces.next();
      if (done) return controller.close();
      controller.enqueue((typeof value === "string" ? encoder.encode(value) : value) as Uint8Array<ArrayBuffer>);
    },
    cancel: async () => void await pieces.return(undefined),
  }, { highWaterMark: 0 });
}
