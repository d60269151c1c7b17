import { type Clock, type Events, type Log, randomHex, type Timers } from "../../foundation/mod.ts";
import { OperationError } from "../../operations/mod.ts";
import { userAddress } from "../../operations/stored/mod.ts";
import type { Storage, Subscriber } from "../../storage/mod.ts";
import {
  type NewSystemMessage,
  SystemMessageFault,
  type SystemMessageService,
  type SystemMessageView,
  type SystemRecipientView,
} from "../admin/services/mod.ts";
import type { DeferredDelivery, DeferredEvents } from "../deferred/mod.ts";
import type { Binding } from "../sip_core/mod.ts";
import { type AnswerOutcome, confirmation, type Given } from "./answers.ts";
import { Asking } from "./asking.ts";
import { Audience, type AudienceFacts, mayHear } from "./audience.ts";
import { admitsLater, CONDITION, EVERYBODY, isOver, isTracked, type Job, plainJob, stands } from "./job.ts";
import { Jobs, MAX_JOBS } from "./jobs.ts";
import { jobView, recipientView } from "./job_view.ts";
import { checkedMessage, checkedText } from "./new_job.ts";
import { postedOf, Posting, receiptOf } from "./posting.ts";
import { type Mark, MAX_MARKS, SaidOnce } from "./said_once.ts";
import { Sending } from "./sending.ts";
import type { ServiceGate } from "./service_gate.ts";
import type { Track } from "./track.ts";
import { MAX_TRACKS, Tracks } from "./tracks.ts";

export { EVERYBODY } from "./job.ts";

/** What system messages stand on. */
export interface SystemMessagesParts {
  readonly storage: Pick<Storage, "subscribers" | "auditLog" | "records">;
  readonly deferred: Pick<DeferredDelivery, "post" | "remove">;
  readonly events: Events<DeferredEvents>;
  /** Filled from the store here. */
  readonly gate: ServiceGate;
  readonly facts: AudienceFacts;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: Log;
  /** The service's domain: `sip:system@domain` speaks. */
  readonly domain: string;
  /** The service's display name. */
  readonly name: string;
  /** How long an undelivered one is kept, ms. */
  readonly keep_ms: number;
}

/**
 * What the service says, and what its users answer. A message is stored for each recipient before anything else, so that it survives a
 * kill; the deferred function delivers it, at once to those who are online. A message to many goes on after a restart.
 */
export class SystemMessages implements SystemMessageService {
  readonly #parts: SystemMessagesParts;
  readonly #jobs: Jobs;
  readonly #tracks: Tracks;
  readonly #posting: Posting;
  readonly #once: SaidOnce;
  readonly #audience: Audience;
  readonly #asking: Asking;
  readonly #sending: Sending;
  /** Users of whom it is being found out whether they are meant: message and address. */
  readonly #deciding = new Set<string>();

  private constructor(
    parts: SystemMessagesParts,
    jobs: Jobs,
    tracks: Tracks,
    marks: ConstructorParameters<typeof SaidOnce>[0],
  ) {
    this.#parts = parts;
    this.#jobs = jobs;
    this.#tracks = tracks;
    const { storage: { subscribers }, gate, clock, timers, log } = parts;
    const posting = this.#posting = new Posting(parts);
    this.#once = new SaidOnce(marks, posting, subscribers, clock, log);
    const audience = this.#audience = new Audience(subscribers, parts.facts);
    const asking = this.#asking = new Asking({ tracks, posting, gate, clock, timers, log });
    this.#sending = new Sending({ jobs, audience, asking, posting, now: () => clock.now(), log });
    asking.load(jobs.all);
    parts.events.on("deferredDelivered", ({ transaction, callId }) => this.#arrived(transaction, callId));
  }

  static async open(parts: SystemMessagesParts): Promise<SystemMessages> {
    const { storage } = parts;
    const jobs = new Jobs(await storage.records<Job>("system_messages", MAX_JOBS));
    const tracks = new Tracks(await storage.records<Track>("system_message_tracks", MAX_TRACKS));
    return new SystemMessages(parts, jobs, tracks, await storage.records<Mark>("system_message_marks", MAX_MARKS));
  }

  /** Goes on with what a restart cut off. */
  start(): void {
    this.#asking.start();
    this.#sending.later(() => this.#tidy());
    for (const [id, { cursor }] of this.#jobs.all) if (cursor !== null) this.#sending.enqueue(id);
    for (const { id, cursor } of this.#asking.standing()) if (cursor === null) this.#sending.enqueue(id, true);
  }

  /** Resolves when everything that was asked for so far is stored. */
  get idle(): Promise<void> {
    return this.#sending.idle.then(() => this.#tracks.idle());
  }

  /** Begins with no further part, and writes down how far it is. */
  async stop(): Promise<void> {
    this.#asking.stop();
    await this.#sending.stop();
    await this.#tracks.idle();
  }

  list(limit: number): SystemMessageView[] {
    return this.#jobs.newest().slice(0, limit).map((job) => this.#view(job));
  }

  get(id: string): SystemMessageView | undefined {
    const job = this.#jobs.get(id);
    return job && this.#view(job);
  }

  recipients(id: string, after: string, limit: number): SystemRecipientView[] {
    const found: SystemRecipientView[] = [];
    for (const [aor, track] of this.#tracks.of(id)) {
      if (aor <= after) continue;
      // As it is now, which may not be written yet.
      if (found.push(recipientView(aor, this.#tracks.get(id, aor) ?? track)) === limit) break;
    }
    return found;
  }

  async send(request: NewSystemMessage, by: string): Promise<SystemMessageView> {
    const { clock, domain, name, storage: { subscribers } } = this.#parts;
    const { to, recipient, recipients } = await this.#addressee(request);
    const now = clock.now();
    const fields = { service: name, domain, date: new Date(now).toISOString().slice(0, 10) };
    const { text, options } = checkedMessage(request, recipient, { fields, subscribers, now });
    return this.#view(
      await this.#begin({
        ...this.#newJob(to, text, "", by, recipients),
        condition: request.condition ?? null,
        options,
        blocking: request.blocking ?? false,
        askRead: request.ask_read ?? false,
        answerWithin_s: request.answer_within ?? 0,
        onTimeout: request.on_timeout ?? "none",
        expiresAt: request.expires_at ?? 0,
      }),
    );
  }

  async withdraw(id: string, by: string): Promise<SystemMessageView> {
    const { clock, storage: { auditLog } } = this.#parts;
    const at = clock.now();
    const withdrawn = await this.#jobs.update(id, (job) => job.withdrawnAt > 0 ? job : { ...job, withdrawnAt: at });
    if (withdrawn === undefined) throw new OperationError("not-found", `there is no system message "${id}"`);
    if (withdrawn.withdrawnAt === at) auditLog.append({ at, event: "message.withdraw", actor: by, facts: { id } });
    this.#asking.end(withdrawn, true);
    return this.#view(withdrawn);
  }

  /**
   * A device of a user has registered; after the commit, before anybody else is told, so that the service does not open before what must
   * be answered first (SMSG-5, SMSG-9). `first`: the user was away.
   */
  registered(aor: string, binding: Pick<Binding, "userAgent">, first: boolean): void {
    const user = this.#parts.storage.subscribers.get(aor);
    if (user === undefined || !mayHear(user)) return;
    for (const job of this.#asking.standing()) {
      if (this.#tracks.get(job.id, aor) !== undefined) {
        if (first) this.#asking.again(job, aor);
      } else if (admitsLater(job)) this.#decide(job, user, binding);
    }
  }

  /** Takes an answer. Rejects with StorageError: then nothing has changed. */
  async answer(aor: string, given: Given): Promise<AnswerOutcome> {
    const { clock, storage: { auditLog } } = this.#parts;
    const { job, ...outcome } = await this.#asking.answer(this.#jobs.all, aor, given);
    if (job === null || outcome.kind !== "taken" || outcome.again) return outcome;
    const option = this.#tracks.get(job.id, aor)?.option ?? "";
    auditLog.append({ at: clock.now(), event: "message.answer", actor: `user:${aor}`, facts: { id: job.id, option } });
    if (given.kind === "words") await this.#confirm(job, aor, option);
    return outcome;
  }

  /** A user's device tells what has been seen, by Message-ID. After the commit. Rejects with StorageError. */
  async seen(aor: string, messageIds: readonly string[]): Promise<void> {
    for (const id of new Set(messageIds.map(receiptOf))) if (id !== "") await this.#asking.seen(id, aor);
  }

  /**
   * Says something for a cause, once: false where it was said to this user before and `forget` has not been called since.
   * Resolves when it is stored. `reserve`: also when the user's store is full.
   */
  tell(aor: string, cause: string, text: string, reserve = false): Promise<boolean> {
    return this.#once.tell(aor, cause, text, reserve);
  }

  /** To whom this was said and is not over: for those who watch a cause, after a restart too. */
  toldOf(cause: string): Iterable<string> {
    return this.#once.toldOf(cause);
  }

  /** The cause is over for this user: the next one is said again. */
  forget(aor: string, cause: string): Promise<void> {
    return this.#once.forget(aor, cause);
  }

  /** The same to everybody, once for each cause. */
  async tellAll(cause: string, text: string, by: string): Promise<SystemMessageView> {
    for (const job of this.#jobs.all.values()) if (job.cause === cause && job.to === EVERYBODY) return this.#view(job);
    const { size } = this.#parts.storage.subscribers;
    return this.#view(await this.#begin(this.#newJob(EVERYBODY, checkedText(text), cause, by, size)));
  }

  /** A user who is gone leaves nothing behind. */
  async forgetUser(aor: string): Promise<void> {
    await this.#once.forgetUser(aor);
    await this.#asking.forgetUser(this.#jobs.all.keys(), aor);
  }

  #newJob(to: string, text: string, cause: string, by: string, recipients: number): Job {
    const at = this.#parts.clock.now();
    // Ids in order of time: the newest is the last.
    const id = `${at.toString(36).padStart(9, "0")}-${randomHex(4)}`;
    return plainJob({ id, at, by, cause, to, text, recipients });
  }

  async #begin(job: Job): Promise<Job> {
    const { id, at, by, to, text, options } = job;
    const { storage: { auditLog }, clock } = this.#parts;
    if (isTracked(job) && this.#tracks.size + job.recipients > MAX_TRACKS) {
      throw new OperationError("conflict", `${this.#tracks.size} of ${MAX_TRACKS} answers are being followed already`);
    }
    const gone = await this.#jobs.add(job, (old) => !this.#holds(old, clock.now()));
    if (gone !== null) this.#sending.later(() => this.#tracks.removeAll(gone.id));
    const facts = { id, to, characters: text.length, options: options.length };
    auditLog.append({ at, event: "message.send", actor: by, facts });
    this.#asking.begin(job);
    this.#sending.enqueue(id);
    return job;
  }

  /** It is under way, somebody can still answer it, or it keeps something from somebody. */
  #holds(job: Job, now: number): boolean {
    if (job.withdrawnAt > 0) return false;
    if (!stands(job)) return job.cursor !== null;
    const denies = job.answerWithin_s > 0 && job.onTimeout !== "full";
    return !isOver(job, now) || denies || job.options.some(({ grants }) => grants !== "full");
  }

  async #addressee(request: NewSystemMessage): Promise<{ to: string; recipient?: Subscriber; recipients: number }> {
    const { subscribers } = this.#parts.storage;
    const { to, condition } = request;
    if ((to === undefined) === (condition === undefined)) {
      throw new SystemMessageFault("to", "either `to` or `condition` says whom it is for");
    }
    if (to === undefined) return { to: CONDITION, recipients: 0 };
    if (to === EVERYBODY) return { to, recipients: subscribers.size };
    const aor = aorOf(to);
    const recipient = subscribers.get(aor);
    if (recipient !== undefined) return { to: aor, recipient, recipients: 1 };
    const members = await this.#audience.members(aor);
    if (members === null) throw new OperationError("not-found", `there is no user ${aor}, and no group`);
    return { to: aor, recipients: members.length };
  }

  /** While it is being found out, a blocking message counts as open. */
  #decide(job: Job, user: Subscriber, binding: Pick<Binding, "userAgent">): void {
    const { aor } = user;
    const meant = this.#audience.admits(job, aor, binding);
    if (typeof meant === "boolean") {
      if (meant) void this.#asking.ask(job, user);
      return;
    }
    const key = `${job.id} ${aor}`;
    if (this.#deciding.has(key)) return;
    this.#deciding.add(key);
    const { gate, log } = this.#parts;
    if (job.blocking) gate.note(aor, job.id, "open");
    meant.catch((error: Error) => {
      log.warn("whom a system message is for was not found out", { id: job.id, user: aor, error: error.message });
      return false;
    }).then((yes) => {
      this.#deciding.delete(key);
      const now = this.#jobs.get(job.id);
      if (yes && now !== undefined && !isOver(now, this.#parts.clock.now())) void this.#asking.ask(job, user);
      else gate.note(aor, job.id, "full");
    });
  }

  /** In words, for a client that shows no choices. */
  async #confirm(job: Job, recipient: string, option: string): Promise<void> {
    const { clock, gate, log } = this.#parts;
    const { label = option } = job.options.find(({ id }) => id === option) ?? {};
    const { open, level } = gate.standing(recipient);
    const body = confirmation(label, level, open);
    const at = clock.now();
    const outcome = await this.#posting.post({ recipient, body, id: `answer.${job.id} noted`, at, reserve: true });
    if (outcome.kind === "quota" || outcome.kind === "failed") {
      log.warn("an answer was not confirmed", { id: job.id, user: recipient, why: outcome.kind });
    }
  }

  #arrived(transaction: string, callId: string): void {
    const posted = postedOf(transaction);
    if (posted === null) return;
    const { message, round, recipient } = posted;
    if (!this.#asking.delivered(message, round, recipient, callId)) this.#sending.arrived(message, transaction);
  }

  /** Removes what belongs to messages that are gone. */
  async #tidy(): Promise<void> {
    const gone = new Set<string>();
    for (const [message] of this.#tracks.entries()) if (this.#jobs.get(message) === undefined) gone.add(message);
    for (const message of gone) await this.#tracks.removeAll(message);
  }

  #view(job: Job): SystemMessageView {
    return jobView(job, this.#tracks.counts(job.id), this.#sending.deliveredOf(job.id), this.#parts.clock.now());
  }
}

function aorOf(uri: string): string {
  try {
    return userAddress(uri).aor;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new SystemMessageFault("to", error.message);
  }
}
