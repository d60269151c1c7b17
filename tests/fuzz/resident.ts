import { ok } from "node:assert/strict";
import type { ParleyProcess } from "../support/parley.ts";

/** From so many rounds on a run waits until the box has given back what it does not need: that takes it up to a minute and a half. */
const LONG = 20_000;
const REST_MS = 90_000;
/**
 * Octets beyond those of the idle box that it may keep after a long run, when all is over and it has given back what it does not
 * need, as it does by itself once it is quiet (cli/memory_watch.ts).
 */
const REST = 48 * 1024 * 1024;
const SAMPLE_MS = 250;

/** Resident memory in MB: before the load, medians of its first and last quarter, the most, and when all is over. */
export type ResidentMemory = Readonly<Record<"idle" | "warm" | "late" | "most" | "rest", number>>;

/** Watches the resident memory of a box under load, from `idle` on. */
export class Resident {
  readonly #parley: ParleyProcess;
  readonly #rounds: number;
  readonly #idle: number;
  readonly #samples: number[] = [];
  readonly #sampling: ReturnType<typeof setInterval>;

  /** Takes samples while `warm()`. */
  constructor(parley: ParleyProcess, rounds: number, warm: () => boolean) {
    this.#parley = parley;
    this.#rounds = rounds;
    this.#idle = parley.rss();
    this.#sampling = setInterval(() => {
      if (warm()) this.#samples.push(parley.rss());
    }, SAMPLE_MS);
  }

  stop(): void {
    clearInterval(this.#sampling);
  }

  /** Gives the figures once all is over; rejects where under load it was more than `peak` octets above idle, or stays large. */
  async judged(peak: number): Promise<ResidentMemory> {
    ok(this.#samples.length > 0, "resident memory was never looked at under load");
    const long = this.#rounds >= LONG;
    const rest = await this.#rested(long ? this.#idle + REST : Infinity);
    const quarter = Math.ceil(this.#samples.length / 4);
    const most = Math.max(...this.#samples);
    const octets = {
      idle: this.#idle,
      warm: median(this.#samples.slice(0, quarter)),
      late: median(this.#samples.slice(-quarter)),
      most,
      rest,
    };
    const memory = Object.fromEntries(Object.entries(octets).map(([name, of]) => [name, mb(of)])) as ResidentMemory;
    const bounded = most <= this.#idle + peak && (!long || rest <= this.#idle + REST);
    ok(bounded, `resident memory grew (MB): ${JSON.stringify(memory)}`);
    return memory;
  }

  /** Waits until it is at most that, or for REST_MS; gives what it is then. */
  async #rested(most: number): Promise<number> {
    const end = performance.now() + REST_MS;
    while (this.#parley.rss() > most && performance.now() < end) {
      await new Promise((resolve) => setTimeout(resolve, 1_000));
    }
    return this.#parley.rss();
  }
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1];
}

function mb(octets: number): number {
  return Math.round(octets / 104_857.6) / 10;
}
