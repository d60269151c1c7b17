import { createHash } from "node:crypto";
import type { KvContents } from "./contents.ts";
import type { Contents, ContentWriter, StorageError, StoredContent } from "./repositories.ts";

/** Octets that are unlike at every place, from a seed. For tests only, as all of this file. */
export function octetsOf(length: number, seed = 1): Uint8Array {
  const octets = new Uint8Array(length);
  let state = seed * 2654435761 >>> 0 || 1;
  for (let i = 0; i < length; i++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    octets[i] = state;
  }
  return octets;
}

export function sha256(octets: Uint8Array): string {
  return createHash("sha256").update(octets).digest("hex");
}

export function finished(writer: ContentWriter): Promise<StoredContent | StorageError> {
  return new Promise((resolve) => writer.finish(resolve));
}

/** Waits while a writer is full. */
export async function room(writer: ContentWriter): Promise<void> {
  while (writer.full) {
    await new Promise<void>((resolve) => {
      writer.onRoom = resolve;
    });
  }
}

/** Writes it in pieces, as a source that holds when it is told to. Throws what the writer says. */
export async function writeContent(contents: Contents, octets: Uint8Array, piece = 16_384): Promise<StoredContent> {
  const writer = contents.write();
  for (let at = 0; at < octets.length; at += piece) {
    writer.write(octets.subarray(at, at + piece));
    await room(writer);
  }
  const outcome = await finished(writer);
  if (outcome instanceof Error) throw outcome;
  return outcome;
}

export async function readContent(contents: Contents, content: StoredContent, piece = 16_384): Promise<Uint8Array> {
  const whole = new Uint8Array(content.octets);
  for (let at = 0;;) {
    const some = await contents.read(content, at, piece);
    if (some.length === 0) return whole.subarray(0, at);
    whole.set(some, at);
    at += some.length;
  }
}

/** The chunks that are stored, by the names of their contents. */
export async function storedChunks(kv: Pick<Deno.Kv, "list">): Promise<Map<string, number>> {
  const names = new Map<string, number>();
  for await (const { key } of kv.list({ prefix: ["content"] }, { batchSize: 10 })) {
    names.set(String(key[1]), (names.get(String(key[1])) ?? 0) + 1);
  }
  return names;
}

/** What tests need of the contents beyond their door. */
export function innerContents({ contents }: { readonly contents: Contents }): KvContents {
  return contents as KvContents;
}

/** Once all that is to be removed has been. */
export async function removed(contents: KvContents): Promise<void> {
  while (contents.removing > 0) await new Promise((resolve) => setTimeout(resolve, 0));
}
