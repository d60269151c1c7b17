/// <reference lib="webworker" />
import { join } from "node:path";
import { type Clock, silentLog, systemClock, TimerQueues } from "../foundation/mod.ts";
import { recoveryKeyFrom } from "./kv/recovery_key.ts";
import { reasonOf, StoreRefusal } from "./kv/refusal.ts";
import { examineStorage, restoreBackup } from "./open_storage.ts";
import type { TestRestoreReport } from "./test_restore.ts";

/** What the worker is asked: to restore this backup in that folder, and to read it. */
export interface TestRestoreRequest {
  readonly path: string;
  /** Octets of the recovery key. */
  readonly recovery: Uint8Array | null;
  readonly folder: string;
}

export type TestRestoreAnswer =
  | { readonly report: TestRestoreReport }
  | { readonly refusal: { readonly file: string; readonly reason: string } };

declare const self: DedicatedWorkerGlobalScope;

self.onmessage = async ({ data }: MessageEvent<TestRestoreRequest>) => {
  let answer: TestRestoreAnswer;
  try {
    answer = { report: await tested(data) };
  } catch (error) {
    const refusal = error instanceof StoreRefusal ? error : new StoreRefusal(data.path, `fails: ${reasonOf(error)}`);
    answer = { refusal: { file: refusal.file, reason: refusal.reason } };
  }
  self.postMessage(answer);
};

async function tested({ path, recovery, folder }: TestRestoreRequest): Promise<TestRestoreReport> {
  const began = performance.now();
  const place = { kv: join(folder, "parley.kv"), keyFile: join(folder, "parley.key") };
  const facts = await restoreBackup(path, place, systemClock, {
    recovery: recovery === null ? null : recoveryKeyFrom(recovery),
  });
  // At the time of the backup, so that what has expired since is read too.
  const behind = systemClock.now() - Date.parse(facts.createdAt);
  const clock: Clock = { now: () => systemClock.now() - behind, monotonic: () => systemClock.monotonic() };
  const timers = new TimerQueues(clock, (error) => {
    throw error;
  });
  timers.run();
  try {
    const examined = await examineStorage({ ...place, clock, timers, log: silentLog });
    return { facts, ...examined, ms: Math.round(performance.now() - began) };
  } catch (error) {
    if (!(error instanceof StoreRefusal)) throw error;
    throw new StoreRefusal(path, `does not work when it is restored: ${error.message}`, { cause: error });
  } finally {
    timers.stop();
  }
}
