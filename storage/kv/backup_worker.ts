/// <reference lib="webworker" />
import { createHash, type Hash } from "node:crypto";
import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { copyLive } from "./live_copy.ts";

/** `copy`: the database to a file of its own; `assemble`: head, that copy, vault and digest to one file, under its name at last. */
export type WorkerRequest =
  | { readonly what: "copy"; readonly from: string; readonly to: string }
  | {
    readonly what: "assemble";
    readonly head: Uint8Array;
    readonly database: string;
    readonly vault: Uint8Array;
    readonly part: string;
    readonly to: string;
  };

/** What is known of a copy. */
export interface Copied {
  readonly octets: number;
  readonly sha256: string;
  readonly users: number;
}

export type WorkerAnswer = { readonly done: Copied | null } | { readonly error: string };

declare const self: DedicatedWorkerGlobalScope;

const READ_OCTETS = 256 * 1024;

self.onmessage = ({ data }: MessageEvent<WorkerRequest>) => {
  try {
    const done = data.what === "copy" ? copy(data.from, data.to) : assemble(data);
    self.postMessage({ done } satisfies WorkerAnswer);
  } catch (error) {
    self.postMessage({ error: error instanceof Error ? error.message : String(error) } satisfies WorkerAnswer);
  }
};

function copy(from: string, to: string): Copied {
  // Before there is anything in it: nobody else may read it at any moment.
  Deno.openSync(to, { write: true, create: true, truncate: true, mode: 0o600 }).close();
  copyLive(from, to);
  const hash = createHash("sha256");
  const octets = readThrough(to, (piece) => hash.update(piece));
  return { octets, sha256: hash.digest("hex"), users: usersIn(to) };
}

/** Keys ["subscribers", …]: DenoKV writes text as 2, UTF-8, 0, and the second part is text too. */
function usersIn(path: string): number {
  const prefix = [2, ...new TextEncoder().encode("subscribers"), 0];
  const database = new DatabaseSync(path, { readOnly: true });
  try {
    const query = database.prepare("SELECT count(*) AS users FROM kv WHERE k > ? AND k < ?");
    return Number(query.get(new Uint8Array(prefix), new Uint8Array([...prefix, 0xff]))!.users);
  } finally {
    database.close();
  }
}

function assemble({ head, database, vault, part, to }: WorkerRequest & { what: "assemble" }): null {
  const hash = createHash("sha256");
  const file = Deno.openSync(part, { write: true, create: true, truncate: true, mode: 0o600 });
  try {
    writeAll(file, head, hash);
    readThrough(database, (piece) => writeAll(file, piece, hash));
    writeAll(file, vault, hash);
    writeAll(file, hash.digest(), null);
    file.syncSync();
  } finally {
    file.close();
  }
  Deno.renameSync(part, to);
  const folder = Deno.openSync(dirname(to), { read: true });
  folder.syncSync();
  folder.close();
  return null;
}

function writeAll(file: Deno.FsFile, octets: Uint8Array, hash: Hash | null): void {
  hash?.update(octets);
  for (let at = 0; at < octets.length;) at += file.writeSync(octets.subarray(at));
}

function readThrough(path: string, take: (piece: Uint8Array) => void): number {
  const buffer = new Uint8Array(READ_OCTETS);
  const file = Deno.openSync(path, { read: true });
  let octets = 0;
  try {
    for (let got = file.readSync(buffer); got !== null; got = file.readSync(buffer)) {
      take(buffer.subarray(0, got));
      octets += got;
    }
  } finally {
    file.close();
  }
  return octets;
}
