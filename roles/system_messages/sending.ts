import type { Log } from "../../foundation/mod.ts";
import type { Subscriber } from "../../storage/mod.ts";
import type { Asking } from "./asking.ts";
import type { Audience } from "./audience.ts";
import { isOver, isTracked, type Job } from "./job.ts";
import type { Jobs } from "./jobs.ts";
import type { Posting } from "./posting.ts";

export interface SendingParts {
  readonly jobs: Jobs;
  readonly audience: Audience;
  readonly asking: Asking;
  readonly posting: Posting;
  readonly now: () => number;
  readonly log: Log;
}

/** Deliveries remembered, so that a second device of the same recipient is not counted. */
const MAX_TAKEN = 20_000;

/**
 * Carries messages out: one after the other, so that two broadcasts do not make a storm. How far one is is noted after each part, and it
 * goes on from there after a restart.
 */
export class Sending {
  readonly #parts: SendingParts;
  /** Deliveries that are not written down yet, by message: of those without tracks. */
  readonly #delivered = new Map<string, number>();
  /** Messages that a device has taken: a recipient counts once, however many devices take a copy. */
  readonly #taken = new Set<string>();
  #running: Promise<void> = Promise.resolve();
  #stopped = false;

  constructor(parts: SendingParts) {
    this.#parts = parts;
  }

  /** Resolves when everything that was asked for so far is stored. */
  get idle(): Promise<void> {
    return this.#running;
  }

  /** Of those that are not written down yet. */
  deliveredOf(message: string): number {
    return this.#delivered.get(message) ?? 0;
  }

  /** Begins with no further part, and writes down how far it is. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#running;
    await this.#noteDelivered();
  }

  /** `anew`: from the first recipient, also of a message that has gone to all: for those whom a kill has kept from it. */
  enqueue(id: string, anew = false): void {
    this.#after(async () => {
      const job = this.#parts.jobs.get(id);
      if (job === undefined) return;
      if (anew && job.cursor === null) await this.#sweep(job);
      else await this.#run(job);
      await this.#noteDelivered();
    }, id);
  }

  /** Behind what is being sent. */
  later(work: () => Promise<void>): void {
    this.#after(work, "");
  }

  /** A device has taken one of those without tracks. */
  arrived(message: string, transaction: string): void {
    if (this.#parts.jobs.get(message) === undefined || this.#taken.has(transaction)) return;
    if (this.#taken.size >= MAX_TAKEN) this.#taken.clear();
    this.#taken.add(transaction);
    this.#delivered.set(message, this.deliveredOf(message) + 1);
  }

  #after(work: () => Promise<void>, id: string): void {
    this.#running = this.#running.then(work).catch((error) => {
      this.#parts.log.error("system message not sent to all; it goes on after a restart", { id, error: String(error) });
    });
  }

  async #run(job: Job): Promise<void> {
    const { audience, jobs } = this.#parts;
    for (let now: Job | undefined = job; now !== undefined && now.cursor !== null && this.#goesOn(now);) {
      const { users, cursor } = await audience.part(now, now.cursor);
      const stored = await this.#toAll(now, users);
      now = await jobs.update(now.id, (old) => ({
        ...old,
        cursor,
        deferred: old.deferred + stored,
        failed: old.failed + users.length - stored,
      }));
    }
  }

  async #sweep(job: Job): Promise<void> {
    for (let cursor: string | null = ""; cursor !== null && this.#goesOn(job);) {
      const part = await this.#parts.audience.part(job, cursor);
      await this.#toAll(job, part.users);
      cursor = part.cursor;
    }
  }

  #goesOn({ id }: Job): boolean {
    const job = this.#parts.jobs.get(id);
    return !this.#stopped && job !== undefined && !isOver(job, this.#parts.now());
  }

  /** For how many it is stored. */
  async #toAll(job: Job, users: readonly Subscriber[]): Promise<number> {
    const outcomes = await Promise.all(users.map((user) => this.#to(job, user)));
    return outcomes.filter((stored) => stored).length;
  }

  async #to(job: Job, user: Subscriber): Promise<boolean> {
    const { asking, posting } = this.#parts;
    if (isTracked(job)) return await asking.ask(job, user);
    const { id, at, text } = job;
    const { kind } = await posting.post({ recipient: user.aor, body: text, id, at, reserve: false });
    return kind === "stored" || kind === "duplicate";
  }

  async #noteDelivered(): Promise<void> {
    const counts = [...this.#delivered];
    this.#delivered.clear();
    for (const [id, count] of counts) {
      await this.#parts.jobs.update(id, (job) => ({ ...job, delivered: job.delivered + count }));
    }
  }
}
