/// <reference lib="webworker" />
import { createHash } from "node:crypto";
import { backup, DatabaseSync } from "node:sqlite";

/** What the worker is asked: copy this database to that path. */
export interface CopyRequest {
  readonly from: string;
  readonly to: string;
}

/** What it answers. */
export type CopyAnswer = { readonly octets: number; readonly sha256: string } | { readonly error: string };

declare const self: DedicatedWorkerGlobalScope;

const READ_OCTETS = 256 * 1024;

// All pages in one step.
const WHOLE = 2 ** 31 - 1;

self.onmessage = async ({ data }: MessageEvent<CopyRequest>) => {
  try {
    const answer: CopyAnswer = await copy(data);
    self.postMessage(answer);
  } catch (error) {
    self.postMessage({ error: error instanceof Error ? error.message : String(error) } satisfies CopyAnswer);
  }
};

// One step is one read transaction: the copy is the store as it was at one moment, whatever is committed meanwhile. (VACUUM
// INTO would pack it too, but attaches the copy, which Deno refuses unless all of the disk may be written.)
async function copy({ from, to }: CopyRequest): Promise<CopyAnswer> {
  const database = new DatabaseSync(from, { readOnly: true });
  try {
    await backup(database, to, { rate: WHOLE });
  } finally {
    database.close();
  }
  const file = Deno.openSync(to, { read: true, write: true });
  try {
    Deno.chmodSync(to, 0o600);
    file.syncSync();
    const hash = createHash("sha256");
    const buffer = new Uint8Array(READ_OCTETS);
    let octets = 0;
    for (let got = file.readSync(buffer); got !== null; got = file.readSync(buffer)) {
      hash.update(buffer.subarray(0, got));
      octets += got;
    }
    return { octets, sha256: hash.digest("hex") };
  } finally {
    file.close();
  }
}
