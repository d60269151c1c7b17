import { setImmediate } from "node:timers";
import type { HistoryBook } from "./history_book.ts";
import { findableIn } from "./history_message_codec.ts";
import { signatureOf } from "./history_signature.ts";
import { TermSet } from "./history_term_set.ts";
import type { BodyReader, HistoryWords } from "./history_types.ts";
import { DamageError } from "./kv/blob_store.ts";
import type { Contents, StoredContent } from "./repositories.ts";

/** Octets of a body in a content that are looked at for words. What stands behind them is not found. */
export const LONG_TEXT_OCTETS = 1024 * 1024;
/** Read at once: the loop is held no longer than by a message in a record. */
const PIECE = 16 * 1024;
/** Terms of one segment with long texts: 80 KB of signature, beside which a record has room for all else. */
const MOST_TERMS = 65_536;

/**
 * Gives a content to whoever reads it, piece by piece, up to `LONG_TEXT_OCTETS`, and holds it meanwhile. `goesOn` is asked behind each
 * piece. Rejects with StorageError where it is gone or cannot be read, DamageError.
 */
export async function readLongText(
  contents: Pick<Contents, "read" | "claim" | "release">,
  content: StoredContent,
  reader: BodyReader,
  goesOn: () => Promise<boolean>,
): Promise<void> {
  contents.claim(content);
  try {
    const end = Math.min(content.octets, LONG_TEXT_OCTETS);
    for (let at = 0; at < end;) {
      const piece = await contents.read(content, at, Math.min(PIECE, end - at));
      at += piece.length;
      if (!reader.take(piece) || !await goesOn()) return;
    }
    reader.end();
  } finally {
    contents.release(content);
  }
}

/**
 * The signature of messages of which some are in contents. Where they have more terms than a signature has room for it is empty: then
 * every search looks into them. Rejects with StorageError.
 */
export async function longSignature(book: HistoryBook, words: HistoryWords, packed: Uint8Array): Promise<Uint8Array> {
  // Of its own: others are made while a text is read.
  const terms = new TermSet();
  const isLeft = () => new Promise<boolean>((resolve) => setImmediate(() => resolve(terms.size <= MOST_TERMS)));
  for (const message of findableIn(packed)) {
    for (const term of words.termsOf(message)) terms.add(term);
    const reader = message.content === null ? null : words.longTerms(message, (term) => terms.add(term));
    if (reader === null) continue;
    try {
      await readLongText(book.contents, message.content!, reader, isLeft);
    } catch (error) {
      if (!(error instanceof DamageError)) throw error;
      // Nobody can read it, so nobody finds it: the others are put away all the same.
      book.report.warn("a recorded text is damaged and cannot be found by its words", { reason: error.message });
    }
    if (terms.size > MOST_TERMS) return new Uint8Array(0);
  }
  return signatureOf(terms);
}
