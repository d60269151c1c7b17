import type { Log, Timed, Timer, Timers } from "../foundation/mod.ts";
import type { FilePair } from "./file_pair.ts";
import type { LivePair } from "./live_pair.ts";
import type { Renewal } from "./renewal.ts";
import type { Turns } from "./turns.ts";

const TICK_MS = 60_000;

/** What the upkeep works on. */
export interface UpkeepParts {
  readonly files: FilePair | null;
  readonly live: LivePair;
  readonly renewal: Renewal;
  readonly turns: Turns;
  readonly timers: Timers;
  readonly log: Log;
  /** Told after a pair has gone live by itself. */
  readonly renewed: () => void;
  /** Told when the files have become bad. */
  readonly refused: (text: string) => void;
}

/** What happens by itself: files that change are read, what nears its end is renewed. */
export class Upkeep implements Timed {
  readonly #parts: UpkeepParts;
  #timer: Timer | null = null;

  constructor(parts: UpkeepParts) {
    this.#parts = parts;
  }

  start(): void {
    this.#watchFiles();
    this.#timer = this.#parts.timers.start(TICK_MS, this, 0);
  }

  stop(): void {
    this.#timer?.stop();
    this.#timer = null;
    this.#parts.files?.close();
  }

  onTimer(): void {
    const { files, renewal, timers, renewed } = this.#parts;
    this.#timer = timers.start(TICK_MS, this, 0);
    this.#inBackground(async () => {
      // Watched again where its folder was not there, and looked at where nobody tells of changes (network file systems).
      this.#watchFiles();
      if (files !== null && await files.stale()) await this.reload();
      if (await renewal.whenDue()) renewed();
    });
  }

  /** Reads the files; a good pair goes live, a bad one becomes a trouble. To be called in turn. */
  async reload(): Promise<void> {
    const { files, live, log, renewed, refused } = this.#parts;
    if (files === null) return;
    const before = files.problem?.message;
    await files.load();
    live.noteFiles();
    const now = files.problem?.message;
    if (now === undefined) {
      if (await live.settle()) renewed();
    } else if (now !== before) {
      log.error("new certificate refused, the old one stays", { error: now });
      refused(now);
    }
  }

  #watchFiles(): void {
    this.#parts.files?.watch(() => this.#inBackground(() => this.reload()));
  }

  #inBackground(work: () => Promise<void>): void {
    const { turns, log } = this.#parts;
    // Stopped while it waited for its turn.
    turns.take(async () => this.#timer === null ? undefined : await work()).catch((error) => {
      log.error("certificates could not be looked after", { error: (error as Error).message });
    });
  }
}
