import type { Clock, Log } from "../../../foundation/mod.ts";

/** Members whose rules are being read at the same time, over all lists. */
const AT_ONCE = 32;
/** Milliseconds until others have their turn. */
const SLICE_MS = 8;

/** A member that is to be watched. */
export interface Openable {
  readonly presentity: string;
  /** Brings in what `open` needs; null where it is there. */
  prepare(): Promise<void> | null;
  open(): void;
  /** It could not be brought in. */
  failed(): void;
}

/** The members of one list that are to be opened. */
interface Job {
  readonly members: readonly Openable[];
  at: number;
  left: number;
  readonly done: () => void;
}

/** Begins to watch members of lists: in slices, those first who were asked for first, so many at a time. */
export class Openings {
  readonly #clock: Pick<Clock, "monotonic">;
  readonly #log: Log;
  readonly #jobs: Job[] = [];
  #running = 0;
  #waits = false;

  constructor(clock: Pick<Clock, "monotonic">, log: Log) {
    this.#clock = clock;
    this.#log = log;
  }

  /** Null where all of them are opened, or could not be, when it returns. Never rejects: members know what became of them. */
  open(members: readonly Openable[]): Promise<void> | null {
    if (members.length === 0) return null;
    let done = () => {};
    const opened = new Promise<void>((resolve) => done = resolve);
    const job: Job = { members, at: 0, left: members.length, done };
    this.#jobs.push(job);
    if (!this.#waits) this.#work();
    return job.left === 0 ? null : opened;
  }

  #work(): void {
    const until = this.#clock.monotonic() + SLICE_MS;
    while (this.#running < AT_ONCE && this.#jobs.length > 0) {
      if (this.#clock.monotonic() >= until) return this.#pause();
      const job = this.#jobs[0];
      const member = job.members[job.at++];
      if (job.at === job.members.length) this.#jobs.shift();
      const reading = member.prepare();
      if (reading === null) {
        member.open();
        finish(job);
      } else void this.#read(reading, member, job);
    }
  }

  async #read(reading: Promise<void>, member: Openable, job: Job): Promise<void> {
    this.#running++;
    try {
      await reading;
      member.open();
    } catch (error) {
      this.#log.warn("a member of a list cannot be watched now", {
        member: member.presentity,
        error: error instanceof Error ? error.message : String(error),
      });
      member.failed();
    }
    this.#running--;
    finish(job);
    if (!this.#waits) this.#work();
  }

  #pause(): void {
    this.#waits = true;
    setTimeout(() => {
      this.#waits = false;
      this.#work();
    }, 0);
  }
}

function finish(job: Job): void {
  if (--job.left === 0) job.done();
}
