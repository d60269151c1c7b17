import { join } from "node:path";

/** The data folder is in use by another process. */
export class DataBusyError extends Error {
  constructor(data: string) {
    super(`${data} is in use by another Parley; stop it first, or name another folder with --data`);
    this.name = "DataBusyError";
  }
}

/**
 * Takes the data folder for this process: one box, or one command, at a time (two writers would not see each other's
 * caches). The lock goes with the process, however it ends. Makes the folder, for its owner only, where it is missing.
 * Rejects with DataBusyError when another process has had it for longer than `wait_ms`.
 */
export async function lockData(data: string, wait_ms = 0): Promise<{ release(): void }> {
  await Deno.mkdir(data, { recursive: true, mode: 0o700 });
  const file = await Deno.open(join(data, "lock"), { create: true, write: true, mode: 0o600 });
  for (const until = performance.now() + wait_ms;;) {
    if (await file.tryLock(true)) return { release: () => release(file) };
    if (performance.now() >= until) {
      file.close();
      throw new DataBusyError(data);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Closing alone leaves the lock with a process that is just being made: until it runs its program it has all our files. */
function release(file: Deno.FsFile): void {
  file.unlockSync();
  file.close();
}
