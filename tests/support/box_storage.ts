import { silentLog, systemClock, TimerQueues } from "../../foundation/mod.ts";
import { openStorage, type ParleyStorage } from "../../storage/mod.ts";

/** Works on the storage of a box that does not run, in its data folder. */
export async function withStorage(data: string, work: (storage: ParleyStorage) => Promise<void>): Promise<void> {
  const timers = new TimerQueues(systemClock, (error) => {
    throw error;
  });
  timers.run();
  const [kv, keyFile] = [`${data}/parley.kv`, `${data}/parley.key`];
  const storage = await openStorage({ kv, keyFile, clock: systemClock, timers, log: silentLog });
  try {
    await work(storage);
  } finally {
    await storage.close();
    timers.stop();
  }
}
