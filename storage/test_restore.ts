import { join } from "node:path";
import { systemClock } from "../foundation/mod.ts";
import { fileInfo } from "./kv/durable_file.ts";
import { reasonOf, StoreRefusal } from "./kv/refusal.ts";
import { StoreLock } from "./kv/store_lock.ts";
import type { BackupFacts, RecoveryKey } from "./repositories.ts";
import type { TestRestoreAnswer, TestRestoreRequest } from "./test_restore_worker.ts";

/** What a test-restore found. */
export interface TestRestoreReport {
  readonly facts: BackupFacts;
  readonly users: number;
  readonly registrations: number;
  readonly subscriptions: number;
  readonly publications: number;
  readonly rooms: number;
  readonly roomMessages: number;
  readonly deferredMessages: number;
  readonly auditEntries: number;
  readonly documents: number;
  readonly recordings: number;
  /** How long it took. */
  readonly ms: number;
}

/**
 * Restores a backup in `scratchFolder` and reads all of it there, as a box would that starts from it; then removes it. Needs
 * as much disk as the database has. In a worker: the box goes on meanwhile. Rejects with StoreRefusal, whose message says
 * what is wrong with the backup; also while another test-restore works in that folder.
 */
export async function testRestore(
  path: string,
  recovery: RecoveryKey | null,
  scratchFolder: string,
): Promise<TestRestoreReport> {
  Deno.mkdirSync(scratchFolder, { recursive: true, mode: 0o700 });
  const folder = join(scratchFolder, "test-restore");
  const lock = StoreLock.take(`${folder}.lock`, folder, systemClock.now());
  try {
    // What a killed one left: it holds a database and its key.
    await removeFolder(folder);
    Deno.mkdirSync(folder, { mode: 0o700 });
    const answer = await inWorker({ path, recovery: recovery?.octets ?? null, folder });
    if ("refusal" in answer) throw new StoreRefusal(answer.refusal.file, answer.refusal.reason);
    const { facts, users } = answer.report;
    // Counted in the database itself; an import that was under way then is finished when it is opened, and only adds.
    if (users < facts.contents.users) {
      throw new StoreRefusal(path, `holds ${users} users, and should hold ${facts.contents.users}`);
    }
    return answer.report;
  } finally {
    try {
      await removeFolder(folder);
    } finally {
      lock.release();
    }
  }
}

async function removeFolder(folder: string): Promise<void> {
  if (fileInfo(folder) !== null) await Deno.remove(folder, { recursive: true });
}

function inWorker(request: TestRestoreRequest): Promise<TestRestoreAnswer> {
  const options: WorkerOptions = { type: "module", name: "test-restore" };
  const worker = new Worker(new URL("./test_restore_worker.ts", import.meta.url), options);
  return new Promise<TestRestoreAnswer>((resolve) => {
    const fail = (error: unknown) =>
      resolve({ refusal: { file: request.path, reason: `could not be tested: ${reasonOf(error)}` } });
    worker.onmessage = ({ data }: MessageEvent<TestRestoreAnswer>) => resolve(data);
    worker.onerror = (event) => {
      event.preventDefault();
      fail(event.message);
    };
    worker.postMessage(request);
  }).finally(() => worker.terminate());
}
