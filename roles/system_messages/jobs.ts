import type { Records } from "../../storage/mod.ts";
import { OperationError } from "../../operations/mod.ts";
import { type Job, readJob } from "./job.ts";

export const MAX_JOBS = 1000;

/** All messages that are known, oldest first: ids are in order of time. */
export class Jobs {
  readonly #records: Records<Job>;
  readonly #jobs = new Map<string, Job>();

  constructor(records: Records<Job>) {
    this.#records = records;
    for (const [id, job] of records.entries()) this.#jobs.set(id, readJob(job));
  }

  get all(): ReadonlyMap<string, Job> {
    return this.#jobs;
  }

  get(id: string): Job | undefined {
    return this.#jobs.get(id);
  }

  newest(): Job[] {
    return [...this.#jobs.values()].reverse();
  }

  /** Resolves after the commit. Where there are too many, the oldest that `mayGo` goes; gives that one, or null. */
  async add(job: Job, mayGo: (job: Job) => boolean): Promise<Job | null> {
    const oldest = this.#jobs.size < MAX_JOBS ? null : [...this.#jobs.values()].find(mayGo);
    if (oldest === undefined) {
      throw new OperationError("conflict", `${MAX_JOBS} messages are being sent, or stand; withdraw one of them first`);
    }
    if (oldest !== null) {
      await this.#records.remove(oldest.id);
      this.#jobs.delete(oldest.id);
    }
    await this.#records.put(job.id, job);
    this.#jobs.set(job.id, job);
    return oldest;
  }

  /** Undefined where there is no such message any more. */
  async update(id: string, change: (job: Job) => Job): Promise<Job | undefined> {
    const stored = await this.#records.update(id, (old) => old && change(readJob(old)));
    if (stored === undefined) return undefined;
    this.#jobs.set(id, stored);
    return stored;
  }
}
