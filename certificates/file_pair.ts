import { dirname } from "node:path";
import type { Clock, Log, Timed, Timer, Timers } from "../foundation/mod.ts";
import { CertificateError, type CertificatePair, checkDates, readPairFiles } from "../transport/net/machine/mod.ts";

/** After the first sign of a change: editors and certificate tools write several files. */
const SETTLE_MS = 500;

/** What a pair of files stands on. */
export interface FilePairOptions {
  readonly certificate: string;
  readonly key: string;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: Log;
}

/** The pair that `[tls]` names: read, watched, and what is wrong with it. A bad one never takes the place of a good one. */
export class FilePair implements Timed {
  readonly #options: FilePairOptions;
  #good: CertificatePair | null = null;
  #read: CertificatePair | null = null;
  #problem: CertificateError | null = null;
  #seen = "";
  #watcher: Deno.FsWatcher | null = null;
  #settling: Timer | null = null;
  #changed: () => void = () => {};

  constructor(options: FilePairOptions) {
    this.#options = options;
  }

  /** The last one that could be used when it was read; else the last one that could be read; null for none. */
  get pair(): CertificatePair | null {
    return this.#good ?? this.#read;
  }

  /** What the last reading found; null when all was well. */
  get problem(): CertificateError | null {
    return this.#problem;
  }

  /** The pair while it can be used: also after a bad one was read in its place. */
  get usable(): CertificatePair | null {
    return this.#good !== null && this.#options.clock.now() <= this.#good.notAfter ? this.#good : null;
  }

  /** Reads the files; afterwards `problem` says how it went. */
  async load(): Promise<void> {
    const { certificate, key, clock } = this.#options;
    this.#seen = await this.#look();
    try {
      this.#read = await readPairFiles(certificate, key);
      checkDates(this.#read, clock, `"${certificate}"`);
      this.#good = this.#read;
      this.#problem = null;
    } catch (error) {
      if (!(error instanceof CertificateError)) throw error;
      this.#problem = error;
    }
  }

  /** True where the files are not those of the last reading, or that reading found them bad: time alone may mend them. */
  async stale(): Promise<boolean> {
    return this.#problem !== null || await this.#look() !== this.#seen;
  }

  /** Calls `changed` soon after the files change. Folders that cannot be watched are tried again with the next call. */
  watch(changed: () => void): void {
    if (this.#watcher !== null) return;
    const { certificate, key, log } = this.#options;
    this.#changed = changed;
    try {
      // The folders, not the files: a renewal puts new files in the place of the old ones.
      const watcher = Deno.watchFs([...new Set([dirname(certificate), dirname(key)])], { recursive: false });
      this.#watcher = watcher;
      this.#follow(watcher).catch((error) => {
        log.warn("certificate files are looked at once a minute only", { error: String(error) });
      }).finally(() => {
        if (this.#watcher === watcher) this.#watcher = null;
      });
    } catch (error) {
      log.debug("certificate files cannot be watched", { error: String(error) });
    }
  }

  close(): void {
    this.#settling?.stop();
    this.#watcher?.close();
    this.#watcher = null;
  }

  onTimer(): void {
    this.#changed();
  }

  async #follow(watcher: Deno.FsWatcher): Promise<void> {
    for await (const event of watcher) {
      if (event.kind === "access") continue;
      this.#settling?.stop();
      this.#settling = this.#options.timers.start(SETTLE_MS, this, 0);
    }
  }

  /** What tells one state of the files from another. */
  async #look(): Promise<string> {
    const { certificate, key } = this.#options;
    const looks = await Promise.all([certificate, key].map(async (file) => {
      try {
        const { mtime, size, ino } = await Deno.stat(file);
        return `${mtime?.getTime()} ${size} ${ino}`;
      } catch (error) {
        return (error as Error).name;
      }
    }));
    return looks.join(", ");
  }
}
