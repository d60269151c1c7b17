/** What the console would have set, put into the data of a box that does not run. */
import { silentLog, systemClock, TimerQueues } from "../../foundation/mod.ts";
import { openStorage } from "../../storage/mod.ts";

/** `values` by key, each as it would stand in the file: confirmed, with no history. */
export async function presetSettings(data: string, values: Readonly<Record<string, unknown>>): Promise<void> {
  await Deno.mkdir(data, { recursive: true, mode: 0o700 });
  const timers = new TimerQueues(systemClock, (error) => {
    throw error;
  });
  timers.run();
  const [kv, keyFile] = [`${data}/parley.kv`, `${data}/parley.key`];
  const storage = await openStorage({ kv, keyFile, clock: systemClock, timers, log: silentLog });
  try {
    await storage.settings.set("console_settings", { version: 1, values, changed: {}, history: [] });
  } finally {
    await storage.close();
    timers.stop();
  }
}
