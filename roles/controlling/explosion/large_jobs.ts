import type { Counter, LabelledCounter, Timed, Timer } from "../../../foundation/mod.ts";
import { DoneLists } from "./done_lists.ts";
import type { Fate } from "./fate.ts";
import type { LargeDeps } from "./large_deps.ts";
import { JobFates, type ListJob } from "./list_job.ts";
import { listReport } from "./list_report.ts";

/** A large message whose copies are stored: what is told of it at the end. Plain data. */
export interface LargeJob extends Pick<ListJob, "id" | "sender" | "target" | "recipients" | "named" | "at"> {
  readonly octets: number;
  /** The name of a file, as its sender wrote it; absent: it was a message. */
  readonly file?: string;
}

/** As it is kept. */
interface Kept {
  readonly job: LargeJob;
  readonly fates: string;
  /** Of each recipient: the store's number for a copy that is on its way, its address-of-record; null for the others. */
  readonly open: readonly (Open | null)[];
}

interface Open {
  readonly id: number;
  readonly recipient: string;
}

/** What is bounded: reports that are still to be made, in all and of one sender. */
export const LARGE_LIMITS = { jobs: 2000, perSender: 20 } as const;

/** Who is there has it by then, as a rule; who has not is said to get it later. */
const REPORT_AFTER_MS = 30_000;
/** People are asked about files: those who have not answered by then are asked again another time. */
const FILE_REPORT_AFTER_MS = 150_000;

const JOB = "job ";
const FATE_NAMES = { d: "delivered", w: "stored", r: "refused", n: "nested" } as const;

/** What the jobs are asked by those that run. */
interface Host {
  readonly deps: LargeDeps;
  track(id: number, running: RunningLarge, index: number): void;
  due(running: RunningLarge): void;
}

/** One of them, until its report. */
export class RunningLarge implements Timed {
  readonly job: LargeJob;
  readonly fates: JobFates;
  readonly open: (Open | null)[];
  /** Numbers of copies that are looked for in events. */
  readonly tracked: number[] = [];
  /** It is in the store, and so is its sender's answer. */
  committed = false;
  readonly #host: Host;
  #timer: Timer | null = null;

  constructor(
    host: Host,
    job: LargeJob,
    fates = new JobFates(job.recipients.length, null),
    open: readonly (Open | null)[] = [],
  ) {
    this.#host = host;
    this.job = job;
    this.fates = fates;
    this.open = job.recipients.map((_, index) => open[index] ?? null);
  }

  set(index: number, fate: Exclude<Fate, ".">): void {
    this.fates.set(index, fate);
    this.open[index] = null;
  }

  /** A copy is stored, with that number. `now`: it goes out at once. */
  stored(index: number, id: number, recipient: string, now: boolean): void {
    // One that was there already, and has been taken meanwhile.
    if (!this.#waits({ id, recipient })) return this.set(index, "d");
    if (!now) return this.set(index, "w");
    this.open[index] = { id, recipient };
    this.#host.track(id, this, index);
  }

  watch(): void {
    if (this.fates.open === 0) return this.#host.due(this);
    const after_ms = this.job.file === undefined ? REPORT_AFTER_MS : FILE_REPORT_AFTER_MS;
    this.#timer ??= this.#host.deps.services.timers.start(after_ms, this, 0);
  }

  /** Something has become of the copy for one of them. */
  told(index: number, fate: Exclude<Fate, ".">): void {
    if (this.fates.of(index) !== ".") return;
    this.set(index, fate);
    if (this.committed && this.fates.open === 0) this.#host.due(this);
  }

  onTimer(): void {
    this.#timer = null;
    this.open.forEach((open, index) => {
      if (open !== null) this.set(index, this.#waits(open) ? "w" : "d");
    });
    this.#host.due(this);
  }

  stop(): void {
    this.#timer?.stop();
    this.#timer = null;
  }

  #waits({ id, recipient }: Open): boolean {
    return this.#host.deps.store.pending(recipient).some((entry) => entry.id === id);
  }
}

/**
 * Large messages to many after their 200: what becomes of the copies, and the report to the sender (oma-reference §3.3.8). Kept in the
 * store: a crash costs nobody the word that somebody did not get it.
 */
export class LargeJobs implements Host {
  readonly deps: LargeDeps;
  readonly #running = new Map<string, RunningLarge>();
  readonly #ofSender = new Map<string, number>();
  /** By the store's number for a copy. */
  readonly #copies = new Map<number, { readonly running: RunningLarge; readonly index: number }>();
  readonly #done: DoneLists;
  readonly #accepted: Counter;
  readonly #fates: LabelledCounter;
  #stopped = false;

  constructor(deps: LargeDeps) {
    this.deps = deps;
    const { states, services, metrics, deferredEvents } = deps;
    this.#done = new DoneLists(states, services.clock);
    this.#accepted = metrics.counter(
      "parley_list_large_messages_total",
      "Large messages to lists and groups that were accepted",
    );
    this.#fates = metrics.labelled("parley_list_large_copies_total", "Copies of large messages to lists", "fate");
    for (const [name, value] of states.load()) {
      if (this.#done.restore(name, value)) continue;
      const { job, fates, open } = value as Kept;
      const running = new RunningLarge(this, job, new JobFates(job.recipients.length, fates), open);
      running.committed = true;
      this.#enter(running);
      open.forEach((each, index) => {
        if (each !== null) this.track(each.id, running, index);
      });
    }
    deferredEvents.on("deferredDelivered", ({ id }) => this.#told(id, "d"));
    deferredEvents.on("deferredExpired", ({ id }) => this.#told(id, "r"));
    deferredEvents.on("deferredRefused", ({ id, recipient }) => {
      // A device of ours is one of several; of another domain nobody else can take it.
      if (!services.domains.has(recipient.slice(recipient.lastIndexOf("@") + 1))) this.#told(id, "r");
    });
  }

  /** Large messages whose report is still to be made. */
  get size(): number {
    return this.#running.size;
  }

  hasRoom(sender: string): boolean {
    return this.#running.size < LARGE_LIMITS.jobs && (this.#ofSender.get(sender) ?? 0) < LARGE_LIMITS.perSender;
  }

  /** Goes on with what a restart cut off. */
  start(): void {
    for (const running of [...this.#running.values()]) running.watch();
  }

  stop(): void {
    this.#stopped = true;
    for (const running of this.#running.values()) running.stop();
  }

  /** Its copies are being made. One that has the name of another is that other one, sent again: nothing is told of it twice. */
  begin(job: LargeJob): RunningLarge {
    const running = new RunningLarge(this, job);
    if (!this.#running.has(job.id) && !this.#done.has(job.id)) this.#enter(running);
    return running;
  }

  /** Nothing came of it. */
  drop(running: RunningLarge): void {
    if (this.#running.get(running.job.id) === running) this.#leave(running);
  }

  /** All copies are stored. `done` when this is, too, and in any case; not `fresh`: it had been accepted before. */
  commit(running: RunningLarge, done: (fresh: boolean) => void): void {
    const { job, fates, open } = running;
    if (this.#running.get(job.id) !== running) return done(false);
    const kept: Kept = { job, fates: fates.toString(), open };
    this.deps.states.save(JOB + job.id, kept, false, (error) => {
      // The copies are safe; what is lost with a crash now is the report.
      if (error !== null) this.deps.services.log.warn("a report that is due is not noted", { error: error.message });
      running.committed = true;
      this.#accepted.add();
      done(true);
      this.#tellAccepted(job);
      if (!this.#stopped) running.watch();
    });
  }

  track(id: number, running: RunningLarge, index: number): void {
    if (this.#running.get(running.job.id) !== running) return;
    this.#copies.set(id, { running, index });
    running.tracked.push(id);
  }

  /** All is known that will be told. */
  due(running: RunningLarge): void {
    if (this.#stopped || this.#running.get(running.job.id) !== running) return;
    running.stop();
    const { job, fates } = running;
    const { services: { domains, clock, log }, deliver, events } = this.deps;
    const count = { d: fates.count("d"), w: fates.count("w"), r: fates.count("r"), n: fates.count("n") };
    for (const fate of ["d", "w", "r", "n"] as const) this.#fates.with(FATE_NAMES[fate]).add(count[fate]);
    this.#leave(running);
    if (events.heard("listDone")) {
      events.emit("listDone", {
        sender: job.sender.aor,
        target: job.target,
        delivered: count.d,
        waiting: count.w,
        refused: count.r + count.n,
        at: clock.now(),
      });
    }
    let over = false;
    const done = (): void => {
      if (over) return;
      over = true;
      this.#done.add({ id: job.id, transaction: job.id });
      this.deps.states.save(JOB + job.id, null, false, (error) => {
        if (error !== null) log.error("a report that was made is still stored", { error: error.message });
      });
    };
    try {
      const report = listReport(job, fates, domains, done);
      if (report === null) done();
      else deliver(report);
    } catch (error) {
      log.error("a report of a large message to a list cannot be made", {
        error: error instanceof Error ? error.stack ?? error.message : String(error),
      });
      done();
    }
  }

  #told(id: number, fate: "d" | "r"): void {
    const copy = this.#copies.get(id);
    if (copy === undefined) return;
    this.#copies.delete(id);
    copy.running.told(copy.index, fate);
  }

  #tellAccepted({ sender, target, recipients, octets, at }: LargeJob): void {
    const { events } = this.deps;
    if (!events.heard("listAccepted")) return;
    events.emit("listAccepted", { sender: sender.aor, target, recipients: recipients.length, octets, at });
  }

  #enter(running: RunningLarge): void {
    const { id, sender: { aor } } = running.job;
    this.#running.set(id, running);
    this.#ofSender.set(aor, (this.#ofSender.get(aor) ?? 0) + 1);
  }

  #leave(running: RunningLarge): void {
    const { id, sender: { aor } } = running.job;
    this.#running.delete(id);
    const left = this.#ofSender.get(aor)! - 1;
    if (left > 0) this.#ofSender.set(aor, left);
    else this.#ofSender.delete(aor);
    for (const copy of running.tracked) this.#copies.delete(copy);
  }
}
