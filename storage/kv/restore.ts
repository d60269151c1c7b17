import { dirname } from "node:path";
import type { BackupFacts, RecoveryKey } from "../repositories.ts";
import { readBackup } from "./backup_reader.ts";
import { fileInfo, syncFolder, writeDurably } from "./durable_file.ts";
import { parseKeyFile } from "./key_file.ts";
import { isRemote, type Place } from "./place.ts";
import { reasonOf, StoreRefusal } from "./refusal.ts";
import { NO_SLOTS, restoredVault, vaultPath } from "./vault.ts";

export interface RestoreOptions {
  /** Puts aside a store that is there. */
  readonly force?: boolean;
  /** What the key ring in the backup is sealed with. */
  readonly recovery?: RecoveryKey | null;
}

const UNPACKED = ".unpacked";
const RESTORED = ".restored";
const BEFORE = ".before-restore";

/**
 * Puts a backup where `place` says. Nobody may have the store open: hold its lock. The place must be free, or `force` given:
 * then what was there stays beside it, as `*.before-restore` (the last one only). Rejects with StoreRefusal with nothing
 * changed: the whole backup is read and checked before.
 *
 * One rename decides: from then on, a crash leaves what `finishRestore` brings to its end when the store is opened.
 */
export async function restore(path: string, place: Place, options: RestoreOptions = {}): Promise<BackupFacts> {
  const { kv, keyFile } = place;
  if (isRemote(kv) || kv === ":memory:") {
    throw new StoreRefusal(kv, "is not a file: a KV Connect service is restored where it runs");
  }
  if (options.force !== true) {
    for (const file of [kv, keyFile]) {
      if ((fileInfo(file)?.size ?? 0) > 0) throw new StoreRefusal(file, "exists already; --force replaces it");
    }
  }
  const { facts, keyFile: ring, vault } = await unpack(path, kv + UNPACKED, options.recovery ?? null);
  const vaultFile = vaultPath({ keyFile: keyFile + RESTORED });
  try {
    // One without keys, too, where the backup has none: the one that is there belongs to the old database.
    writeDurably(vaultFile, restoredVault(parseKeyFile(ring, path).id, vault ?? NO_SLOTS));
    writeDurably(keyFile + RESTORED, new TextEncoder().encode(ring));
    Deno.renameSync(kv + UNPACKED, kv + RESTORED);
    syncFolder(dirname(kv));
  } catch (error) {
    for (const file of [kv + UNPACKED, keyFile + RESTORED, vaultFile]) remove(file);
    throw new StoreRefusal(kv, `cannot be restored: ${reasonOf(error)}`, { cause: error });
  }
  finishRestore(place);
  return facts;
}

/** Ends a restore that a crash cut off behind its decision, and removes what one before it left. Hold the lock. */
export function finishRestore(place: Place): void {
  const { kv, keyFile } = place;
  const vaultAt = (end: string) => vaultPath({ keyFile: keyFile + end });
  remove(kv + UNPACKED);
  for (const file of [keyFile + RESTORED, vaultAt(RESTORED)]) remove(`${file}.new`);
  if (fileInfo(kv + RESTORED) === null) {
    for (const file of [keyFile + RESTORED, vaultAt(RESTORED)]) remove(file);
    return;
  }
  // Each step may have been done already: what it moves is gone then. While both databases are aside, RESTORED stands for ours.
  for (const at of [vaultAt, (end: string) => keyFile + end]) {
    if (fileInfo(at(RESTORED)) === null) continue;
    move(at(""), at(BEFORE));
    move(at(RESTORED), at(""));
    syncFolder(dirname(keyFile));
  }
  if (fileInfo(kv) !== null) {
    // Of an earlier restore: not this database's.
    remove(`${kv}${BEFORE}-wal`);
    move(kv, kv + BEFORE);
  }
  // Its log belongs to the old database, and must not be taken for the new one's.
  move(`${kv}-wal`, `${kv}${BEFORE}-wal`);
  remove(`${kv}-shm`);
  syncFolder(dirname(kv));
  move(kv + RESTORED, kv);
  syncFolder(dirname(kv));
}

/** The backup's database as a file, synced; the file goes again where the backup is refused. */
async function unpack(path: string, to: string, recovery: RecoveryKey | null) {
  const file = openNew(to);
  try {
    const backup = await readBackup(path, recovery, async (database) => {
      try {
        for (let at = 0; at < database.length;) at += await file.write(database.subarray(at));
      } catch (error) {
        throw new StoreRefusal(to, `cannot be written: ${reasonOf(error)}`, { cause: error });
      }
    });
    await file.sync();
    file.close();
    return backup;
  } catch (error) {
    file.close();
    remove(to);
    throw error;
  }
}

function openNew(path: string): Deno.FsFile {
  try {
    return Deno.openSync(path, { write: true, create: true, truncate: true, mode: 0o600 });
  } catch (error) {
    throw new StoreRefusal(path, `cannot be written: ${reasonOf(error)}`, { cause: error });
  }
}

function move(from: string, to: string): void {
  if (fileInfo(from) !== null) Deno.renameSync(from, to);
}

function remove(path: string): void {
  if (fileInfo(path) !== null) Deno.removeSync(path);
}
