import type { Log, Timed, Timers } from "../foundation/mod.ts";
import { chunkKey, CONTENT } from "./contents_chunks.ts";
import { patiently } from "./kv/patience.ts";
import type { Mutation, WriteQueue } from "./kv/write_queue.ts";
import { StorageError } from "./repositories.ts";

/** Chunks that one commit removes: 4 MB, which the database gives back in some milliseconds. */
const CHUNKS_A_COMMIT = 64;
const RETRY_MS = 10_000;

/** Chunks of a content that nobody wants. */
interface Job {
  readonly name: string;
  /** The next to go, and the number behind the last. */
  next: number;
  readonly chunks: number;
}

/**
 * Removes chunks, one bounded commit after the other, behind all that was written before; what fails, because the disk is full say,
 * is tried again. What is left when the box ends is found by the sweep of the next start.
 */
export class ChunkRemoval implements Timed {
  readonly #queue: WriteQueue;
  readonly #timers: Timers;
  readonly #log: Log;
  readonly #patience: number;
  readonly #jobs: Job[] = [];
  #running = false;
  #waiting = false;
  #stopped = false;

  constructor(queue: WriteQueue, timers: Timers, log: Log, patience_ms: number) {
    this.#queue = queue;
    this.#timers = timers;
    this.#log = log;
    this.#patience = patience_ms;
  }

  /** Contents whose chunks are still to be removed. */
  get pending(): number {
    return this.#jobs.length;
  }

  add(name: string, chunks: number): void {
    if (chunks === 0) return;
    this.#jobs.push({ name, next: 0, chunks });
    if (!this.#waiting) void this.#run();
  }

  /**
   * Finds the chunks of contents that are not `known`, and removes them; gives how many contents those were. One content a turn; only
   * the last chunk of each is read, since a store lists no keys without their values. Rejects with what the store says.
   */
  async sweep(known: (name: string) => boolean): Promise<number> {
    let found = 0;
    let end: Deno.KvKey | undefined;
    while (!this.#stopped) {
      const last = await patiently(this.#lastBefore(end), this.#timers, this.#patience);
      if (last === null) break;
      const [, name, number] = last as [string, string, number];
      // Asked after it was found: whoever writes a content is known before its first chunk is there.
      if (!known(name)) {
        this.add(name, number + 1);
        found++;
      }
      end = [CONTENT, name];
    }
    if (found > 0) this.#log.info("contents that no record names are removed", { contents: found });
    return found;
  }

  onTimer(): void {
    this.#waiting = false;
    void this.#run();
  }

  /** Nothing more is begun. */
  stop(): void {
    this.#stopped = true;
  }

  async #lastBefore(end: Deno.KvKey | undefined): Promise<Deno.KvKey | null> {
    const selector: Deno.KvListSelector = end === undefined ? { prefix: [CONTENT] } : { prefix: [CONTENT], end };
    for await (const { key } of this.#queue.kv.list(selector, { limit: 1, reverse: true })) return key;
    return null;
  }

  async #run(): Promise<void> {
    if (this.#running) return;
    this.#running = true;
    try {
      for (let job = this.#jobs[0]; job !== undefined && !this.#stopped; job = this.#jobs[0]) {
        await this.#remove(job);
        this.#jobs.shift();
      }
    } catch (error) {
      this.#failed(error);
    } finally {
      this.#running = false;
    }
  }

  async #remove(job: Job): Promise<void> {
    while (job.next < job.chunks && !this.#stopped) {
      const end = Math.min(job.chunks, job.next + CHUNKS_A_COMMIT);
      const list: Mutation[] = [];
      for (let number = job.next; number < end; number++) list.push({ key: chunkKey(job.name, number) });
      await this.#queue.written(list);
      job.next = end;
    }
  }

  #failed(error: unknown): void {
    if (!(error instanceof StorageError)) throw error;
    if (error.kind === "closed") return this.stop();
    this.#log.warn("chunks could not be removed; it is tried again", {
      contents: this.#jobs.length,
      reason: error.message,
    });
    this.#waiting = true;
    this.#timers.start(RETRY_MS, this, 0);
  }
}
