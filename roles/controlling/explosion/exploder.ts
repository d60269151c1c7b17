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
import { DoneLists } from "./done_lists.ts";
import { JobFates, type ListJob, octetsOf } from "./list_job.ts";
import { listReport } from "./list_report.ts";
import type { Fate } from "./fate.ts";

/** What messages to lists stand on. */
export interface ExploderParts {
  /** Jobs and how they stand. */
  readonly states: States;
  /** Delivers a copy: the rows of the box from the target class on. */
  readonly deliver: Handler;
  /** Lists are not nested: true for the folded URI of a group, a room, or the service itself. */
  readonly isService: (uri: string) => boolean;
  /** False for the folded address of one of our users who is not in the service at this moment. */
  readonly maySend: (sender: string) => boolean;
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
  /** Of what they bring, in all: it stands in memory until it is done with. */
  octets: 64 * 1024 * 1024,
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
  /** Being stored, and who waits for it: by transaction. */
  readonly #storing = new Map<string, ((error: Error | null) => void)[]>();
  readonly #done: DoneLists;
  readonly #ofSender = new Map<string, number>();
  /** Those with copies to begin with; each has its turn. */
  readonly #queue: Running[] = [];
  readonly #accepted: Counter;
  readonly #copies: LabelledCounter;
  #count = 0;
  #octets = 0;
  #open = 0;
  #underWay = 0;
  #pumping = false;
  #started = false;
  #stopped = false;

  constructor(parts: ExploderParts) {
    this.#parts = parts;
    const { metrics, states, clock } = parts;
    this.#done = new DoneLists(states, clock);
    this.#accepted = metrics.counter("parley_list_messages_total", "Messages to lists and groups that were accepted");
    this.#copies = metrics.labelled("parley_list_copies_total", "Copies of messages to lists", "fate");
    metrics.gauge("parley_list_copies_open", "Copies of messages to lists whose fate is open", () => this.#open);
    const fates = new Map<string, string>(), jobs: ListJob[] = [];
    for (const [name, value] of states.load()) {
      if (name.startsWith(JOB)) jobs.push(value as ListJob);
      else if (!this.#done.restore(name, value)) fates.set(name.slice(FATES.length), String(value));
    }
    for (const job of jobs.sort((a, b) => a.at - b.at)) {
      // A crash came while it was removed.
      if (this.#done.has(job.transaction)) {
        this.#erase(job);
        continue;
      }
      const fate = fates.get(job.id) ?? null;
      fates.delete(job.id);
      this.#reserve(job);
      this.#add(job, new JobFates(job.recipients.length, fate));
    }
    // A crash came between the two.
    for (const id of fates.keys()) states.save(FATES + id, null, true, null);
  }

  /** Messages to lists that are not done with. */
  get size(): number {
    return this.#jobs.size;
  }

  /** True where this very request has brought one that was accepted: it is not done with, or has not been for long. */
  knows(transaction: string): boolean {
    return this.#transactions.has(transaction) || this.#done.has(transaction);
  }

  /** True where there is room for another one, of this sender and so large. What is being stored counts. */
  hasRoom(sender: string, recipients: number, octets: number): boolean {
    const limits = EXPLOSION_LIMITS;
    return this.#count < limits.jobs && (this.#ofSender.get(sender) ?? 0) < limits.perSender &&
      this.#open + recipients <= limits.copies && this.#octets + octets <= limits.octets;
  }

  /** `done` after the commit; with an error nothing has happened. One that comes twice meanwhile is stored once. */
  accept(job: ListJob, done: (error: Error | null) => void): void {
    const storing = this.#storing.get(job.transaction);
    if (storing !== undefined) return void storing.push(done);
    const waiting = [done];
    this.#storing.set(job.transaction, waiting);
    this.#reserve(job);
    this.#parts.states.save(JOB + job.id, job, false, (error) => {
      this.#storing.delete(job.transaction);
      if (error === null) {
        this.#accepted.add();
        this.#add(job, new JobFates(job.recipients.length, null));
      } else {
        this.#release(job, job.recipients.length);
        // A store that does not answer may have written it all the same.
        this.#parts.states.save(JOB + job.id, null, false, null);
      }
      for (const one of waiting) one(error);
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
    this.#open -= job.recipients.length - fates.open;
    this.#queue.push(running);
  }

  /** Its room, from before it is stored on. */
  #reserve(job: ListJob): void {
    this.#count++;
    this.#octets += octetsOf(job);
    this.#open += job.recipients.length;
    this.#ofSender.set(job.sender.aor, (this.#ofSender.get(job.sender.aor) ?? 0) + 1);
  }

  /** `open`: its copies of which nothing is known. */
  #release(job: ListJob, open: number): void {
    this.#count--;
    this.#octets -= octetsOf(job);
    this.#open -= open;
    const left = this.#ofSender.get(job.sender.aor)! - 1;
    if (left > 0) this.#ofSender.set(job.sender.aor, left);
    else this.#ofSender.delete(job.sender.aor);
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
    const { deliver, domains, isService, maySend, clock } = this.#parts;
    if (isService(job.recipients[index])) return this.#settle(running, index, "n");
    if (clock.now() >= job.expiresAt || !maySend(job.sender.aor)) return this.#settle(running, index, "r");
    running.underWay++;
    this.#underWay++;
    let answered = false;
    const done = (status: number): void => {
      if (answered) return;
      answered = true;
      running.underWay--;
      this.#underWay--;
      // What fails while the box goes down is nobody's answer: it is made again after the start.
      if (this.#stopped && status >= 300) return;
      this.#settle(running, index, status === 202 ? "w" : status < 300 ? "d" : "r");
      this.#checkDone(running);
      this.#pump();
    };
    try {
      running.content ??= copyContent(job);
      deliver(listCopy(job, index, running.content, domains, done));
    } catch (error) {
      this.#failed("a copy of a message to a list cannot be made", error);
      done(500);
    }
  }

  #settle(running: Running, index: number, fate: Exclude<Fate, ".">): void {
    running.fates.set(index, fate);
    this.#open--;
    this.#copies.with(FATE_NAMES[fate]).add();
    if (++running.unnoted >= (this.#stopped ? 1 : NOTE_EVERY)) this.#note(running);
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
    if (running.fates.open > 0 || running.underWay > 0 || running.reporting || this.#stopped) return;
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
    let removed = false;
    const done = (): void => {
      if (!removed) this.#remove(running);
      removed = true;
    };
    try {
      const report = listReport(job, fates, domains, done);
      if (report === null) done();
      else deliver(report);
    } catch (error) {
      this.#failed("a report of a message to a list cannot be made", error);
      done();
    }
  }

  #failed(what: string, error: unknown): void {
    this.#parts.log.error(what, { error: error instanceof Error ? error.stack ?? error.message : String(error) });
  }

  #remove({ job }: Running): void {
    this.#jobs.delete(job.id);
    this.#transactions.delete(job.transaction);
    this.#release(job, 0);
    this.#done.add(job);
    this.#erase(job);
  }

  #erase(job: ListJob): void {
    const { states, log } = this.#parts;
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
