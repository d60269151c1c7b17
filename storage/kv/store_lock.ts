import { reasonOf, StoreRefusal } from "./refusal.ts";

/**
 * Keeps a second process from writing the same store: an exclusive lock on a file beside it, which the system lets go of when
 * the process ends, however it ends. The file says who holds it.
 */
export class StoreLock {
  readonly #file: Deno.FsFile;

  private constructor(file: Deno.FsFile) {
    this.#file = file;
  }

  /** Throws StoreRefusal when another process holds it. `store` is what the message names. */
  static take(path: string, store: string, now: number): StoreLock {
    let file: Deno.FsFile;
    try {
      file = Deno.openSync(path, { read: true, write: true, create: true, mode: 0o600 });
    } catch (error) {
      throw new StoreRefusal(path, `cannot be opened as lock file: ${reasonOf(error)}`, { cause: error });
    }
    if (!file.tryLockSync(true)) {
      file.close();
      throw new StoreRefusal(store, `is in use by ${holder(path)}; only one process may work on it at a time`);
    }
    file.truncateSync(0);
    file.writeSync(
      new TextEncoder().encode(JSON.stringify({ pid: Deno.pid, since: new Date(now).toISOString() }) + "\n"),
    );
    return new StoreLock(file);
  }

  release(): void {
    // Closing alone leaves it with a process that is just being made: until it runs its program it has all our files.
    this.#file.unlockSync();
    this.#file.close();
  }
}

function holder(path: string): string {
  try {
    const { pid, since } = JSON.parse(Deno.readTextFileSync(path)) as { pid: number; since: string };
    if (Number.isInteger(pid)) return `process ${pid} since ${since}`;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    // It has just been taken and says nothing yet.
  }
  return `another process (see "${path}")`;
}
