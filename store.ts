/** The storage of the box as its settings say, for the service and for commands that run without it. */
import { type Clock, type Log, type Metrics, systemClock, TimerQueues, type Timers } from "./foundation/mod.ts";
import type { Config } from "./config.ts";
import type { CertificateMade } from "./operations/mod.ts";
import {
  DEFAULT_HISTORY_LIMITS,
  type DeferredLimits,
  type HistoryLimits,
  type HistoryWords,
  openStorage,
  type ParleyStorage,
  parseRecoveryKey,
  restoreBackup,
  type StorageOptions,
} from "./storage/mod.ts";

/** What the storage shares with the box around it. */
export interface StorageSurroundings {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: Log;
  readonly metrics?: Metrics;
  /** Parley's version, which backups name. */
  readonly version?: string;
  /** Limits that may change while the box runs; default: those of the settings. */
  readonly deferred?: DeferredLimits;
  readonly history?: HistoryLimits;
  /** What recorded messages are found by; absent: searches look at all that is put away meanwhile. */
  readonly historyWords?: HistoryWords;
}

/** What may wait, as the settings say. */
export function deferredLimits(deferred: Config["deferred"]): DeferredLimits {
  const { quota_messages, quota_bytes, total_messages, total_bytes } = deferred;
  return { count: quota_messages, octets: quota_bytes, totalCount: total_messages, totalOctets: total_bytes };
}

/** What may be recorded, as the settings say. */
export function historyLimits({ quota_bytes, quota_conversations, total_bytes }: Config["history"]): HistoryLimits {
  const { totalRecordings } = DEFAULT_HISTORY_LIMITS;
  return { octets: quota_bytes, recordings: quota_conversations, totalOctets: total_bytes, totalRecordings };
}

function optionsOf({ storage, deferred, history }: Config, surroundings: StorageSurroundings): StorageOptions {
  return {
    ...surroundings,
    kv: storage.kv,
    keyFile: storage.key_file,
    deferred: surroundings.deferred ?? deferredLimits(deferred),
    history: surroundings.history ?? historyLimits(history),
  };
}

/** Timers that run for as long as one command needs the storage. */
function ownTimers(log: Log): TimerQueues {
  const timers = new TimerQueues(systemClock, (error) => {
    log.error("unexpected failure", { error: error instanceof Error ? error.stack : String(error) });
  });
  timers.run();
  return timers;
}

/** Opens the storage for a box that runs. Rejects with StoreRefusal. */
export async function openConfiguredStorage(config: Config, surroundings: StorageSurroundings): Promise<ParleyStorage> {
  return await openStorage(optionsOf(config, surroundings));
}

/** Opens the storage for one command. Rejects with StoreRefusal. */
export async function openForCommand(config: Config, log: Log, version: string): Promise<ParleyStorage> {
  const timers = ownTimers(log);
  try {
    const storage = await openConfiguredStorage(config, { clock: systemClock, timers, log, version });
    const close = storage.close.bind(storage);
    storage.close = () => close().finally(() => timers.stop());
    return storage;
  } catch (error) {
    timers.stop();
    throw error;
  }
}

/** Makes the box's own certificate anew while no box runs; `use`: its doors will show it. Rejects with OperationError. */
export async function renewForCommand(
  config: Config,
  storage: ParleyStorage,
  log: Log,
  use: boolean,
): Promise<CertificateMade> {
  // Loaded here: no other command needs it.
  const { CERTIFICATE_RECORDS, CertificateKeeper } = await import("./certificates/mod.ts");
  const timers = ownTimers(log);
  try {
    const keeper = await CertificateKeeper.open({
      config,
      clock: systemClock,
      timers,
      log,
      records: await storage.records(CERTIFICATE_RECORDS.name, CERTIFICATE_RECORDS.max),
      audit: (event, actor, facts) => storage.auditLog.append({ at: systemClock.now(), event, actor, facts }),
    });
    return await keeper.renewOwn(use, "cli");
  } finally {
    timers.stop();
  }
}

/**
 * Puts a backup in the place of the store; with `force` also where one is, which is kept beside it. `recoveryKey`: as typed, ""
 * for none. Says in a line what was done. Rejects with StoreRefusal, RangeError for what is no recovery key.
 */
export async function restoreFrom(
  config: Config,
  path: string,
  { force, recoveryKey }: { force: boolean; recoveryKey: string },
): Promise<string> {
  const { kv, key_file } = config.storage;
  const recovery = recoveryKey === "" ? null : parseRecoveryKey(recoveryKey);
  const { createdAt, contents } = await restoreBackup(path, { kv, keyFile: key_file }, systemClock, {
    force,
    recovery,
  });
  return `${kv} and ${key_file} are those of ${createdAt}, with ${contents.users} users`;
}
