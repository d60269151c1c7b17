import { EMPTY } from "../../../foundation/mod.ts";
import { type Contents, type ContentWriter, StorageError, type StoredContent } from "../../../storage/mod.ts";

/** Octets up to which a body is kept in the record of its message; what is longer becomes a content of its own. */
export const IN_RECORD = 16_384;
/** Written between two looks at whether there is room for more. */
const AT_ONCE = 240_000;

/** A body as `HistoryMessage` wants it. */
export interface KeptBody {
  /** Empty where `content` has it. */
  readonly body: Uint8Array;
  /** Claimed once for the caller, who releases it when the desk has told that it is done, or it is not wanted: `releaseBody`. */
  readonly content: StoredContent | null;
}

/**
 * Brings a body that is there as a whole into the form in which it is kept: a short one stays what it is, a long one is written first, no
 * faster than the store takes it. `done` once: for a short one inside the call, else later. The octets must not change until then.
 */
export function keepBody(contents: Contents, body: Uint8Array, done: (kept: KeptBody | StorageError) => void): void {
  if (body.length <= IN_RECORD) return done({ body, content: null });
  let writer: ContentWriter;
  try {
    writer = contents.write();
  } catch (error) {
    if (!(error instanceof StorageError)) throw error;
    return queueMicrotask(() => done(error));
  }
  let at = 0;
  const goOn = (): void => {
    while (at < body.length && writer.error === null) {
      if (writer.full) return;
      writer.write(body.subarray(at, at += AT_ONCE));
    }
    writer.onRoom = null;
    writer.finish((outcome) => done(outcome instanceof StorageError ? outcome : claimed(contents, outcome)));
  };
  writer.onRoom = goOn;
  goOn();
}

/** The caller's part in it ends: whoever it was given to holds it, else it goes. */
export function releaseBody(contents: Contents, { content }: KeptBody): void {
  if (content !== null) contents.release(content);
}

function claimed(contents: Contents, content: StoredContent): KeptBody {
  contents.claim(content);
  return { body: EMPTY, content };
}
