import { dirname } from "node:path";

/**
 * Writes a file so that after a crash at any moment there is the old one or the new one, whole: a temporary file beside it,
 * fsync, rename, fsync of the folder. The file is readable by its owner only.
 */
export function writeDurably(path: string, content: Uint8Array): void {
  const temporary = `${path}.new`;
  const file = Deno.openSync(temporary, { write: true, create: true, truncate: true, mode: 0o600 });
  try {
    for (let at = 0; at < content.length;) at += file.writeSync(content.subarray(at));
    file.syncSync();
  } finally {
    file.close();
  }
  Deno.renameSync(temporary, path);
  syncFolder(dirname(path));
}

/** Makes renames and new names in a folder durable. */
export function syncFolder(path: string): void {
  const folder = Deno.openSync(path, { read: true });
  try {
    folder.syncSync();
  } finally {
    folder.close();
  }
}

/** What is at `path`; null when there is nothing. */
export function fileInfo(path: string): Deno.FileInfo | null {
  try {
    return Deno.statSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}
