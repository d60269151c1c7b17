import {
  type Clock,
  type Counter,
  type Events,
  type LabelledCounter,
  type Log,
  type Metrics,
} from "../../../foundation/mod.ts";
import type { States } from "../../../storage/mod.ts";
import type { Handler } from "../../sip_core/mod.ts";
import type { ExplosionEvents } from "./explosion_events.ts";
import { type CopyContent, copyContent, listCopy } from "./list_copy.ts";
import { JobFates, type ListJob } from "./list_job.ts";
import { listReport } from "./list_report.ts";
import type { Fate } from "./recipient.ts";

/** What messages to lists stand on. */
export interface ExploderParts {
  /** Jobs and how they stand. */
  readonly states: States;
  /** Delivers a copy: the rows of the box from the target class on. */
  readonly deliver: Handler;
  /** Lists are not nested: true for the folded URI of a group, a room, or the service itself. */
  readonly isService: (uri: string) => boolean;
  /** Served here; the first one is the box's own. */
  readonly domains: ReadonlySet<string>;
  readonly events: Pick<Events<ExplosionEvents>, "heard" | "emit">;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
}

/** What is bounded. */
export const EXPLOSION_LIMITS = {
  /** Messages to lists that are not done with, in all and of one sender. */
  jobs: 2000,
  perSender: 20,
  /** Copies of which nothing is known yet, in all. */
  copies: 200_000,
  /** Copies on their way at the same time. */
  parallel: 60,
} as const;

/** So many copies more, and how a job stands is written down: a crash makes no more than these a second time. */
const NOTE_EVERY = 25;

interface Running {
  readonly job: ListJob;
  readonly fates: JobFates;
  /** Made when its turn has come. */
  content: CopyContent | null;
  /** The next one to begin with. */
  next: number;
  underWay: number;
  unnoted: number;
  reporting: boolean;
}

/**
 * Messages to many (oma-reference §3.3.8): a job is stored before its sender has the 202, then each recipient gets a copy as if the
 * sender had written to them alone; whoever is away gets it later, by the rules of everybody. At the end the sender is told what became of
 * those who do not have it. After a crash a job goes on where it was noted last: nobody is left out, and a copy that is made again is the
 * same request.
 */
export class Exploder {
  readonly #parts: ExploderParts;
  readonly #jobs = new Map<string, Running>();
  readonly #transactions = new Set<string>();
  readonly #ofSender = new Map<string, number>();
  /** Those with copies to begin with; each has its turn. */
  readonly #queue: Running[] = [];
  readonly #accepted: Counter;
  readonly #copies: LabelledCounter;
  #open = 0;
  #underWay = 0;
  #pumping = false;
  #started = false;
  #stopped = false;

  constructor(parts: ExploderParts) {
    this.#parts = parts;
    const { metrics, states } = parts;
    this.#accepted = metrics.counter("parley_list_messages_total", "Messages to lists and groups that were accepted");
    this.#copies = metrics.labelled("parley_list_copies_total", "Copies of messages to lists", "fate");
    metrics.gauge("parley_list_copies_open", "Copies of messages to lists whose fate is open", () => this.#open);
    const fates = new Map<string, string>(), jobs: ListJob[] = [];
    for (const [name, value] of states.load()) {
      if (name.startsWith(JOB)) jobs.push(value as ListJob);
      else fates.set(name.slice(FATES.length), String(value));
    }
    for (const job of jobs.sort((a, b) => a.at - b.at)) {
      this.#add(job, new JobFates(job.recipients.length, fates.get(job.id) ?? null));
    }
  }

  /** Messages to lists that are not done with. */
  get size(): number {
    return this.#jobs.size;
  }

  /** True where this very request has brought one that is not done with. */
  knows(transaction: string): boolean {
    return this.#transactions.has(transaction);
  }

  /** True where there is room for another one, of this sender and so large. */
  hasRoom(sender: string, recipients: number): boolean {
    const { jobs, perSender, copies } = EXPLOSION_LIMITS;
    return this.#jobs.size < jobs && (this.#ofSender.get(sender) ?? 0) < perSender &&
      this.#open + recipients <= copies;
  }

  /** `done` after the commit; with an error nothing has happened. */
  accept(job: ListJob, done: (error: Error | null) => void): void {
    this.#parts.states.save(JOB + job.id, job, false, (error) => {
      if (error === null) {
        this.#accepted.add();
        this.#add(job, new JobFates(job.recipients.length, null));
      }
      done(error);
      if (error === null) this.#pump();
    });
  }

  /** Goes on with what a restart cut off. */
  start(): void {
    this.#started = true;
    this.#pump();
  }

  /** Begins with no further copy. */
  stop(): void {
    this.#stopped = true;
    for (const running of this.#jobs.values()) this.#note(running);
  }

  #add(job: ListJob, fates: JobFates): void {
    const running = { job, fates, content: null, next: 0, underWay: 0, unnoted: 0, reporting: false };
    this.#jobs.set(job.id, running);
    this.#transactions.add(job.transaction);
    this.#ofSender.set(job.sender.aor, (this.#ofSender.get(job.sender.aor) ?? 0) + 1);
    this.#open += fates.open;
    this.#queue.push(running);
  }

  #pump(): void {
    // A copy that is answered inside its delivery comes back here.
    if (this.#pumping || !this.#started || this.#stopped) return;
    this.#pumping = true;
    while (this.#underWay < EXPLOSION_LIMITS.parallel) {
      const running = this.#queue.shift();
      if (running === undefined) break;
      const index = this.#nextOf(running);
      if (index < 0) {
        this.#checkDone(running);
        continue;
      }
      this.#queue.push(running);
      this.#begin(running, index);
    }
    this.#pumping = false;
  }

  /** -1: there is none. */
  #nextOf(running: Running): number {
    const { job: { recipients }, fates } = running;
    while (running.next < recipients.length) {
      const index = running.next++;
      if (fates.of(index) === ".") return index;
    }
    return -1;
  }

  #begin(running: Running, index: number): void {
    const { job } = running;
    const { deliver, domains, isService, clock } = this.#parts;
    if (isService(job.recipients[index].uri)) return this.#settle(running, index, "n");
    if (clock.now() >= job.expiresAt) return this.#settle(running, index, "r");
    running.content ??= copyContent(job);
    running.underWay++;
    this.#underWay++;
    deliver(listCopy(job, index, running.content, domains, (status) => {
      running.underWay--;
      this.#underWay--;
      this.#settle(running, index, status === 202 ? "w" : status < 300 ? "d" : "r");
      this.#checkDone(running);
      this.#pump();
    }));
  }

  #settle(running: Running, index: number, fate: Exclude<Fate, ".">): void {
    running.fates.set(index, fate);
    this.#open--;
    this.#copies.with(FATE_NAMES[fate]).add();
    if (++running.unnoted >= NOTE_EVERY) this.#note(running);
  }

  #note(running: Running): void {
    if (running.unnoted === 0) return;
    running.unnoted = 0;
    const { id } = running.job;
    this.#parts.states.save(FATES + id, running.fates.toString(), this.#stopped === false, (error) => {
      if (error !== null) this.#parts.log.warn("progress of a message to a list not noted", { error: error.message });
    });
  }

  #checkDone(running: Running): void {
    if (running.fates.open > 0 || running.underWay > 0 || running.reporting) return;
    running.reporting = true;
    const { job, fates } = running;
    const { domains, deliver, events, clock } = this.#parts;
    if (events.heard("listDone")) {
      const [delivered, waiting, refused] = [fates.count("d"), fates.count("w"), fates.count("r") + fates.count("n")];
      events.emit("listDone", {
        sender: job.sender.aor,
        target: job.target,
        delivered,
        waiting,
        refused,
        at: clock.now(),
      });
    }
    const report = listReport(job, fates, domains, () => this.#remove(running));
    if (report === null) this.#remove(running);
    else deliver(report);
  }

  #remove({ job }: Running): void {
    const { states, log } = this.#parts;
    this.#jobs.delete(job.id);
    this.#transactions.delete(job.transaction);
    const left = this.#ofSender.get(job.sender.aor)! - 1;
    if (left > 0) this.#ofSender.set(job.sender.aor, left);
    else this.#ofSender.delete(job.sender.aor);
    const done = (error: Error | null): void => {
      // It is done with again after the next start: every copy is the same request.
      if (error !== null) log.error("a message to a list that is done with is still stored", { error: error.message });
    };
    // The job first: without it what is noted of it means nothing.
    states.save(JOB + job.id, null, false, done);
    states.save(FATES + job.id, null, false, done);
  }
}

const JOB = "job ", FATES = "fates ";

const FATE_NAMES = { d: "delivered", w: "stored", r: "refused", n: "nested" } as const;
