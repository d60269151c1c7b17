import { sha1 } from "@noble/hashes/legacy.js";
import type { FileSource } from "../../../client/mod.ts";
import type { LocalFile } from "../../model/mod.ts";

/** Octets read at once. */
const BLOCK = 262_144;
/** A larger file goes without a hash: counting would take longer than people wait for something to happen. */
const MOST_HASHED = 268_435_456;

/** A file of this machine as the client sends it. Reading it for its hash may fail: rejects then. `type`: where the file has none. */
export async function fileSource(file: LocalFile, alive: () => boolean): Promise<FileSource> {
  const hash = file.size <= MOST_HASHED ? sha1.create() : null;
  for (let at = 0; hash !== null && at < file.size && alive(); at += BLOCK) hash.update(await block(file, at));
  return {
    name: file.name,
    size: file.size,
    type: file.type === "" ? "application/octet-stream" : file.type,
    sha1: hash === null ? null : hash.digest(),
    open(from) {
      let at = from;
      return {
        async read() {
          if (at >= file.size) return null;
          const octets = await block(file, at);
          if (octets.length === 0) throw new Error("the file is shorter than it was");
          at += octets.length;
          return octets;
        },
      };
    },
  };
}

async function block(file: LocalFile, at: number): Promise<Uint8Array> {
  return new Uint8Array(await file.slice(at, Math.min(file.size, at + BLOCK)).arrayBuffer());
}
