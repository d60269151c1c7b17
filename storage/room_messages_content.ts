import { type Contents, type RoomMessage, StorageError, type StoredContent } from "./repositories.ts";

/** A large body on its way into a content, as fast as the store takes it. */
export interface BodyWriting {
  /** None of it is wanted any more; `done` is not called. Also when it is written, where nothing has claimed it. */
  abandon(): void;
}

/** Writes the body, which stays as it is meanwhile; `done` once, never inside the call. Throws StorageError where too many are written. */
export function writeBody(
  contents: Contents,
  { body }: RoomMessage,
  done: (outcome: StoredContent | StorageError) => void,
): BodyWriting {
  const writer = contents.write();
  let next = 0;
  let offset = 0;
  const feed = () => {
    while (next < body.length && !writer.full && writer.error === null) {
      const piece = body[next];
      const end = Math.min(piece.length, offset + STEP_OCTETS);
      writer.write(piece.subarray(offset, end));
      offset = end;
      if (offset < piece.length) continue;
      next++;
      offset = 0;
    }
    if (next < body.length && writer.error === null) return;
    writer.onRoom = null;
    writer.finish(done);
  };
  writer.onRoom = feed;
  feed();
  return writer;
}

const STEP_OCTETS = 60_000;

/** All of a content. Rejects as `Contents.read`. */
export async function readBody(contents: Contents, content: StoredContent): Promise<Uint8Array> {
  const octets = new Uint8Array(content.octets);
  for (let at = 0; at < octets.length;) {
    const some = await contents.read(content, at, MOST_READ);
    if (some.length === 0) throw new StorageError("failed", `a content ends after ${at} octets of ${octets.length}`);
    octets.set(some, at);
    at += some.length;
  }
  return octets;
}

const MOST_READ = 1024 * 1024;
