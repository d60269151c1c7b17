import { createHash } from "node:crypto";
import { dirname, join } from "node:path";
import { StorageError } from "../repositories.ts";
import type { CopyAnswer, CopyRequest } from "./backup_worker.ts";
import { fileInfo, syncFolder, writeDurably } from "./durable_file.ts";
import { readKeyFile } from "./key_file.ts";
import { SCHEMA } from "./migrations.ts";
import { isRemote, type Place } from "./open.ts";
import { reasonOf, StoreRefusal } from "./refusal.ts";

const DATABASE = "parley.kv";
const KEY = "parley.key";
const MANIFEST = "manifest.json";
const APPLICATION = "parley backup";
const FORMAT = 1;
const READ_OCTETS = 256 * 1024;

interface FileFacts {
  readonly octets: number;
  readonly sha256: string;
}

/** `manifest.json` of a backup folder. It is written last: a folder without it is no backup. */
export interface BackupManifest {
  readonly application: typeof APPLICATION;
  readonly format: number;
  readonly schema: number;
  readonly createdAt: string;
  readonly files: Readonly<Record<string, FileFacts>>;
}

/**
 * Copies a live embedded store to a new folder: database, key file, manifest. THE FOLDER HOLDS THE KEY: who has it can read
 * everything, so it belongs where the admin keeps secrets (folder mode 0700, files 0600). Gives the octets written. Rejects
 * with StorageError; what was begun is removed then.
 */
export async function backup(place: Place, folder: string, now: number): Promise<number> {
  if (isRemote(place.kv) || place.kv === ":memory:") {
    throw new StorageError("failed", `"${place.kv}" is not a file: a KV Connect service is backed up where it runs`);
  }
  const existed = fileInfo(folder) !== null;
  if (existed && [...Deno.readDirSync(folder)].length > 0) {
    throw new StorageError("failed", `"${folder}" is not empty: a backup goes into a folder of its own`);
  }
  try {
    Deno.mkdirSync(folder, { recursive: true, mode: 0o700 });
    const database = await copyDatabase({ from: place.kv, to: join(folder, DATABASE) });
    // Read after the copy: a key made by a rotation in between is in it.
    const key = Deno.readFileSync(place.keyFile);
    writeDurably(join(folder, KEY), key);
    const files = { [DATABASE]: database, [KEY]: { octets: key.length, sha256: sha256(key) } };
    const manifest: BackupManifest = {
      application: APPLICATION,
      format: FORMAT,
      schema: SCHEMA,
      createdAt: new Date(now).toISOString(),
      files,
    };
    const text = new TextEncoder().encode(JSON.stringify(manifest, null, 2) + "\n");
    writeDurably(join(folder, MANIFEST), text);
    return database.octets + key.length + text.length;
  } catch (error) {
    removeBackup(folder, existed);
    const kind = /disk is full|no space left/i.test(reasonOf(error)) ? "full" : "failed";
    throw new StorageError(kind, `no backup was made in "${folder}": ${reasonOf(error)}`, { cause: error });
  }
}

function removeBackup(folder: string, keepFolder: boolean): void {
  if (fileInfo(folder) === null) return;
  for (const { name } of Deno.readDirSync(folder)) Deno.removeSync(join(folder, name));
  if (!keepFolder) Deno.removeSync(folder);
}

/** In a worker, because copying takes seconds for a large store and SQLite does not let go of its thread meanwhile. */
function copyDatabase(request: CopyRequest): Promise<FileFacts> {
  const worker = new Worker(new URL("./backup_worker.ts", import.meta.url), { type: "module", name: "backup" });
  return new Promise<FileFacts>((resolve, reject) => {
    worker.onmessage = ({ data }: MessageEvent<CopyAnswer>) => {
      if ("error" in data) reject(new Error(data.error));
      else resolve(data);
    };
    worker.onerror = (event) => {
      event.preventDefault();
      reject(new Error(event.message));
    };
    worker.postMessage(request);
  }).finally(() => worker.terminate());
}

export interface RestoreOptions {
  /** Replaces a store that is there. */
  readonly force?: boolean;
}

/**
 * Puts a backup where `place` says. The whole backup is verified first; the place must be free, or `force` given. Nobody may
 * have the store open: hold its lock. Throws StoreRefusal with nothing changed. The key file goes first and the database last,
 * each by rename, so that a crash leaves a place that refuses to open, never one that opens wrongly.
 */
export function restore(folder: string, place: Place, options: RestoreOptions = {}): BackupManifest {
  if (isRemote(place.kv) || place.kv === ":memory:") {
    throw new StoreRefusal(place.kv, "is not a file: a KV Connect service is restored where it runs");
  }
  const manifest = verifyBackup(folder);
  if (options.force !== true) {
    for (const path of [place.kv, place.keyFile]) {
      if ((fileInfo(path)?.size ?? 0) > 0) throw new StoreRefusal(path, "exists already; --force replaces it");
    }
  }
  copyWhole(join(folder, DATABASE), `${place.kv}.restored`);
  copyWhole(join(folder, KEY), `${place.keyFile}.restored`);
  Deno.renameSync(`${place.keyFile}.restored`, place.keyFile);
  // The old log must not be taken for the new database's.
  for (const path of [`${place.kv}-wal`, `${place.kv}-shm`]) if (fileInfo(path) !== null) Deno.removeSync(path);
  Deno.renameSync(`${place.kv}.restored`, place.kv);
  for (const path of new Set([dirname(place.kv), dirname(place.keyFile)])) syncFolder(path);
  return manifest;
}

/** Reads and checks a backup folder: manifest, sizes, SHA-256, key file. Throws StoreRefusal. */
export function verifyBackup(folder: string): BackupManifest {
  const path = join(folder, MANIFEST);
  if (fileInfo(path) === null) throw new StoreRefusal(folder, `is no backup: it has no ${MANIFEST}`);
  let manifest: BackupManifest;
  try {
    manifest = JSON.parse(Deno.readTextFileSync(path)) as BackupManifest;
  } catch (error) {
    throw new StoreRefusal(path, `is damaged: ${reasonOf(error)}`, { cause: error });
  }
  if (manifest?.application !== APPLICATION || manifest.format !== FORMAT) {
    throw new StoreRefusal(path, `is no manifest of a backup (format ${FORMAT}) of Parley`);
  }
  if (manifest.schema > SCHEMA) {
    throw new StoreRefusal(path, `is of a newer Parley (schema ${manifest.schema}; this one knows up to ${SCHEMA})`);
  }
  for (const name of [DATABASE, KEY]) {
    const facts = manifest.files?.[name];
    const file = join(folder, name);
    const info = fileInfo(file);
    if (info === null || facts === undefined) throw new StoreRefusal(file, "is missing from the backup");
    if (info.size !== facts.octets || hashOf(file) !== facts.sha256) {
      throw new StoreRefusal(file, "is damaged: it is not what the manifest of the backup says");
    }
  }
  readKeyFile(join(folder, KEY));
  return manifest;
}

function copyWhole(from: string, to: string): void {
  try {
    Deno.copyFileSync(from, to);
    Deno.chmodSync(to, 0o600);
    const file = Deno.openSync(to, { write: true });
    file.syncSync();
    file.close();
  } catch (error) {
    throw new StoreRefusal(to, `cannot be written: ${reasonOf(error)}`, { cause: error });
  }
}

function sha256(content: Uint8Array): string {
  return createHash("sha256").update(content).digest("hex");
}

function hashOf(path: string): string {
  const hash = createHash("sha256");
  const buffer = new Uint8Array(READ_OCTETS);
  const file = Deno.openSync(path, { read: true });
  try {
    for (let got = file.readSync(buffer); got !== null; got = file.readSync(buffer)) {
      hash.update(buffer.subarray(0, got));
    }
  } finally {
    file.close();
  }
  return hash.digest("hex");
}
