import type { Clock, Log, Timed, Timer, Timers } from "../../foundation/mod.ts";
import type { Subscriber } from "../../storage/mod.ts";
import { systemAnswerMode } from "../../transport/payload/mod.ts";
import type { AnswerOutcome, Given } from "./answers.ts";
import { optionOf } from "./answers.ts";
import { Deadlines } from "./deadlines.ts";
import { grantOf, isOver, type Job, stands } from "./job.ts";
import { type Posting, receiptId, roundId } from "./posting.ts";
import type { ServiceGate } from "./service_gate.ts";
import { anew, isSeen, type Track } from "./track.ts";
import type { Tracks } from "./tracks.ts";

export interface AskingParts {
  readonly tracks: Tracks;
  readonly posting: Posting;
  readonly gate: ServiceGate;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: Log;
}

type Words = Extract<Given, { kind: "words" }>;

/** How often overdue answers and ends are looked for. */
const TICK_MS = 1000;
/** Call-IDs of deliveries that a reply may name. */
const MAX_CALLS = 20_000;

/**
 * One state machine for each recipient of each message that is followed: waiting, delivered, answered or timed out; and what the gate
 * makes of it. What closes the service holds at once; what opens it, after its commit.
 */
export class Asking implements Timed {
  readonly #parts: AskingParts;
  /** Messages that are not over, by id, oldest first. */
  readonly #standing = new Map<string, Job>();
  readonly #deadlines = new Deadlines();
  /** What a reply may be to: Call-IDs of deliveries, and their message. */
  readonly #calls = new Map<string, string>();
  #timer: Timer | null = null;

  constructor(parts: AskingParts) {
    this.#parts = parts;
  }

  /** As it was when the box stopped. Before the doors open. */
  load(jobs: ReadonlyMap<string, Job>): void {
    const { tracks, gate, clock } = this.#parts;
    const now = clock.now();
    for (const job of jobs.values()) if (stands(job) && !isOver(job, now)) this.#standing.set(job.id, job);
    const due: [job: Job, aor: string, at: number][] = [];
    for (const [message, aor, track] of tracks.entries()) {
      const job = jobs.get(message);
      if (job === undefined || job.withdrawnAt > 0) continue;
      if (track.state === "answered") gate.note(aor, message, grantOf(job, track.option));
      else if (track.state === "timed-out") gate.note(aor, message, job.onTimeout);
      else if (this.#standing.has(message) && track.state !== "failed") {
        if (job.blocking) gate.note(aor, message, "open");
        if (track.state === "delivered" && job.answerWithin_s > 0) due.push([job, aor, this.#dueOf(job, track)]);
      }
    }
    due.sort((a, b) => a[2] - b[2]);
    for (const [{ id }, aor, at] of due) this.#deadlines.set(id, aor, at);
  }

  start(): void {
    this.#watch();
  }

  stop(): void {
    this.#timer?.stop();
    this.#timer = null;
  }

  /** Answers are taken, and more recipients may come. */
  standing(): Iterable<Job> {
    return this.#standing.values();
  }

  begin(job: Job): void {
    if (!stands(job)) return;
    this.#standing.set(job.id, job);
    this.#watch();
  }

  /** It is over: nobody is asked any more. `withdrawn`: what it has granted less than all is over, too. */
  end(job: Job, withdrawn: boolean): void {
    const { gate, tracks, posting } = this.#parts;
    this.#standing.delete(job.id);
    this.#deadlines.end(job.id);
    gate.end(job.id, withdrawn);
    if (!withdrawn) return;
    for (const [aor, written] of tracks.of(job.id)) {
      const { state, stored } = tracks.get(job.id, aor) ?? written;
      if (state === "waiting") posting.discard(stored);
    }
  }

  /**
   * Says it to one recipient, stored first: nothing where it was said before and need not be said again. False where the store refused
   * it. Never rejects.
   */
  async ask(job: Job, { aor }: Pick<Subscriber, "aor">): Promise<boolean> {
    const track = this.#parts.tracks.get(job.id, aor);
    if (track !== undefined && track.state !== "waiting" && track.state !== "failed") return true;
    return await this.#say(job, aor, track?.state === "waiting" ? track : anew(track, track?.round ?? 0));
  }

  /** A user who was away has come: what still waits for an answer is said again, for nobody may have read it. */
  again(job: Job, aor: string): void {
    const track = this.#parts.tracks.get(job.id, aor);
    if (track === undefined || track.state === "answered") return;
    const { state, round } = track;
    if (state === "waiting") {
      // The store knows what it has: it is there once.
      if (job.blocking || track.stored === 0) void this.#say(job, aor, track);
    } else if (state === "failed") {
      void this.#say(job, aor, anew(track, round));
    } else if (job.blocking || state === "timed-out") {
      this.#deadlines.delete(job.id, aor);
      void this.#say(job, aor, anew(track, round + 1));
    }
  }

  /** A device has taken it. */
  delivered(message: string, round: number, aor: string, callId: string): boolean {
    const { tracks, clock, log } = this.#parts;
    const track = tracks.get(message, aor);
    if (track === undefined) return false;
    if (callId !== "") {
      if (this.#calls.size >= MAX_CALLS) this.#calls.delete(this.#calls.keys().next().value!);
      this.#calls.set(callId, message);
    }
    if (track.state !== "waiting" || track.round !== round) return true;
    const next: Track = { ...track, state: "delivered", deliveredAt: clock.now(), stored: 0, call: callId };
    const job = this.#standing.get(message);
    if (job !== undefined && job.answerWithin_s > 0) {
      this.#deadlines.set(message, aor, this.#dueOf(job, next));
      this.#watch();
    }
    tracks.set(message, aor, next).catch((error: Error) =>
      log.warn("a delivery was not noted", { message, user: aor, error: error.message })
    );
    return true;
  }

  /**
   * Takes an answer; resolves after its commit. `jobs`: all there are, newest last. Rejects with StorageError: then nothing has changed.
   */
  async answer(
    jobs: ReadonlyMap<string, Job>,
    aor: string,
    given: Given,
  ): Promise<AnswerOutcome & { job: Job | null }> {
    const job = given.kind === "named" ? jobs.get(given.ref) : this.#meant(jobs, aor, given);
    const track = job && this.#parts.tracks.get(job.id, aor);
    if (job === undefined || track === undefined || job.options.length === 0) return { kind: "unknown", job: null };
    const option = given.kind === "named"
      ? job.options.find(({ id }) => id === given.option)
      : optionOf(job.options, given.text);
    if (option === undefined) return { kind: "no-option", options: job.options, job };
    if (track.state === "answered") {
      if (track.option !== option.id) return { kind: "over", why: "answered", job };
      await this.#parts.tracks.idle();
      // The one before may have failed meanwhile.
      if (this.#parts.tracks.get(job.id, aor)?.option === option.id) return { kind: "taken", again: true, job };
      return await this.answer(jobs, aor, given);
    }
    const { clock } = this.#parts;
    if (!this.#standing.has(job.id) || isOver(job, clock.now())) return { kind: "over", why: "ended", job };
    // Of this second, or of the time in which the box was down.
    if (this.#deadlines.isOverdue(job.id, aor, clock.monotonic())) this.#timeOut(job.id, aor);
    if (this.#parts.tracks.get(job.id, aor)?.state === "timed-out") return { kind: "over", why: "timeout", job };
    await this.#take(job, aor, track, option.id, given.kind === "words" ? given.request : "");
    return { kind: "taken", again: false, job };
  }

  /**
   * A device says that its user has seen it; resolves after the commit. Whoever is no recipient has nothing to tell. Rejects with
   * StorageError: then it is not noted.
   */
  async seen(message: string, aor: string): Promise<void> {
    const { tracks, clock } = this.#parts;
    const track = tracks.get(message, aor);
    if (track === undefined) return;
    if ((track.readAt ?? 0) === 0) return await tracks.set(message, aor, { ...track, readAt: clock.now() });
    await tracks.idle();
    // The write of before may have failed meanwhile.
    if ((tracks.get(message, aor)?.readAt ?? 1) === 0) await this.seen(message, aor);
  }

  /** A user is gone, and with them all that was asked. */
  async forgetUser(jobs: Iterable<string>, aor: string): Promise<void> {
    const { gate, tracks } = this.#parts;
    gate.forget(aor);
    for (const message of jobs) {
      this.#deadlines.delete(message, aor);
      await tracks.remove(message, aor);
    }
  }

  onTimer(): void {
    this.#timer = null;
    const { clock } = this.#parts;
    for (const { message, aor } of this.#deadlines.overdue(clock.monotonic())) this.#timeOut(message, aor);
    const now = clock.now();
    for (const job of [...this.#standing.values()]) if (isOver(job, now)) this.end(job, false);
    this.#watch();
  }

  async #say(job: Job, aor: string, track: Track): Promise<boolean> {
    const { gate, tracks, posting, log } = this.#parts;
    // Withdrawn meanwhile.
    if (stands(job) && !this.#standing.has(job.id)) return true;
    const before = tracks.get(job.id, aor);
    if (job.blocking) gate.note(aor, job.id, "open");
    let why = "";
    try {
      if (before !== track) await tracks.set(job.id, aor, track);
      const outcome = await posting.post({
        recipient: aor,
        body: bodyOf(job),
        id: roundId(job.id, track.round),
        at: job.at,
        reserve: job.options.length > 0,
        until: job.expiresAt,
        receipt: job.askRead ? receiptId(job.id, track.round) : "",
      });
      if (outcome.kind === "stored") {
        await this.#noteStored(job, aor, track.round, outcome.id);
      } else if (outcome.kind !== "duplicate") {
        why = outcome.kind;
        await tracks.set(job.id, aor, before?.state === "timed-out" ? before : { ...track, state: "failed" });
      }
    } catch (error) {
      why = (error as Error).message;
    }
    if (why === "") return true;
    log.warn("system message not stored", { message: job.id, user: aor, why });
    // Nobody is kept out by what they cannot read, but by what they have let pass; the next registration tries again.
    if (job.blocking) gate.note(aor, job.id, before?.state === "timed-out" ? job.onTimeout : "full");
    return false;
  }

  /** For its removal where it is of no use any more. It may have been delivered already, or even answered. */
  async #noteStored(job: Job, aor: string, round: number, stored: number): Promise<void> {
    const { tracks, posting, log } = this.#parts;
    // Withdrawn while it was being stored.
    if (stands(job) && !this.#standing.has(job.id)) return posting.discard(stored);
    const now = tracks.get(job.id, aor);
    if (now?.state !== "waiting" || now.round !== round) return;
    await tracks.set(job.id, aor, { ...now, stored }).catch((error: Error) =>
      log.warn("where a question is stored was not noted", { message: job.id, user: aor, error: error.message })
    );
  }

  async #take(job: Job, aor: string, track: Track, option: string, answer: string): Promise<void> {
    const { tracks, gate, posting, clock } = this.#parts;
    const now = clock.now();
    const deliveredAt = track.deliveredAt > 0 ? track.deliveredAt : now;
    this.#deadlines.delete(job.id, aor);
    try {
      const answered = {
        ...track,
        state: "answered",
        deliveredAt,
        answeredAt: now,
        // Nobody answers what they have not read.
        readAt: (track.readAt ?? 0) > 0 ? track.readAt : now,
        option,
        answer,
        stored: 0,
      } as const;
      await tracks.set(job.id, aor, answered);
    } catch (error) {
      if (track.state === "delivered" && job.answerWithin_s > 0) {
        this.#deadlines.set(job.id, aor, this.#dueOf(job, track));
        this.#watch();
      }
      throw error;
    }
    // Another device has it waiting still.
    posting.discard(track.stored);
    // Withdrawn meanwhile: then it grants, and takes away, nothing.
    if (this.#standing.has(job.id)) gate.note(aor, job.id, grantOf(job, option));
  }

  #timeOut(message: string, aor: string): void {
    const { tracks, gate, log } = this.#parts;
    const job = this.#standing.get(message);
    const track = tracks.get(message, aor);
    if (job === undefined || track?.state !== "delivered") return;
    gate.note(aor, message, job.onTimeout);
    tracks.set(message, aor, { ...track, state: "timed-out" }).catch((error: Error) =>
      // It is overdue after a restart, too.
      log.warn("a timeout was not noted", { message, user: aor, error: error.message })
    );
  }

  /**
   * Which message words are about: the one they reply to, else of those that are open what was delivered last, else the newest. Not what
   * no device has had yet, where one is that stands: words sent twice are no answer to the next question.
   */
  #meant(jobs: ReadonlyMap<string, Job>, aor: string, { replyTo, request }: Words): Job | undefined {
    const { tracks } = this.#parts;
    let named: Job | undefined, latest: Job | undefined, open: Job | undefined, at = -1, seen = false;
    for (const job of jobs.values()) {
      const track = job.options.length === 0 ? undefined : tracks.get(job.id, aor);
      if (track === undefined) continue;
      if (track.answer === request) return job;
      if (replyTo.some((callId) => callId === track.call || this.#calls.get(callId) === job.id)) named ??= job;
      const had = isSeen(track) && this.#standing.has(job.id);
      if (seen && !had) continue;
      if (had && !seen) {
        seen = true;
        open = undefined;
        at = -1;
      }
      latest = job;
      if (!this.#standing.has(job.id) || (track.state !== "waiting" && track.state !== "delivered")) continue;
      // Of two at once what blocks goes first.
      if (track.deliveredAt < at || (track.deliveredAt === at && open?.blocking === true && !job.blocking)) continue;
      open = job;
      at = track.deliveredAt;
    }
    return named ?? open ?? latest;
  }

  /**
   * By the clock that nobody sets: a clock that is put right closes the service to nobody. Over a restart only the other one is there;
   * set back meanwhile, it leaves no more than the whole time.
   */
  #dueOf({ answerWithin_s }: Job, { deliveredAt }: Track): number {
    const { clock } = this.#parts;
    return clock.monotonic() + Math.min(deliveredAt - clock.now(), 0) + answerWithin_s * 1000;
  }

  /** While something may come to its end. */
  #watch(): void {
    if (this.#timer !== null) return;
    if (this.#deadlines.empty && ![...this.#standing.values()].some(({ expiresAt }) => expiresAt > 0)) return;
    this.#timer = this.#parts.timers.start(TICK_MS, this, 0);
  }
}

function bodyOf({ id, text, expiresAt, blocking, options }: Job) {
  if (options.length === 0) return text;
  return {
    id,
    text,
    expires: expiresAt > 0 ? expiresAt : null,
    blocking,
    answer: systemAnswerMode(options.length),
    options,
  };
}
