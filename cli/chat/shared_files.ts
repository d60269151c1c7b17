import { createHash } from "node:crypto";
import { basename } from "node:path";
import type { FileSource } from "../../client/mod.ts";
import { type FileSelector, hashText, selectsFile } from "../../transport/payload/mod.ts";

const BLOCK = 65_536;
/** Files that others may ask for. */
const SHARED = 1000;

const TYPES: Readonly<Record<string, string>> = {
  txt: "text/plain",
  md: "text/markdown",
  html: "text/html",
  csv: "text/csv",
  json: "application/json",
  pdf: "application/pdf",
  zip: "application/zip",
  gz: "application/gzip",
  png: "image/png",
  jpg: "image/jpeg",
  jpeg: "image/jpeg",
  gif: "image/gif",
  webp: "image/webp",
  svg: "image/svg+xml",
  mp3: "audio/mpeg",
  ogg: "audio/ogg",
  wav: "audio/wav",
  mp4: "video/mp4",
  webm: "video/webm",
};

/** What a name ends with says what is in it; nothing else is asked. */
export function typeOf(name: string): string {
  return TYPES[name.slice(name.lastIndexOf(".") + 1).toLowerCase()] ?? "application/octet-stream";
}

/** A file of this machine with its SHA-1, which takes a moment. Rejects with what is wrong with it. */
export async function fileSource(path: string): Promise<FileSource> {
  const facts = await Deno.stat(path);
  if (!facts.isFile) throw new Error(`"${path}" is no file`);
  const name = basename(path);
  return { name, size: facts.size, type: typeOf(name), sha1: await sha1Of(path), open: (from) => blocks(path, from) };
}

/** The SHA-1 of a file, read block by block. */
export async function sha1Of(path: string): Promise<Uint8Array> {
  const hash = createHash("sha1");
  const reader = blocks(path, 0);
  try {
    for (let block = await reader.read(); block !== null; block = await reader.read()) hash.update(block);
  } finally {
    reader.close();
  }
  return new Uint8Array(hash.digest());
}

/** Reads a file from an octet on. The file is opened at the first `read`. */
function blocks(path: string, from: number): { read(): Promise<Uint8Array | null>; close(): void } {
  let file: Deno.FsFile | null = null;
  let closed = false;
  return {
    async read() {
      if (closed) return null;
      if (file === null) {
        const opened = await Deno.open(path);
        if (closed) {
          opened.close();
          return null;
        }
        file = opened;
        if (from > 0) await file.seek(from, Deno.SeekMode.Start);
      }
      const block = new Uint8Array(BLOCK);
      const read = await file.read(block);
      if (closed) file.close();
      return read === null ? null : block.subarray(0, read);
    },
    close() {
      if (closed) return;
      closed = true;
      // One that is being read is closed when that is done.
      try {
        file?.close();
      } catch (error) {
        if (!(error instanceof Deno.errors.Busy)) throw error;
      }
    },
  };
}

/** Files that others may ask for by name, size or hash. */
export class SharedFiles {
  readonly #files: FileSource[] = [];

  add(source: FileSource): void {
    const same = this.#files.findIndex(({ name }) => name === source.name);
    if (same >= 0) this.#files.splice(same, 1);
    if (this.#files.length >= SHARED) throw new RangeError(`${SHARED} files are shared already`);
    this.#files.push(source);
  }

  /** The first that fits everything that was said. */
  find(selector: FileSelector): FileSource | undefined {
    return this.#files.find(({ name, size, type, sha1 }) =>
      selectsFile(selector, {
        name,
        size,
        type,
        hashes: sha1 === null ? [] : [{ algorithm: "sha-1", value: hashText(sha1) }],
      })
    );
  }
}
