import { dirname, join } from "node:path";
import { randomHex } from "../../foundation/mod.ts";
import { type BackupFacts, type RecoveryKey, StorageError } from "../repositories.ts";
import { BackupReader } from "./backup_reader.ts";
import { fileInfo, syncFolder } from "./durable_file.ts";
import { reasonOf, StoreRefusal } from "./refusal.ts";

export interface ReceiveOptions {
  /** The key that shall open it; null where none was given. */
  readonly recovery: RecoveryKey | null;
  /** Of the whole file. */
  readonly maxOctets: number;
}

/** Hashed at once. */
const PIECE_OCTETS = 128 * 1024;
/** What messages call a backup that is on its way. */
const NAME = "the uploaded file";

/**
 * Takes a backup that is being uploaded into a new file of `folder` (0600), which is checked to its end. Rejects with
 * StoreRefusal as soon as what has come says that it is no backup, too large, from a newer Parley, or that the recovery key
 * does not open it: the rest is cancelled, and nothing is left behind. StorageError where it cannot be written.
 */
export async function receiveBackup(
  stream: ReadableStream<Uint8Array>,
  folder: string,
  { recovery, maxOctets }: ReceiveOptions,
): Promise<{ readonly path: string; readonly facts: BackupFacts }> {
  const path = join(folder, `received-${randomHex(8)}.parley`);
  const part = `${path}.part`;
  const source = stream.getReader();
  let file: Deno.FsFile | null = null;
  try {
    file = writing(() => {
      Deno.mkdirSync(folder, { recursive: true, mode: 0o700 });
      return Deno.openSync(part, { write: true, createNew: true, mode: 0o600 });
    });
    const reader = new BackupReader(NAME, recovery, maxOctets);
    for (let next = await source.read(); !next.done; next = await source.read()) {
      // Kept by the reader until it has what stands before the database.
      for (let at = 0; at < next.value.length; at += PIECE_OCTETS) {
        const piece = next.value.subarray(at, at + PIECE_OCTETS);
        reader.push(reader.facts === null ? piece.slice() : piece);
        await writeAll(file, piece);
      }
    }
    const { facts } = reader.finish();
    await file.sync();
    file.close();
    file = null;
    Deno.renameSync(part, path);
    syncFolder(dirname(path));
    return { path, facts };
  } catch (error) {
    file?.close();
    if (fileInfo(part) !== null) Deno.removeSync(part);
    // The sender may have gone already; what is wrong is known.
    await source.cancel(error).catch(() => {});
    if (error instanceof StoreRefusal || error instanceof StorageError) throw error;
    throw new StoreRefusal(NAME, `did not come to its end: ${reasonOf(error)}`, { cause: error });
  } finally {
    source.releaseLock();
  }
}

async function writeAll(file: Deno.FsFile, octets: Uint8Array): Promise<void> {
  try {
    for (let at = 0; at < octets.length;) at += await file.write(octets.subarray(at));
  } catch (error) {
    throw unwritten(error);
  }
}

function writing<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw unwritten(error);
  }
}

function unwritten(error: unknown): StorageError {
  const kind = /no space left|quota exceeded/i.test(reasonOf(error)) ? "full" : "failed";
  return new StorageError(kind, `the uploaded file cannot be kept: ${reasonOf(error)}`, { cause: error });
}
