import { dirname, join } from "node:path";
import { type BackupFacts, type RecoveryKey, StorageError } from "../repositories.ts";
import { APPLICATION, encodeFacts, encodeHead, FORMAT } from "./backup_format.ts";
import type { Copied, WorkerAnswer, WorkerRequest } from "./backup_worker.ts";
import { fileInfo } from "./durable_file.ts";
import { sealKeyBlock } from "./key_block.ts";
import { parseKeyFile } from "./key_file.ts";
import { SCHEMA } from "./migrations.ts";
import { isRemote, type Place } from "./place.ts";
import { reasonOf } from "./refusal.ts";
import { sealVault } from "./vault_block.ts";

/** What a backup is made of. */
export interface BackupRequest {
  readonly place: Place;
  /** The new file. */
  readonly path: string;
  /** What the key ring is sealed with; null: not at all. */
  readonly recovery: RecoveryKey | null;
  readonly version: string;
  readonly now: number;
  /** Asked once the database is copied. */
  counts(): Omit<BackupFacts["contents"], "users">;
  /** Keys of the vault that are in use, packed; asked then, too: what was removed meanwhile is not taken along. */
  vault(): Uint8Array;
}

const COPY = ".copy";
const PART = ".part";
const STALE_MS = 3_600_000;

/**
 * Copies a live embedded store to one new file (backup_format.ts), mode 0600: the database as it was at one moment, and the key
 * file. It is made beside its place under another name, synced, and renamed: a file of that name is whole. Rejects with
 * StorageError; what was begun is removed then.
 */
export async function backup(request: BackupRequest): Promise<BackupFacts> {
  const { place, path } = request;
  if (isRemote(place.kv) || place.kv === ":memory:") {
    throw new StorageError("failed", `"${place.kv}" is not a file: a KV Connect service is backed up where it runs`);
  }
  if (fileInfo(path) !== null) throw new StorageError("failed", `"${path}" exists already`);
  const copyist = new Copyist();
  const temporary = [PART, ...["", "-wal", "-shm", "-journal"].map((end) => COPY + end)].map((end) => path + end);
  try {
    Deno.mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    removeStale(dirname(path), request.now);
    const copied = await copyist.ask<Copied>({ what: "copy", from: place.kv, to: path + COPY });
    const { facts, head, vault } = headOf(request, copied);
    await copyist.ask({ what: "assemble", head, vault, database: path + COPY, part: path + PART, to: path });
    return facts;
  } catch (error) {
    const kind = /disk is full|no space left|quota exceeded/i.test(reasonOf(error)) ? "full" : "failed";
    throw new StorageError(kind, `no backup was made at "${path}": ${reasonOf(error)}`, { cause: error });
  } finally {
    copyist.end();
    for (const file of temporary) if (fileInfo(file) !== null) Deno.removeSync(file);
  }
}

function headOf(request: BackupRequest, copied: Copied): { facts: BackupFacts; head: Uint8Array; vault: Uint8Array } {
  const { place, recovery, version, now } = request;
  // Read after the copy: a key made by a rotation in between is in it.
  const keyFile = Deno.readTextFileSync(place.keyFile);
  const vault = sealVault(request.vault());
  const facts: BackupFacts = {
    application: APPLICATION,
    format: FORMAT,
    schema: SCHEMA,
    version,
    createdAt: new Date(now).toISOString(),
    recoveryKey: recovery?.id ?? "",
    box: parseKeyFile(keyFile, place.keyFile).id,
    contents: { users: copied.users, ...request.counts() },
    octets: copied.octets,
    vault: vault.sealed.length,
  };
  const bound = encodeFacts(facts);
  const block = { keyFile, sha256: copied.sha256, vaultKey: vault.key };
  return { facts, head: encodeHead(bound, sealKeyBlock(block, bound, recovery)), vault: vault.sealed };
}

/** What a killed process left in the middle of a backup: it is as large as the database. */
function removeStale(folder: string, now: number): void {
  for (const { name, isFile } of Deno.readDirSync(folder)) {
    if (!isFile || !/\.parley\.(part|copy|copy-wal|copy-shm|copy-journal)$/.test(name)) continue;
    const path = join(folder, name);
    if (now - (fileInfo(path)?.mtime?.getTime() ?? now) > STALE_MS) Deno.removeSync(path);
  }
}

/** The worker that copies: it takes seconds for a large store, and SQLite does not let go of its thread meanwhile. */
class Copyist {
  readonly #worker = new Worker(new URL("./backup_worker.ts", import.meta.url), { type: "module", name: "backup" });

  /** One question at a time. */
  ask<T>(request: WorkerRequest): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.#worker.onmessage = ({ data }: MessageEvent<WorkerAnswer>) => {
        if ("error" in data) reject(new Error(data.error));
        else resolve(data.done as T);
      };
      this.#worker.onerror = (event) => {
        event.preventDefault();
        reject(new Error(event.message));
      };
      this.#worker.postMessage(request);
    });
  }

  end(): void {
    this.#worker.terminate();
  }
}
