import process from "node:process";
import { statfs } from "node:fs/promises";
import type { Clock, Log } from "../../../foundation/mod.ts";
import type { MachineFigures } from "./series_rules.ts";

const BEAT_MS = 500;
/** How many beats the worst delay is taken over: a minute. */
const BEATS = 120;
const DISK_MS = 60_000;

/** The disk that a folder is on, octets. */
export interface DiskSpace {
  readonly free: number;
  readonly total: number;
}

/** Asks the system; needs `--allow-sys=statfs` and the right to read the folder. */
export async function diskSpace(folder: string): Promise<DiskSpace> {
  const { bavail, blocks, bsize } = await statfs(folder);
  return { free: bavail * bsize, total: blocks * bsize };
}

export interface MachineWatchOptions {
  readonly clock: Clock;
  readonly log: Log;
  /** `diskSpace` of the data folder. */
  readonly disk: () => Promise<DiskSpace>;
}

/** CPU, memory, disk and the delay of the event loop, of this very process. */
export class MachineWatch implements MachineFigures {
  readonly #options: MachineWatchOptions;
  readonly #delays = new Float64Array(BEATS);
  #beat = 0;
  #lastBeat = NaN;
  #space: DiskSpace | null = null;
  #diskFailed = false;
  #intervals: ReturnType<typeof setInterval>[] = [];

  constructor(options: MachineWatchOptions) {
    this.#options = options;
  }

  /** Resolves once the disk was looked at for the first time. */
  async start(): Promise<void> {
    if (this.#intervals.length > 0) return;
    this.#intervals = [setInterval(() => this.beat(), BEAT_MS), setInterval(() => void this.lookAtDisk(), DISK_MS)];
    for (const interval of this.#intervals) Deno.unrefTimer(interval as unknown as number);
    await this.lookAtDisk();
  }

  stop(): void {
    for (const interval of this.#intervals.splice(0)) clearInterval(interval);
  }

  /** Each beat that is late was held up by work of ours. */
  beat(): void {
    const now = this.#options.clock.monotonic();
    if (!Number.isNaN(this.#lastBeat)) {
      this.#delays[this.#beat++ % BEATS] = Math.max(0, now - this.#lastBeat - BEAT_MS);
    }
    this.#lastBeat = now;
  }

  /** A disk that cannot be looked at is not known, and said once. */
  async lookAtDisk(): Promise<void> {
    try {
      this.#space = await this.#options.disk();
      this.#diskFailed = false;
    } catch (error) {
      this.#space = null;
      if (!this.#diskFailed) this.#options.log.warn("free disk space is not known", { error: String(error) });
      this.#diskFailed = true;
    }
  }

  get space(): DiskSpace | null {
    return this.#space;
  }

  cpuSeconds(): number {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1_000_000;
  }

  memory(): number {
    return Deno.memoryUsage().rss;
  }

  diskFree(): number | null {
    return this.#space === null || this.#space.total === 0 ? null : this.#space.free / this.#space.total;
  }

  lag(): number {
    return this.#delays.reduce((most, delay) => Math.max(most, delay), 0);
  }
}
