import { join } from "node:path";
import { randomHex } from "../../foundation/mod.ts";
import type { BackupFacts, Storage } from "../../storage/mod.ts";
import { recoveryKeyOf } from "./recovery.ts";

/** One backup that has just been made. */
export interface BackupFile {
  /** `parley-20260801T021500123Z-9f3c-1f2e3d4c.parley`; `open` in the place of the recovery key's id where there is none. */
  readonly name: string;
  readonly path: string;
  readonly octets: number;
  readonly facts: BackupFacts;
}

/** Where a box keeps its backups. */
export function backupFolder(data: string): string {
  return join(data, "backups");
}

/**
 * Makes a backup among the box's own, sealed with its recovery key where it has one. The order of the names is that of time,
 * whoever asks: what is kept is told by it. Rejects with StorageError.
 */
export async function makeBackup(
  storage: Pick<Storage, "backup" | "records">,
  data: string,
  now: number,
): Promise<BackupFile> {
  const recovery = await recoveryKeyOf(storage);
  const folder = backupFolder(data);
  await Deno.mkdir(folder, { recursive: true, mode: 0o700 });
  const stamp = new Date(now).toISOString().replace(/[-:.]/g, "");
  const name = `parley-${stamp}-${randomHex(2)}-${recovery?.id ?? "open"}.parley`;
  const path = join(folder, name);
  const facts = await storage.backup(path, recovery);
  return { name, path, octets: (await Deno.stat(path)).size, facts };
}
