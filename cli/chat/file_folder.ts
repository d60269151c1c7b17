import { join } from "node:path";
import { createHash, type Hash } from "node:crypto";
import type { FileSink } from "../../client/mod.ts";
import { type FileSelector, localFileName } from "../../transport/payload/mod.ts";
import { sha1Of } from "./shared_files.ts";

/** Beginnings of files that broke off, to go on with. */
const PARTIALS = 100;

/** The folder that files from others go to. Nothing outside of it is touched, and nothing in it is overwritten. */
export class FileFolder {
  readonly path: string;
  readonly #partials = new Map<string, string>();
  readonly #problem: (text: string) => void;
  #count = 0;

  /** `problem` hears of what cannot be tidied up. */
  constructor(path: string, problem: (text: string) => void) {
    this.path = path;
    this.#problem = problem;
  }

  /** Makes the folder where it is missing. Throws what the system says. */
  prepare(): void {
    Deno.mkdirSync(this.path, { recursive: true });
  }

  /**
   * A place for a file of which `start` octets should be here already; null where they are not. Throws what the system says.
   */
  sinkFor(selector: FileSelector, start: number): FileSink | null {
    const name = localFileName(selector.name ?? "file");
    const key = keyOf(selector);
    const partial = this.#partials.get(key);
    if (start > 0) {
      if (partial === undefined || Deno.statSync(partial).size < start) return null;
      this.#partials.delete(key);
      return new FolderSink(this, name, key, partial, start);
    }
    if (partial !== undefined) this.#drop(key, partial);
    let temporary: string;
    // Two programs may use the same folder.
    do temporary = join(this.path, `.${name}.${++this.#count}.part`); while (exists(temporary));
    return new FolderSink(this, name, key, temporary, 0);
  }

  /** A name that is free: `notes.txt`, `notes (2).txt` … */
  freePath(name: string): string {
    const dot = name.lastIndexOf(".");
    const stem = dot > 0 ? name.slice(0, dot) : name;
    const ending = dot > 0 ? name.slice(dot) : "";
    let path = join(this.path, name);
    for (let i = 2; exists(path); i++) path = join(this.path, `${stem} (${i})${ending}`);
    return path;
  }

  keepPartial(key: string, path: string): void {
    this.#partials.set(key, path);
    for (const [oldest, old] of this.#partials) {
      if (this.#partials.size <= PARTIALS) break;
      this.#drop(oldest, old);
    }
  }

  /** Removes what broke off for good. */
  close(): void {
    for (const [key, path] of this.#partials) this.#drop(key, path);
  }

  #drop(key: string, path: string): void {
    this.#partials.delete(key);
    this.remove(path);
  }

  /** Never throws: what stays is told. */
  remove(path: string): void {
    try {
      Deno.removeSync(path);
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return;
      this.#problem(`"${path}" is of no use and cannot be removed: ${(error as Error).message}`);
    }
  }
}

/** One file on its way into the folder: a hidden one beside its place until its hash was compared. */
class FolderSink implements FileSink {
  readonly #folder: FileFolder;
  readonly #name: string;
  readonly #key: string;
  readonly #path: string;
  readonly #file: Deno.FsFile;
  #at: number;
  /** Over what came in order from the first octet on; null where it did not, and the file is read again. */
  #hash: Hash | null;
  #hashed = 0;
  #problem = "";

  constructor(folder: FileFolder, name: string, key: string, path: string, start: number) {
    this.#folder = folder;
    this.#name = name;
    this.#key = key;
    this.#path = path;
    this.#file = Deno.openSync(path, { read: true, write: true, create: true, mode: 0o600 });
    this.#at = 0;
    this.#hash = start === 0 ? createHash("sha1") : null;
  }

  write(octets: Uint8Array, offset: number): string {
    if (this.#problem !== "") return this.#problem;
    try {
      if (offset !== this.#at) this.#file.seekSync(offset, Deno.SeekMode.Start);
      for (let done = 0; done < octets.length;) done += this.#file.writeSync(octets.subarray(done));
      this.#at = offset + octets.length;
    } catch (error) {
      this.#problem = `it cannot be written: ${(error as Error).message}`;
      return this.#problem;
    }
    if (this.#hash !== null && offset === this.#hashed) {
      this.#hash.update(octets);
      this.#hashed += octets.length;
    } else this.#hash = null;
    return "";
  }

  finish(done: (sha1: Uint8Array | null, problem: string) => void): void {
    this.#file.close();
    if (this.#hash !== null) {
      const sha1 = new Uint8Array(this.#hash.digest());
      return queueMicrotask(() => done(sha1, ""));
    }
    sha1Of(this.#path).then(
      (sha1) => done(sha1, ""),
      (error) => done(null, `it cannot be read again: ${(error as Error).message}`),
    );
  }

  keep(): string {
    const path = this.#folder.freePath(this.#name);
    Deno.renameSync(this.#path, path);
    return path;
  }

  abort(_reason: string, partial: boolean): void {
    try {
      this.#file.close();
    } catch (error) {
      // Closed by `finish`.
      if (!(error instanceof Deno.errors.BadResource)) throw error;
    }
    if (partial) this.#folder.keepPartial(this.#key, this.#path);
    else this.#folder.remove(this.#path);
  }
}

/** What is the same for the same file: its hash and size, or else its name and size. */
function keyOf({ name, size, hashes }: FileSelector): string {
  return `${hashes[0]?.value ?? name ?? ""} ${size ?? ""}`;
}

function exists(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
